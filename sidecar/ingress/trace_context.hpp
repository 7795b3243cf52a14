#pragma once
// W3C Trace Context: the trace that a request belongs to, from its `traceparent` header or begun
// here, and the header that goes on with the message.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/random.hpp"

namespace sealbus::ingress {

struct TraceContext {
  std::array<std::byte, 16> trace_id{};
  std::array<std::byte, 8> parent_id{};  // who calls
  std::uint8_t flags = 0;                // those that have a meaning: sampled, random
  bool operator==(const TraceContext&) const = default;
};

// Strict (section 3.2): nothing for anything but lower-case hexadecimal digits in their places, for
// an id of zeros, for version ff, and for version 00 with more after it. Of a later version that
// which version 00 has is taken (section 4.3).
std::optional<TraceContext> parse_traceparent(std::string_view text);

// The trace goes on with a parent id of our own; or, without one, begins, not sampled.
TraceContext go_on(const std::optional<TraceContext>& received, base::Random& random);

// Version 00, 55 characters.
std::string to_traceparent(const TraceContext& context);
// 32 hexadecimal digits.
std::string trace_id_of(const TraceContext& context);

}  // namespace sealbus::ingress
