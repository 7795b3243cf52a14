#include "sidecar/admin/exposition.hpp"

#include <gtest/gtest.h>

namespace sealbus::admin {
namespace {

using namespace std::chrono_literals;

std::string of(MetricKind kind, std::vector<Sample> samples) {
  return exposition({{"sealbus_x", "An x.", kind, std::move(samples)}});
}

TEST(Exposition, SaysWhatAMetricIsBeforeItsSeries) {
  EXPECT_EQ(of(MetricKind::counter, {{{{"code", "a"}}, 1.0}, {{{"code", "b"}}, 2.0}}),
            "# HELP sealbus_x An x.\n# TYPE sealbus_x counter\n"
            "sealbus_x{code=\"a\"} 1\nsealbus_x{code=\"b\"} 2\n");
  EXPECT_EQ(of(MetricKind::gauge, {{{}, -0.5}}),
            "# HELP sealbus_x An x.\n# TYPE sealbus_x gauge\nsealbus_x -0.5\n");
}

TEST(Exposition, LeavesOutWhatHasNoSeries) { EXPECT_EQ(of(MetricKind::gauge, {}), ""); }

TEST(Exposition, WritesLargeCountsExactly) {
  const std::string text = of(MetricKind::counter, {{{}, 9'007'199'254'740'991.0}});
  EXPECT_NE(text.find("sealbus_x 9007199254740991\n"), std::string::npos) << text;
}

TEST(Exposition, KeepsAValueOfALabelInItsPlaceWhateverItHolds) {
  const std::string text = of(MetricKind::gauge, {{{{"l", "a\"b\\c\nd"}}, 1.0}});
  EXPECT_NE(text.find(R"(sealbus_x{l="a\"b\\c\nd"} 1)"), std::string::npos) << text;
}

TEST(Exposition, WritesAHistogramWithBucketsThatAddUpInSeconds) {
  metrics::Histogram histogram;
  histogram.observe(400us);
  histogram.observe(3ms);
  histogram.observe(20s);
  const std::string text = of(MetricKind::histogram, {{{{"c", "a"}}, histogram.read()}});
  for (const char* line :
       {"sealbus_x_count{c=\"a\"} 3\n", "sealbus_x_sum{c=\"a\"} 20.0034",
        "sealbus_x_bucket{c=\"a\",le=\"0.0005\"} 1\n", "sealbus_x_bucket{c=\"a\",le=\"0.005\"} 2\n",
        "sealbus_x_bucket{c=\"a\",le=\"10\"} 2\n", "sealbus_x_bucket{c=\"a\",le=\"+Inf\"} 3\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

}  // namespace
}  // namespace sealbus::admin
