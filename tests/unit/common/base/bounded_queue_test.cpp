#include "common/base/bounded_queue.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <numeric>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "common/base/wakeup.hpp"

namespace sealbus::base {
namespace {

TEST(BoundedQueue, GivesBackWhatItGotInThatOrder) {
  BoundedQueue<int> queue(4);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(queue.try_push(i));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(queue.try_pop(), i);
  EXPECT_EQ(queue.try_pop(), std::nullopt);
}

TEST(BoundedQueue, HoldsAtLeastItsCapacityRoundedUpToAPowerOfTwo) {
  EXPECT_EQ(BoundedQueue<int>(0).capacity(), 2U);
  EXPECT_EQ(BoundedQueue<int>(5).capacity(), 8U);
  EXPECT_EQ(BoundedQueue<int>(8).capacity(), 8U);
}

TEST(BoundedQueue, LeavesTheItemAloneWhenItIsFull) {
  BoundedQueue<std::unique_ptr<int>> queue(2);
  EXPECT_TRUE(queue.try_push(std::make_unique<int>(1)));
  EXPECT_TRUE(queue.try_push(std::make_unique<int>(2)));
  auto third = std::make_unique<int>(3);
  EXPECT_FALSE(queue.try_push(third));
  ASSERT_NE(third, nullptr);
  EXPECT_EQ(**queue.try_pop(), 1);
  EXPECT_TRUE(queue.try_push(third));
  EXPECT_EQ(third, nullptr);
}

TEST(BoundedQueue, IsEmptyUntilSomethingWasPushedAndAfterItWasPopped) {
  BoundedQueue<int> queue(2);
  EXPECT_TRUE(queue.empty());
  EXPECT_TRUE(queue.try_push(1));
  EXPECT_FALSE(queue.empty());
  EXPECT_TRUE(queue.try_pop());
  EXPECT_TRUE(queue.empty());
}

TEST(BoundedQueue, DestroysWhatIsLeftInIt) {
  const auto shared = std::make_shared<int>(1);
  {
    BoundedQueue<std::shared_ptr<int>> queue(2);
    EXPECT_TRUE(queue.try_push(std::shared_ptr<int>(shared)));
    EXPECT_EQ(shared.use_count(), 2);
  }
  EXPECT_EQ(shared.use_count(), 1);
}

TEST(BoundedQueue, LosesAndDoublesNothingBetweenManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kEach = 5'000;
  BoundedQueue<int> queue(64);
  std::vector<std::thread> producers;
  for (int t = 0; t < kThreads; ++t) {
    producers.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        while (!queue.try_push(t * kEach + i)) std::this_thread::yield();
      }
    });
  }
  std::vector<int> seen(kThreads * kEach);
  std::vector<int> last(kThreads, -1);
  for (int count = 0; count < kThreads * kEach;) {
    const auto item = queue.try_pop();
    if (!item) {
      std::this_thread::yield();
      continue;
    }
    ++count;
    ++seen[static_cast<std::size_t>(*item)];
    // Of one producer, in its order.
    int& before = last[static_cast<std::size_t>(*item / kEach)];
    EXPECT_LT(before, *item % kEach);
    before = *item % kEach;
  }
  for (auto& producer : producers) producer.join();
  EXPECT_EQ(std::accumulate(seen.begin(), seen.end(), 0), kThreads * kEach);
  EXPECT_EQ(*std::max_element(seen.begin(), seen.end()), 1);
}

TEST(BoundedQueue, GivesEachItemToOneOfManyConsumers) {
  constexpr int kThreads = 3;
  constexpr int kEach = 5'000;
  BoundedQueue<int> queue(16);
  std::vector<std::atomic<int>> seen(kThreads * kEach);
  std::atomic<int> taken{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kEach; ++i) {
          while (!queue.try_push(t * kEach + i)) std::this_thread::yield();
        }
      });
      threads.emplace_back([&] {
        while (taken.load() < kThreads * kEach) {
          if (const auto item = queue.try_pop()) {
            ++seen[static_cast<std::size_t>(*item)];
            ++taken;
          } else {
            std::this_thread::yield();
          }
        }
      });
    }
  }
  for (const auto& times : seen) ASSERT_EQ(times, 1);
  EXPECT_TRUE(queue.empty());
}

bool readable(int fd) {
  pollfd one{fd, POLLIN, 0};
  return poll(&one, 1, 0) == 1;
}

TEST(Wakeup, IsSilentUntilSomebodyNotifiesAnArmedWaiter) {
  Wakeup wakeup;
  wakeup.notify();
  EXPECT_FALSE(readable(wakeup.fd()));
  wakeup.arm();
  EXPECT_FALSE(readable(wakeup.fd()));
  wakeup.notify();
  EXPECT_TRUE(readable(wakeup.fd()));
}

TEST(Wakeup, IsSilentAgainAfterDisarming) {
  Wakeup wakeup;
  wakeup.arm();
  wakeup.notify();
  wakeup.disarm();
  EXPECT_FALSE(readable(wakeup.fd()));
}

TEST(Wakeup, AsksTheKernelOnceForManyNotifications) {
  Wakeup wakeup;
  wakeup.arm();
  for (int i = 0; i < 100; ++i) wakeup.notify();
  std::uint64_t written = 0;
  ASSERT_EQ(read(wakeup.fd(), &written, sizeof written), 8);
  EXPECT_EQ(written, 1U);
}

TEST(Wakeup, NeverLosesAWakeUpBetweenTwoThreads) {
  constexpr int kItems = 2'000;
  BoundedQueue<int> queue(8);
  Wakeup wakeup;
  std::thread producer([&] {
    for (int i = 0; i < kItems; ++i) {
      while (!queue.try_push(i)) std::this_thread::yield();
      wakeup.notify();
    }
  });
  for (int taken = 0; taken < kItems;) {
    while (queue.try_pop()) ++taken;
    if (taken == kItems) break;
    wakeup.arm();
    if (queue.empty()) {
      pollfd one{wakeup.fd(), POLLIN, 0};
      ASSERT_EQ(poll(&one, 1, 10'000), 1) << "lost after " << taken;
    }
    wakeup.disarm();
  }
  producer.join();
}

}  // namespace
}  // namespace sealbus::base
