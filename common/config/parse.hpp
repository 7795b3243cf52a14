#pragma once
// Text to trees. Bounded whatever the text is: at most 1 MiB, 20,000 values after aliases were
// followed, 64 levels. Nothing is thrown.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/config/problem.hpp"
#include "common/config/value.hpp"

namespace sealbus::config {

inline constexpr base::ByteCount kMostText{1'048'576};
inline constexpr std::size_t kMostValues = 20'000;
inline constexpr std::size_t kMostDepth = 64;

struct Parsed {
  std::vector<ValuePtr> documents;  // none for a text without any
  std::vector<Problem> problems;
  bool broken = false;  // one of the problems stopped the reading; there are no documents
};

// Keys that appear twice are reported; of two, the first counts. `source` names the text in
// positions.
Parsed parse_yaml(std::string_view text, const std::string& source);

}  // namespace sealbus::config
