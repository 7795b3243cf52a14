#include "common/bus/router.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include <gtest/gtest.h>

#include "tests/unit/common/bus/bus_fixture.hpp"

namespace sealbus::bus {
namespace {

using test::Client;
using test::count;
using test::RawPeer;
using test::RecordingSink;
using test::text_message;
using test::texts;
using Events = std::vector<RouterEvent>;
using Texts = std::vector<std::string>;

class RouterTest : public testing::Test {
 protected:
  std::unique_ptr<Router> start(RouterSink& to, RouterOptions options = {}) {
    if (options.endpoint.empty()) options.endpoint = "tcp://127.0.0.1:0";
    auto started = Router::start(context, options, to);
    EXPECT_TRUE(started) << started.error().message;
    return std::move(*started);
  }
  PeerId greet(Client& client) {
    EXPECT_TRUE(client.send(text_message({"hello"})));
    EXPECT_TRUE(sink.until([&](const Events& events) { return received(events) > greeted_; }));
    ++greeted_;
    return sink.last_peer();
  }
  static std::size_t received(const Events& events) { return count<Received>(events); }

  Context context;
  RecordingSink sink;

 private:
  std::size_t greeted_ = 0;
};

TEST_F(RouterTest, CarriesTenThousandMessagesBothWaysInOrder) {
  constexpr int kMessages = 10'000;
  RouterOptions options;
  options.send_high_water = 2 * kMessages;  // here no credit holds the sender back
  const auto router = start(sink, options);
  Client client(context, router->endpoint());
  const PeerId peer = greet(client);
  std::jthread sender([&] {
    for (int i = 0; i < kMessages; ++i) {
      Message message = text_message({std::to_string(i)});
      while (!router->send(peer, std::move(message))) std::this_thread::yield();
    }
  });
  int sent = 0;
  int received_back = 0;
  while (sent < kMessages || received_back < kMessages) {
    if (sent < kMessages) {
      Message message = text_message({std::to_string(sent), "header", "payload"});
      if (client.dealer().send(message) == Dealer::Status::sent) ++sent;
    } else {
      client.wait();
    }
    while (const auto one = client.dealer().receive()) {
      ASSERT_EQ(texts(std::get<Message>(*one)), Texts{std::to_string(received_back)});
      ++received_back;
    }
    ASSERT_NE(client.dealer().poll_connection(), Dealer::Change::disconnected);
  }
  sender.join();
  ASSERT_TRUE(sink.until([](const Events& events) { return received(events) == kMessages + 1; }));
  EXPECT_TRUE(sink.until([](const Events& events) {
    for (int i = 0; i < kMessages; ++i) {
      const auto& one = std::get<Received>(events[static_cast<std::size_t>(i) + 1]);
      if (texts(one.message) != Texts{std::to_string(i), "header", "payload"}) return false;
    }
    return true;
  }));
}

TEST_F(RouterTest, HoldsEventsBackFromAFullSinkAndLosesNone) {
  constexpr int kMessages = 5'000;
  const auto router = start(sink);
  Client client(context, router->endpoint());
  greet(client);
  sink.set_room(0);
  std::atomic<bool> all_sent{false};
  std::jthread sender([&] {
    for (int i = 0; i < kMessages; ++i) EXPECT_TRUE(client.send(text_message({std::to_string(i)})));
    all_sent = true;
  });
  ASSERT_TRUE(sink.until_refused(3));
  for (std::size_t expected = 1; expected < kMessages + 1;) {
    const std::size_t more = std::min<std::size_t>(7, kMessages + 1 - expected);
    expected += more;
    sink.set_room(more);
    router->resume();
    ASSERT_TRUE(sink.until([&](const Events& events) { return received(events) == expected; }));
  }
  sender.join();
  EXPECT_TRUE(all_sent);
  EXPECT_TRUE(sink.until([&](const Events& events) {
    for (int i = 0; i < kMessages; ++i) {
      const auto& one = std::get<Received>(events[static_cast<std::size_t>(i) + 1]);
      if (texts(one.message) != Texts{std::to_string(i)}) return false;
    }
    return events.size() == kMessages + 1U;
  }));
}

TEST_F(RouterTest, AsksAFullSinkAgainByItself) {
  const auto router = start(sink);
  Client client(context, router->endpoint());
  greet(client);
  sink.set_room(0);
  ASSERT_TRUE(client.send(text_message({"later"})));
  ASSERT_TRUE(sink.until_refused(2));
  sink.set_room(1);
  EXPECT_TRUE(sink.until([](const Events& events) { return received(events) == 2; }));
}

TEST_F(RouterTest, GoesOnSendingWhileItsSinkIsFull) {
  const auto router = start(sink);
  Client client(context, router->endpoint());
  const PeerId peer = greet(client);
  sink.set_room(0);
  ASSERT_TRUE(client.send(text_message({"held back"})));
  ASSERT_TRUE(sink.until_refused(1));
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(router->send(peer, text_message({std::to_string(i)})));
    ASSERT_EQ(client.receive(), Texts{std::to_string(i)});
  }
}

// Does `send` say no for a while, all the time?
bool stays_full(const std::function<bool()>& send) {
  const auto end = std::chrono::steady_clock::now() + test::kPatience;
  auto last_sent = std::chrono::steady_clock::now();
  while (last_sent < end) {
    const auto now = std::chrono::steady_clock::now();
    if (send()) {
      last_sent = now;
    } else if (now - last_sent > std::chrono::milliseconds(300)) {
      return true;
    }
    std::this_thread::yield();
  }
  return false;
}

TEST_F(RouterTest, ReadsNothingMoreWhileItsSinkIsFull) {
  constexpr std::size_t kLarge = 100'000;
  RouterOptions options;
  options.receive_high_water = 10;
  const auto router = start(sink, options);
  DealerOptions client_options;
  client_options.send_high_water = 10;
  Client client(context, router->endpoint(), client_options);
  greet(client);
  sink.set_room(0);
  std::size_t sent = 0;
  EXPECT_TRUE(stays_full([&] {
    Message message = text_message({std::string(kLarge, 'x')});
    if (sent == 2'000 || client.dealer().send(message) != Dealer::Status::sent) return false;
    ++sent;
    return true;
  }));
  // What the queues and the kernel hold, and no more.
  EXPECT_LT(sent, 2'000U);
  sink.set_room(SIZE_MAX);
  router->resume();
  EXPECT_TRUE(sink.until([&](const Events& events) { return received(events) == sent + 1; }));
}

TEST_F(RouterTest, StaysBoundedWhenAFullSinkIsToHearOfEndlessLosses) {
  RouterOptions options;
  options.queue = 16;
  const auto router = start(sink, options);
  sink.set_room(0);
  // Each of these cannot be sent, and brings an event that nobody takes.
  std::size_t taken = 0;
  EXPECT_TRUE(stays_full([&] {
    const bool sent = router->send(PeerId{99}, text_message({"x"}));
    taken += sent ? 1U : 0U;
    return sent && taken < 100'000;
  }));
  EXPECT_LT(taken, 2'000U);
  sink.set_room(SIZE_MAX);
  router->resume();
  EXPECT_TRUE(sink.until([&](const Events& events) { return count<PeerLost>(events) == taken; }));
}

TEST_F(RouterTest, SaysAtOnceThatAConnectionEnded) {
  const auto router = start(sink);
  RawPeer peer(router->endpoint());
  peer.shake_hands();
  peer.send_frame("hello");
  ASSERT_TRUE(sink.until([](const Events& events) { return received(events) == 1; }));
  const auto before = std::chrono::steady_clock::now();
  peer.reset();
  ASSERT_TRUE(
      sink.until([](const Events& events) { return count<ConnectionClosed>(events) == 1; }));
  // Far below any heartbeat limit, even on a machine that is busy with other things.
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(2));
  EXPECT_TRUE(sink.until([&](const Events& events) {
    return std::get<ConnectionClosed>(events.back()).peer ==
           std::get<Received>(events.front()).peer;
  }));
}

TEST_F(RouterTest, ReportsEachMessageForAPeerThatIsNotThere) {
  const auto router = start(sink);
  ASSERT_TRUE(router->send(PeerId{99}, text_message({"x"})));
  ASSERT_TRUE(router->send(PeerId{99}, text_message({"y"})));
  EXPECT_TRUE(sink.until([](const Events& events) {
    if (count<PeerLost>(events) != 2) return false;
    const auto& lost = std::get<PeerLost>(events[0]);
    return lost.peer == PeerId{99} && lost.reason == LossReason::unreachable;
  }));
}

TEST_F(RouterTest, CutsAPeerThatNeverReadsWithoutHarmToAnother) {
  RouterOptions options;
  options.send_high_water = 8;
  const auto router = start(sink, options);
  Client other(context, router->endpoint());
  const PeerId other_peer = greet(other);
  RawPeer silent(router->endpoint());
  silent.shake_hands();
  silent.send_frame("hello");
  ASSERT_TRUE(sink.until([](const Events& events) { return received(events) == 2; }));
  const PeerId silent_peer = sink.last_peer();
  const std::string large(500'000, 'x');
  int echoed = 0;
  const auto lost = [&](const Events& events) {
    for (const RouterEvent& event : events) {
      const auto* const one = std::get_if<PeerLost>(&event);
      if (one != nullptr && one->peer == silent_peer) {
        return one->reason == LossReason::would_block;
      }
    }
    return false;
  };
  bool cut = false;
  for (int i = 0; i < 1'000 && !cut; ++i) {
    static_cast<void>(router->send(silent_peer, text_message({large})));
    ASSERT_TRUE(router->send(other_peer, text_message({std::to_string(echoed)})));
    ASSERT_EQ(other.receive(), Texts{std::to_string(echoed++)});
    cut = sink.now(lost);
  }
  EXPECT_TRUE(cut);
  ASSERT_TRUE(router->send(other_peer, text_message({"after"})));
  EXPECT_EQ(other.receive(), Texts{"after"});
}

TEST_F(RouterTest, ReportsMessagesOfAWrongShape) {
  const auto router = start(sink);
  Client client(context, router->endpoint());
  ASSERT_TRUE(client.send(text_message({"1", "2", "3", "4"})));
  ASSERT_TRUE(client.send(text_message({"fine"})));
  EXPECT_TRUE(sink.until([](const Events& events) {
    return events.size() == 2 && std::holds_alternative<BadMessage>(events[0]) &&
           std::holds_alternative<Received>(events[1]);
  }));
}

TEST_F(RouterTest, SendsForManyThreadsEachInItsOrder) {
  constexpr int kThreads = 4;
  constexpr int kEach = 1'000;
  RouterOptions options;
  options.send_high_water = 2 * kThreads * kEach;
  const auto router = start(sink, options);
  Client client(context, router->endpoint());
  const PeerId peer = greet(client);
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kEach; ++i) {
        Message message = text_message({std::to_string(thread), std::to_string(i)});
        while (!router->send(peer, std::move(message))) std::this_thread::yield();
      }
    });
  }
  std::map<std::string, int> next;
  for (int i = 0; i < kThreads * kEach; ++i) {
    const Texts got = client.receive();
    ASSERT_EQ(got.size(), 2U);
    ASSERT_EQ(got[1], std::to_string(next[got[0]]++));
  }
  for (std::jthread& thread : threads) thread.join();
}

// Does not return from its first event before it is let go.
class StuckSink final : public RouterSink {
 public:
  bool deliver(RouterEvent&&) override {
    std::unique_lock lock(mutex_);
    stuck_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return free_; });
    return true;
  }
  void wait_until_stuck() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stuck_; });
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    free_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stuck_ = false;
  bool free_ = false;
};

TEST_F(RouterTest, LeavesTheMessageWithTheCallerWhenTheQueueIsFull) {
  StuckSink stuck;
  RouterOptions options;
  options.queue = 4;
  const auto router = start(stuck, options);
  ASSERT_TRUE(router->send(PeerId{99}, text_message({"lost"})));
  stuck.wait_until_stuck();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(router->send(PeerId{99}, text_message({"x"})));
  Message message = text_message({"seal", "header"});
  EXPECT_FALSE(router->send(PeerId{99}, std::move(message)));
  // NOLINTNEXTLINE(bugprone-use-after-move): that is what is tested
  EXPECT_EQ(texts(message), (Texts{"seal", "header"}));
  stuck.let_go();
}

TEST_F(RouterTest, SendsWhatItHasWhenItStopsAndNothingAfter) {
  const auto router = start(sink);
  Client client(context, router->endpoint());
  const PeerId peer = greet(client);
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(router->send(peer, text_message({std::to_string(i)})));
  router->stop();
  router->stop();
  EXPECT_FALSE(router->send(peer, text_message({"too late"})));
  for (int i = 0; i < 500; ++i) ASSERT_EQ(client.receive(), Texts{std::to_string(i)});
}

TEST_F(RouterTest, StopsThoughAPeerNeverReads) {
  RouterOptions options;
  options.send_high_water = 8;
  options.linger = std::chrono::milliseconds(100);
  const auto before = std::chrono::steady_clock::now();
  {
    Context own;
    RecordingSink own_sink;
    options.endpoint = "tcp://127.0.0.1:0";
    auto router = Router::start(own, options, own_sink);
    ASSERT_TRUE(router);
    RawPeer silent((*router)->endpoint());
    silent.shake_hands();
    silent.send_frame("hello");
    ASSERT_TRUE(own_sink.until([](const Events& events) { return received(events) == 1; }));
    const std::string large(1'000'000, 'x');
    for (int i = 0; i < 100; ++i) {
      static_cast<void>((*router)->send(own_sink.last_peer(), text_message({large})));
    }
    router->reset();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(10));
}

TEST_F(RouterTest, StopsWhileItsSinkIsFull) {
  auto router = start(sink);
  Client client(context, router->endpoint());
  greet(client);
  sink.set_room(0);
  ASSERT_TRUE(client.send(text_message({"held back"})));
  ASSERT_TRUE(sink.until_refused(1));
  router.reset();
}

TEST_F(RouterTest, DoesNotStartOnATakenAddress) {
  const auto router = start(sink);
  RouterOptions options;
  options.endpoint = router->endpoint();
  const auto second = Router::start(context, options, sink);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find(router->endpoint()), std::string::npos);
}

TEST_F(RouterTest, IgnoresBytesThatAreNotZmtpAndConnectionsWithoutAWord) {
  const auto router = start(sink);
  Client client(context, router->endpoint());
  const PeerId peer = greet(client);
  for (int i = 0; i < 200; ++i) {
    RawPeer raw(router->endpoint());
    if (i % 2 == 0) raw.send(std::string(static_cast<std::size_t>(i), static_cast<char>(i)));
    if (i % 4 == 3) raw.reset();
  }
  ASSERT_TRUE(router->send(peer, text_message({"still there"})));
  EXPECT_EQ(client.receive(), Texts{"still there"});
  EXPECT_TRUE(sink.until([](const Events& events) { return test::count<Received>(events) == 1; }));
}

}  // namespace
}  // namespace sealbus::bus
