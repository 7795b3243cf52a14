#include "common/bus/poller.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "tests/unit/common/bus/bus_fixture.hpp"

namespace sealbus::bus {
namespace {

using std::chrono::milliseconds;
using test::Client;
using test::text_message;

class PollerTest : public testing::Test {
 protected:
  PollerTest() {
    RouterOptions options;
    options.endpoint = "tcp://127.0.0.1:0";
    for (auto* socket : {&one, &two}) {
      *socket = std::make_unique<RouterSocket>(std::move(*RouterSocket::bind(context, options)));
    }
    poller.add(1, one->poll_handles());
    poller.add(2, two->poll_handles());
  }

  // Waits for a message on that socket and reads everything on both.
  bool message_on(std::uint64_t tag) {
    const auto end = std::chrono::steady_clock::now() + test::kPatience;
    bool found = false;
    while (!found && std::chrono::steady_clock::now() < end) {
      for (const Ready& ready : poller.wait(milliseconds(50))) {
        RouterSocket& socket = ready.tag == 1 ? *one : *two;
        while (const auto event = socket.receive()) found = found || ready.tag == tag;
      }
    }
    return found;
  }

  Context context;
  base::Wakeup wakeup;
  std::unique_ptr<RouterSocket> one;
  std::unique_ptr<RouterSocket> two;
  Poller poller{wakeup};
};

TEST_F(PollerTest, TellsWhichSocketHasSomething) {
  Client to_one(context, one->endpoint());
  Client to_two(context, two->endpoint());
  ASSERT_TRUE(to_one.send(text_message({"x"})));
  EXPECT_TRUE(message_on(1));
  ASSERT_TRUE(to_two.send(text_message({"x"})));
  EXPECT_TRUE(message_on(2));
}

TEST_F(PollerTest, ReturnsAtTheEndOfTheTimeWithNothing) {
  EXPECT_TRUE(poller.wait(milliseconds(0)).empty());
  const auto before = std::chrono::steady_clock::now();
  EXPECT_TRUE(poller.wait(milliseconds(20)).empty());
  EXPECT_GE(std::chrono::steady_clock::now() - before, milliseconds(19));
}

TEST_F(PollerTest, ReturnsWhenSomebodyCallsThroughTheWakeup) {
  wakeup.arm();
  std::thread other([&] { wakeup.notify(); });
  EXPECT_TRUE(poller.wait(milliseconds(-1)).empty());
  wakeup.disarm();
  other.join();
}

TEST_F(PollerTest, StaysAsleepWhenNobodyIsArmed) {
  wakeup.notify();
  EXPECT_TRUE(poller.wait(milliseconds(0)).empty());
  const auto before = std::chrono::steady_clock::now();
  EXPECT_TRUE(poller.wait(milliseconds(10)).empty());
  EXPECT_GE(std::chrono::steady_clock::now() - before, milliseconds(9));
}

TEST_F(PollerTest, IsSilentOnARemovedSocket) {
  Client to_one(context, one->endpoint());
  poller.remove(1);
  poller.remove(17);
  ASSERT_TRUE(to_one.send(text_message({"x"})));
  EXPECT_TRUE(poller.wait(milliseconds(100)).empty());
  poller.add(1, one->poll_handles());
  EXPECT_TRUE(message_on(1));
}

TEST_F(PollerTest, SaysThatASocketCanBeWrittenOnlyIfAsked) {
  Client client(context, one->endpoint());
  ASSERT_TRUE(client.until(Dealer::Change::connected));
  poller.remove(1);
  poller.remove(2);
  poller.add(3, client.dealer().poll_handles());
  EXPECT_TRUE(poller.wait(milliseconds(0)).empty());
  poller.set_interest(3, Interest::read_and_write);
  const auto ready = poller.wait(milliseconds(0));
  ASSERT_EQ(ready.size(), 1U);
  EXPECT_EQ(ready[0].tag, 3U);
  EXPECT_TRUE(ready[0].writable);
  EXPECT_FALSE(ready[0].readable);
}

}  // namespace
}  // namespace sealbus::bus
