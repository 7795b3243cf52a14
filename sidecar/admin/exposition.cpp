#include "sidecar/admin/exposition.hpp"

#include <chrono>
#include <limits>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace sealbus::admin {
namespace {

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

prometheus::MetricType type_of(MetricKind kind) {
  switch (kind) {
    case MetricKind::counter:
      return prometheus::MetricType::Counter;
    case MetricKind::histogram:
      return prometheus::MetricType::Histogram;
    case MetricKind::gauge:
      break;
  }
  return prometheus::MetricType::Gauge;
}

prometheus::ClientMetric::Histogram cumulative(const metrics::Durations& durations) {
  prometheus::ClientMetric::Histogram histogram;
  for (std::size_t i = 0; i < durations.counts.size(); ++i) {
    histogram.sample_count += durations.counts[i];
    const double bound = i < metrics::kBounds.size() ? seconds(metrics::kBounds[i])
                                                     : std::numeric_limits<double>::infinity();
    histogram.bucket.push_back({histogram.sample_count, bound});
  }
  histogram.sample_sum = seconds(durations.sum);
  return histogram;
}

prometheus::ClientMetric metric_of(const Sample& sample) {
  prometheus::ClientMetric metric;
  for (const auto& [name, value] : sample.labels) {
    metric.label.push_back({std::string(name), value});
  }
  if (const auto* durations = std::get_if<metrics::Durations>(&sample.value)) {
    metric.histogram = cumulative(*durations);
  } else {
    // Only the family's kind is written.
    metric.counter.value = metric.gauge.value = std::get<double>(sample.value);
  }
  return metric;
}

}  // namespace

std::string exposition(const std::vector<Family>& families) {
  std::vector<prometheus::MetricFamily> all;
  all.reserve(families.size());
  for (const Family& family : families) {
    if (family.samples.empty()) continue;
    prometheus::MetricFamily made{
        std::string(family.name), std::string(family.help), type_of(family.kind), {}};
    made.metric.reserve(family.samples.size());
    for (const Sample& sample : family.samples) made.metric.push_back(metric_of(sample));
    all.push_back(std::move(made));
  }
  return prometheus::TextSerializer().Serialize(all);
}

}  // namespace sealbus::admin
