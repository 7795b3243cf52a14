#pragma once
// Byte strings, and the few conversions between bytes and text that everybody needs.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sealbus::base {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

// A number of bytes. A type of its own, so that a size is never passed where a count is meant.
struct ByteCount {
  std::uint64_t value = 0;
  constexpr auto operator<=>(const ByteCount&) const = default;
};

constexpr ByteCount operator""_B(unsigned long long n) { return {n}; }
constexpr ByteCount operator""_KiB(unsigned long long n) { return {n * 1024}; }
constexpr ByteCount operator""_MiB(unsigned long long n) { return {n * 1024 * 1024}; }

// Views of the same memory; they live as long as it does.
inline ByteView as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline Bytes to_bytes(ByteView bytes) { return {bytes.begin(), bytes.end()}; }
inline Bytes to_bytes(std::string_view text) { return to_bytes(as_bytes(text)); }

// Lower-case hexadecimal, two digits a byte.
std::string to_hex(ByteView bytes);
// Accepts both cases; nothing for an odd length or any other character.
std::optional<Bytes> from_hex(std::string_view text);

// base64url without padding (RFC 4648 section 5). Decoding is strict: no padding, no white space,
// no `+` or `/`, no non-zero trailing bits; nothing otherwise.
std::string to_base64url(ByteView bytes);
std::optional<Bytes> from_base64url(std::string_view text);

// Is this well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms)?
bool is_utf8(std::string_view text);

// The number of bytes of the well-formed character that `text` begins with; 0 if there is none.
std::size_t utf8_character(std::string_view text);

}  // namespace sealbus::base
