#include "common/base/refusal_log.hpp"

namespace sealbus::base {

RefusalLog::RefusalLog(std::string place, RefusalCounters& counters, const Clock& clock)
    : place_(std::move(place)), counters_(counters) {
  for (std::size_t i = 0; i < all_refusals().size(); ++i) {
    limiters_.push_back(std::make_unique<log::Limiter>(clock));
  }
}

void RefusalLog::add(Refusal refusal, std::string_view what) {
  add(Failure{refusal, std::string(sentence(refusal))}, what);
}

void RefusalLog::add(const Failure& failure, std::string_view what) {
  counters_.count(failure.refusal);
  const auto silent = limiters_[static_cast<std::size_t>(failure.refusal)]->admit();
  if (!silent) return;
  const std::string line = fmt::format("{}: {} refused: {}: {}", place_, log::escaped(what),
                                       code(failure.refusal), log::escaped(failure.detail));
  if (*silent == 0) return log::warning("{}", line);
  log::warning("{} (and {} more that were not logged)", line, *silent);
}

}  // namespace sealbus::base
