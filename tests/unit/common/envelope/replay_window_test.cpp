#include "common/envelope/replay_window.hpp"

#include <limits>
#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace sealbus::envelope {
namespace {

constexpr std::uint64_t kLast = std::numeric_limits<std::uint64_t>::max();

struct Step {
  std::uint64_t sequence;
  bool accepted;
};

void expect(const std::vector<Step>& steps) {
  ReplayWindow window;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    EXPECT_EQ(window.accept(steps[i].sequence), steps[i].accepted)
        << "step " << i << ": " << steps[i].sequence;
  }
}

TEST(ReplayWindow, TakesEachNumberOnce) {
  expect({{1, true}, {1, false}, {2, true}, {3, true}, {2, false}, {3, false}, {4, true}});
}

TEST(ReplayWindow, NeverTakesZero) { expect({{0, false}, {1, true}, {0, false}}); }

TEST(ReplayWindow, MayBeginAnywhere) { expect({{77, true}, {76, true}, {1, true}, {77, false}}); }

TEST(ReplayWindow, TakesNumbersOutOfOrderWithinTheWindow) {
  expect({{1'024, true}, {1, true}, {1'023, true}, {512, true}, {1, false}, {512, false}});
}

TEST(ReplayWindow, EndsExactlyAtItsSize) {
  const std::uint64_t top = 10'000;
  expect({{top, true},
          {top - kReplayWindow, false},
          {top - kReplayWindow + 1, true},
          {top - kReplayWindow + 1, false}});
}

TEST(ReplayWindow, ForgetsWhatFellOutEvenIfItWasNeverSeen) {
  expect({{1, true}, {5'000, true}, {2, false}, {1, false}});
}

TEST(ReplayWindow, ClearsTheWordsThatItMovesOver) {
  // 1 and 1 + 17 words share a word of the bitmap.
  expect({{1, true}, {1 + 17 * 64, true}, {2 + 17 * 64, true}, {1 + 17 * 64, false}});
  expect({{64, true}, {64 + 34 * 64, true}, {65 + 16 * 64 + 17 * 64, true}});
}

TEST(ReplayWindow, ReachesTheLastNumberThereIs) {
  expect({{1, true},
          {kLast, true},
          {kLast, false},
          {kLast - kReplayWindow + 1, true},
          {kLast - kReplayWindow, false},
          {1, false}});
}

TEST(ReplayWindow, AgreesWithASetThatForgets) {
  std::mt19937_64 random(7);  // the same numbers in every run
  for (const std::uint64_t spread : {3U, 64U, 1'100U, 5'000U}) {
    ReplayWindow window;
    std::set<std::uint64_t> seen;
    std::uint64_t highest = 0;
    for (int i = 0; i < 20'000; ++i) {
      const std::uint64_t base = highest > spread ? highest - spread : 0;
      const std::uint64_t sequence = base + random() % (2 * spread) + 1;
      const bool fresh =
          seen.count(sequence) == 0 && (sequence > highest || highest - sequence < kReplayWindow);
      ASSERT_EQ(window.accept(sequence), fresh) << sequence << " after " << highest;
      if (fresh) seen.insert(sequence);
      highest = std::max(highest, sequence);
    }
  }
}

}  // namespace
}  // namespace sealbus::envelope
