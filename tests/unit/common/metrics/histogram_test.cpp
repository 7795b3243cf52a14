#include "common/metrics/histogram.hpp"

#include <numeric>

#include <gtest/gtest.h>

namespace sealbus::metrics {
namespace {

using namespace std::chrono_literals;

std::size_t bucket_of(std::chrono::nanoseconds took) {
  Histogram histogram;
  histogram.observe(took);
  const auto counts = histogram.read().counts;
  return static_cast<std::size_t>(std::find(counts.begin(), counts.end(), 1U) - counts.begin());
}

TEST(Histogram, TakesWhatIsExactlyABoundIntoItsBucketAndMoreIntoTheNext) {
  for (std::size_t i = 0; i < kBounds.size(); ++i) {
    EXPECT_EQ(bucket_of(kBounds[i]), i);
    EXPECT_EQ(bucket_of(kBounds[i] + 1ns), i + 1);
  }
}

TEST(Histogram, HasBoundsThatGrow) {
  EXPECT_TRUE(std::is_sorted(kBounds.begin(), kBounds.end()));
  EXPECT_EQ(kBounds.front(), 500us);
  EXPECT_EQ(kBounds.back(), 10s);
}

TEST(Histogram, TakesATimeBelowZeroAsNone) {
  Histogram histogram;
  histogram.observe(-5s);
  EXPECT_EQ(histogram.read().counts[0], 1U);
  EXPECT_EQ(histogram.read().sum, 0ns);
}

TEST(Histogram, AddsUpTimesAndOtherHistograms) {
  Histogram histogram;
  histogram.observe(1ms);
  histogram.observe(2s);
  Durations sum = histogram.read();
  sum += histogram.read();
  EXPECT_EQ(sum.sum, 2 * (1ms + 2s));
  EXPECT_EQ(std::accumulate(sum.counts.begin(), sum.counts.end(), std::uint64_t{0}), 4U);
}

}  // namespace
}  // namespace sealbus::metrics
