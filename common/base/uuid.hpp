#pragma once
// UUIDs (RFC 9562): message ids are version 7, whose first 48 bits are the time in milliseconds.

#include <array>
#include <compare>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/bytes.hpp"
#include "common/base/clock.hpp"
#include "common/base/random.hpp"

namespace sealbus::base {

struct Uuid {
  std::array<std::byte, 16> bytes{};
  auto operator<=>(const Uuid&) const = default;
};

// A version 7 UUID (RFC 9562 section 5.7) of this moment.
Uuid make_uuid_v7(WallTime now, Random& random);

// The usual 36 characters in lower case.
std::string to_string(const Uuid& uuid);

// Nothing unless `text` is 36 characters in that form.
std::optional<Uuid> parse_uuid(std::string_view text);

// Nothing unless `bytes` is 16 long.
std::optional<Uuid> uuid_from(ByteView bytes);

}  // namespace sealbus::base

template <>
struct std::hash<sealbus::base::Uuid> {
  std::size_t operator()(const sealbus::base::Uuid& uuid) const noexcept;
};
