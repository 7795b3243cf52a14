#pragma once
// Counts refusals and logs them at a limited rate, each code for itself, so that a flood of one
// kind neither fills the log nor hides another kind. Any thread.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/log.hpp"
#include "common/base/refusal_counters.hpp"
#include "common/base/result.hpp"

namespace sealbus::base {

class RefusalLog {
 public:
  // `place` begins each line: "Bus", "Door". `counters` and `clock` outlive this.
  RefusalLog(std::string place, RefusalCounters& counters, const Clock& clock);

  // One refusal of `what`: a hello, a message from somewhere. Both texts are escaped.
  void add(const Failure& failure, std::string_view what);
  void add(Refusal refusal, std::string_view what);

 private:
  const std::string place_;
  RefusalCounters& counters_;
  std::vector<std::unique_ptr<log::Limiter>> limiters_;  // one for each refusal
};

}  // namespace sealbus::base
