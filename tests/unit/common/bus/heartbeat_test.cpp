#include "common/bus/heartbeat.hpp"

#include <gtest/gtest.h>

#include "tests/support/manual_clock.hpp"

namespace sealbus::bus {
namespace {

using std::chrono::milliseconds;

class HeartbeatTest : public testing::Test {
 protected:
  test::ManualClock clock;
  Heartbeat heartbeat{milliseconds(1'000), clock.steady()};
};

TEST_F(HeartbeatTest, IsDueOnceAnInterval) {
  EXPECT_FALSE(heartbeat.due(clock.steady()));
  clock.advance(milliseconds(999));
  EXPECT_FALSE(heartbeat.due(clock.steady()));
  clock.advance(milliseconds(1));
  EXPECT_TRUE(heartbeat.due(clock.steady()));
  EXPECT_FALSE(heartbeat.due(clock.steady()));
}

TEST_F(HeartbeatTest, IsDueOnceAfterALongPause) {
  clock.advance(milliseconds(60'000));
  EXPECT_TRUE(heartbeat.due(clock.steady()));
  EXPECT_FALSE(heartbeat.due(clock.steady()));
}

TEST_F(HeartbeatTest, GivesAPeerUpExactlyAtTheThirdMissedOne) {
  clock.advance(milliseconds(2'999));
  EXPECT_FALSE(heartbeat.lost(clock.steady()));
  clock.advance(milliseconds(1));
  EXPECT_TRUE(heartbeat.lost(clock.steady()));
}

TEST_F(HeartbeatTest, KeepsAPeerThatIsHeard) {
  for (int i = 0; i < 10; ++i) {
    clock.advance(milliseconds(2'999));
    EXPECT_FALSE(heartbeat.lost(clock.steady()));
    heartbeat.heard(clock.steady());
  }
}

TEST_F(HeartbeatTest, IsNotMovedBackByWhatWasHeardEarlier) {
  const auto before = clock.steady();
  clock.advance(milliseconds(2'000));
  heartbeat.heard(clock.steady());
  heartbeat.heard(before);
  clock.advance(milliseconds(2'999));
  EXPECT_FALSE(heartbeat.lost(clock.steady()));
}

TEST_F(HeartbeatTest, NamesTheNextMomentAtWhichSomethingChanges) {
  const auto start = clock.steady();
  EXPECT_EQ(heartbeat.next(), start + milliseconds(1'000));
  clock.advance(milliseconds(2'500));
  EXPECT_TRUE(heartbeat.due(clock.steady()));
  EXPECT_EQ(heartbeat.next(), start + milliseconds(3'000));
}

TEST_F(HeartbeatTest, TakesAnotherLimit) {
  const Heartbeat patient(milliseconds(100), clock.steady(), 5);
  EXPECT_FALSE(patient.lost(clock.steady() + milliseconds(499)));
  EXPECT_TRUE(patient.lost(clock.steady() + milliseconds(500)));
}

}  // namespace
}  // namespace sealbus::bus
