#include "common/jwt/trace.hpp"

#include <algorithm>

namespace sealbus::jwt {

void Trace::skip_missing(std::span<const std::string_view> order) {
  for (const std::string_view name : order) {
    const bool there = std::any_of(checks_.begin(), checks_.end(),
                                   [&](const Check& check) { return check.name == name; });
    if (!there) checks_.push_back({name, Outcome::skipped, "", "not reached"});
  }
}

}  // namespace sealbus::jwt
