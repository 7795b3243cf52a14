#include "sidecar/ingress/trace_context.hpp"

#include <algorithm>
#include <span>

#include <fmt/core.h>

#include "common/base/bytes.hpp"

namespace sealbus::ingress {
namespace {

// version "-" trace id "-" parent id "-" flags
constexpr std::size_t kVersion = 0;
constexpr std::size_t kTraceId = 3;
constexpr std::size_t kParentId = 36;
constexpr std::size_t kFlags = 53;
constexpr std::size_t kLength = 55;
// Sampled, and that the trace id is random; the others must not be passed on.
constexpr std::uint8_t kKnownFlags = 0x03;

bool is_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

std::uint8_t value_of(char c) {
  return static_cast<std::uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10);
}

// Lower-case digits at `at`, two for each byte of `out`; false for anything else.
bool read_hex(std::string_view text, std::size_t at, std::span<std::byte> out) {
  const std::string_view digits = text.substr(at, out.size() * 2);
  if (!std::all_of(digits.begin(), digits.end(), is_digit)) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<std::byte>(value_of(digits[2 * i]) << 4U | value_of(digits[2 * i + 1]));
  }
  return true;
}

bool is_zero(std::span<const std::byte> id) {
  return std::all_of(id.begin(), id.end(), [](std::byte byte) { return byte == std::byte{0}; });
}

// An id of zeros would be none.
void fill_id(std::span<std::byte> id, std::span<const std::byte> random) {
  std::copy(random.begin(), random.end(), id.begin());
  if (is_zero(id)) id.back() = std::byte{1};
}

}  // namespace

std::optional<TraceContext> parse_traceparent(std::string_view text) {
  if (text.size() < kLength) return std::nullopt;
  std::array<std::byte, 1> version{};
  std::array<std::byte, 1> flags{};
  TraceContext context;
  const bool digits = read_hex(text, kVersion, version) &&
                      read_hex(text, kTraceId, context.trace_id) &&
                      read_hex(text, kParentId, context.parent_id) && read_hex(text, kFlags, flags);
  const bool dashes =
      text[kTraceId - 1] == '-' && text[kParentId - 1] == '-' && text[kFlags - 1] == '-';
  if (!digits || !dashes || version[0] == std::byte{0xff}) return std::nullopt;
  if (is_zero(context.trace_id) || is_zero(context.parent_id)) return std::nullopt;
  const bool more = text.size() > kLength;
  if (more && (version[0] == std::byte{0} || text[kLength] != '-')) return std::nullopt;
  context.flags = std::to_integer<std::uint8_t>(flags[0]) & kKnownFlags;
  return context;
}

TraceContext go_on(const std::optional<TraceContext>& received, base::Random& random) {
  TraceContext context = received.value_or(TraceContext{});
  std::array<std::byte, 24> fresh{};  // for both ids: each call of random is one of the system
  random.fill(fresh);
  fill_id(context.parent_id, std::span(fresh).first<8>());
  if (!received) fill_id(context.trace_id, std::span(fresh).last<16>());
  return context;
}

std::string to_traceparent(const TraceContext& context) {
  return fmt::format("00-{}-{}-{:02x}", base::to_hex(context.trace_id),
                     base::to_hex(context.parent_id), context.flags);
}

std::string trace_id_of(const TraceContext& context) { return base::to_hex(context.trace_id); }

}  // namespace sealbus::ingress
