#include "sidecar/ingress/pending_calls.hpp"

#include <gtest/gtest.h>

#include "tests/support/counting_random.hpp"
#include "tests/support/manual_clock.hpp"

namespace sealbus::ingress {
namespace {

using namespace std::chrono_literals;

class PendingCallsTest : public testing::Test {
 protected:
  base::Uuid add(std::chrono::milliseconds timeout) {
    auto contract = std::make_shared<RoutedContract>();
    contract->definition.timeout = timeout;
    envelope::Header header;
    header.type = envelope::MessageType::heartbeat;
    header.id = base::make_uuid_v7(clock_.wall(), random_);
    pending_.add({Call{.id = header.id,
                       .contract = contract,
                       .header = envelope::encode_control(header).value(),
                       .payload = {},
                       .deadline = clock_.steady() + timeout,
                       .caller = nullptr}});
    return header.id;
  }

  test::ManualClock clock_;
  test::CountingRandom random_;
  PendingCalls pending_;
};

TEST_F(PendingCallsTest, FindsAndRemovesByIdOnce) {
  const auto id = add(1s);
  EXPECT_NE(pending_.find(id), nullptr);
  EXPECT_NE(pending_.remove(id), nullptr);
  EXPECT_EQ(pending_.find(id), nullptr);
  EXPECT_EQ(pending_.remove(id), nullptr);
}

TEST_F(PendingCallsTest, ExpiresACallExactlyAtItsDeadline) {
  add(1s);
  clock_.advance(999ms);
  EXPECT_TRUE(pending_.expire(clock_.steady()).empty());
  clock_.advance(1ms);
  EXPECT_EQ(pending_.expire(clock_.steady()).size(), 1U);
  EXPECT_EQ(pending_.size(), 0U);
}

TEST_F(PendingCallsTest, NamesTheEarliestDeadlineAmongDifferentTimeouts) {
  add(10s);
  clock_.advance(1s);
  add(2s);
  EXPECT_EQ(pending_.next_deadline(), clock_.steady() + 2s);
}

TEST_F(PendingCallsTest, HasNoDeadlineWhenEmpty) {
  pending_.remove(add(1s));
  EXPECT_EQ(pending_.next_deadline(), std::nullopt);
}

TEST_F(PendingCallsTest, ExpiresInTheOrderOfTheDeadlinesAndLeavesTheOthers) {
  const auto late = add(10s);
  const auto early = add(1s);
  clock_.advance(1s);
  const auto expired = pending_.expire(clock_.steady());
  ASSERT_EQ(expired.size(), 1U);
  EXPECT_EQ(expired[0]->call.id, early);
  EXPECT_NE(pending_.find(late), nullptr);
}

TEST_F(PendingCallsTest, ClearTakesOutEverything) {
  add(1s);
  add(2s);
  EXPECT_EQ(pending_.clear().size(), 2U);
  EXPECT_EQ(pending_.size(), 0U);
  EXPECT_EQ(pending_.next_deadline(), std::nullopt);
}

}  // namespace
}  // namespace sealbus::ingress
