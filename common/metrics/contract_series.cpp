#include "common/metrics/contract_series.hpp"

namespace sealbus::metrics {

Series ContractSeries::of(const std::string& name) {
  if (const auto known = series_.find(name); known != series_.end()) return known->second;
  if (names_.size() == kMostContracts) return kOtherContracts;
  names_.push_back(name);
  const auto series = static_cast<Series>(names_.size());
  series_.emplace(name, series);
  return series;
}

std::string label_of(Series series, const std::vector<std::string>& names) {
  if (series == kNoContract) return "none";
  if (series == kOtherContracts) return "other";
  const std::size_t index = series - std::size_t{1};
  return index < names.size() ? names[index] : std::string();
}

}  // namespace sealbus::metrics
