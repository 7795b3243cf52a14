#pragma once
// Values as people write them, and back. Reading is exact: nothing around the value, no other case,
// nothing out of range; nothing is returned for anything else.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/bytes.hpp"

namespace sealbus::config {

using std::chrono::milliseconds;

// true, True, TRUE, false, False, FALSE (YAML 1.2 section 10.3.2).
std::optional<bool> parse_bool(std::string_view text);

// Decimal digits.
std::optional<std::uint64_t> parse_integer(std::string_view text);

// A whole number and a unit: 500ms, 5s, 2m, 1h. Up to 10,000 days.
std::optional<milliseconds> parse_duration(std::string_view text);
// In the largest unit that keeps it whole: 60000 ms is "1m".
std::string to_text(milliseconds duration);

// A whole number of bytes, or with a unit: 4096, 64KiB, 1MiB, 2GiB. Up to 2^50.
std::optional<base::ByteCount> parse_size(std::string_view text);
std::string to_text(base::ByteCount size);

}  // namespace sealbus::config
