#pragma once
// A service's header names as an envelope has them: in lower case, each once.

#include <algorithm>
#include <string>
#include <vector>

#include "common/envelope/header.hpp"

namespace sealbus::delivery {

// Owns the text of what it made fit.
class HeaderNames {
 public:
  envelope::TextPairs fit(const envelope::TextPairs& headers) {
    names_.reserve(headers.size());
    envelope::TextPairs fitting;
    for (const auto& [name, value] : headers) {
      std::string lower(name);
      std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      });
      if (std::find(names_.begin(), names_.end(), lower) != names_.end()) continue;
      names_.push_back(std::move(lower));
      fitting.emplace_back(names_.back(), value);
    }
    return fitting;
  }

 private:
  std::vector<std::string> names_;  // never reallocated after fit() reserved
};

}  // namespace sealbus::delivery
