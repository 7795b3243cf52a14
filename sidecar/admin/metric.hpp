#pragma once
// Metrics as plain values: what a role measured, before it is written as text (exposition.hpp).

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/metrics/histogram.hpp"

namespace sealbus::admin {

// counter: only grows, and its name ends in _total. histogram: durations, in seconds.
enum class MetricKind : std::uint8_t { counter, gauge, histogram };

// One time series at this moment. The names of labels are static text.
struct Sample {
  std::vector<std::pair<std::string_view, std::string>> labels;
  std::variant<double, metrics::Durations> value;  // Durations: of a histogram
};

// What is measured under one name, in base units.
struct Family {
  std::string_view name;  // sealbus_…
  std::string_view help;  // one sentence
  MetricKind kind = MetricKind::gauge;
  std::vector<Sample> samples;
};

}  // namespace sealbus::admin
