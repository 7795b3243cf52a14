#include "sidecar/tools/tail.hpp"

#include <atomic>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "common/bus/publisher.hpp"
#include "sidecar/tools/exit_code.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/memory_files.hpp"
#include "tests/unit/sidecar/ingress/identities.hpp"

namespace sealbus::tools {
namespace {

using base::as_bytes;

// A tap that says over and over what a test wants, while a tail listens.
class TailTest : public testing::Test {
 protected:
  TailTest() {
    bus::PublisherOptions options;
    options.endpoint = "tcp://127.0.0.1:0";
    publisher_.emplace(std::move(*bus::Publisher::bind(context_, options)));
    request_.address = publisher_->endpoint();
    request_.count = 1;
  }
  // What is said in each round, by `say`, until the tail has ended.
  int run(const std::function<void()>& say) {
    std::atomic<bool> ended{false};
    std::thread tap([&] {
      while (!ended) {
        static_cast<void>(publisher_->hear());
        if (publisher_->unread().value < 10'000) say();
        std::this_thread::yield();
      }
    });
    const int code = tail(request_, {{}, {}, files_, {}}, out_, notes_);
    ended = true;
    tap.join();
    return code;
  }
  void deliver(std::string_view user, std::string_view contract = "users.CreateUser") {
    const auto identity = ingress::test_identity::user(clock_, user, "a");
    const auto [topic, map] =
        tap::encode_delivered({contract, "command", {}, clock_.wall(), {}}, identity, {});
    EXPECT_TRUE(publisher_->publish({as_bytes(topic), map, {}}));
  }

  test::ManualClock clock_;
  test::MemoryFiles files_;
  bus::Context context_;
  std::optional<bus::Publisher> publisher_;
  TailRequest request_;
  std::ostringstream out_;
  std::ostringstream notes_;
};

TEST_F(TailTest, ShowsOnlyWhatIsAskedFor) {
  request_.contracts = {"orders."};
  request_.users = {"ada", "bob"};
  EXPECT_EQ(run([&] {
              deliver("ada");
              deliver("eve", "orders.OrderPlaced");
              deliver("bob", "orders.OrderPlaced");
            }),
            kExitGood);
  EXPECT_NE(out_.str().find(" orders.OrderPlaced user=bob "), std::string::npos) << out_.str();
  EXPECT_EQ(out_.str().find('\n'), out_.str().size() - 1) << "one line";
}

TEST_F(TailTest, ShowsWhatWasRefusedUnderTheSameName) {
  request_.contracts = {"orders."};
  const auto [topic, map] = tap::encode_refused({"orders.OrderPlaced", "event", {}, {}, {}}, "eve",
                                                base::Refusal::expired);
  const auto say = [&, &said = topic, &about = map] {
    EXPECT_TRUE(publisher_->publish({as_bytes(said), about}));
  };
  EXPECT_EQ(run(say), kExitGood);
  EXPECT_NE(out_.str().find(" expired orders.OrderPlaced user=eve "), std::string::npos);
}

TEST_F(TailTest, PassesOverWhatIsMalformedAndSaysHowMuchItWas) {
  int rounds = 0;
  EXPECT_EQ(run([&] {
              EXPECT_TRUE(publisher_->publish({as_bytes("a"), as_bytes("\xff"), {}}));
              EXPECT_TRUE(publisher_->publish({as_bytes("a")}));
              EXPECT_TRUE(publisher_->publish({as_bytes("a"), {}, {}, {}}));
              EXPECT_TRUE(publisher_->publish({as_bytes("\x1b[2J"), as_bytes("\x80"), {}}));
              if (++rounds > 20 && publisher_->audience() > 0) deliver("ada");
            }),
            kExitGood);
  EXPECT_NE(out_.str().find("user=ada"), std::string::npos);
  EXPECT_NE(notes_.str().find("tail: a malformed message: "), std::string::npos);
  EXPECT_NE(notes_.str().find(" messages were malformed and are not shown\n"), std::string::npos);
  const std::string notes = notes_.str();
  EXPECT_LT(std::count(notes.begin(), notes.end(), '\n'), 12) << notes;
}

TEST_F(TailTest, ListensOnlyWhereOnlyThisMachineSpeaks) {
  for (const char* address : {"tcp://192.0.2.1:1", "tcp://*:1", "tcp://example.com:1",
                              "tcp://127.0.0.1:0", "ipc://relative", "inproc://x", "x"}) {
    request_.address = address;
    EXPECT_EQ(tail(request_, {{}, {}, files_, {}}, out_, notes_), kExitUsage) << address;
  }
  EXPECT_EQ(out_.str(), "");
}

}  // namespace
}  // namespace sealbus::tools
