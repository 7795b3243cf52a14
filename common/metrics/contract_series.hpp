#pragma once
// Which time series a contract has. A series lives as long as the process, whatever becomes of the
// contract, so their number is bounded: what is beyond it shares one. Owned by one thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace sealbus::metrics {

// 0: no contract was reached; 1 to kMostContracts: one each; then what they share.
using Series = std::uint16_t;
inline constexpr std::size_t kMostContracts = 4'096;
inline constexpr Series kNoContract = 0;
inline constexpr Series kOtherContracts = kMostContracts + 1;
inline constexpr std::size_t kAllSeries = kMostContracts + 2;

class ContractSeries {
 public:
  // The series of `name` ("users.CreateUser"): always the same.
  Series of(const std::string& name);

  // The names of series 1, 2, and so on.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  std::unordered_map<std::string, Series> series_;
  std::vector<std::string> names_;
};

// The label of a series, given the names as names() gave them: "none" and "other" can be no
// contract's, whose names have a dot. Empty: it was made after that.
std::string label_of(Series series, const std::vector<std::string>& names);

}  // namespace sealbus::metrics
