#include "common/base/uuid.hpp"

#include <algorithm>
#include <cstring>

namespace sealbus::base {
namespace {

constexpr std::array<std::size_t, 4> kDashes = {8, 13, 18, 23};

bool is_dash(std::size_t at) {
  return std::find(kDashes.begin(), kDashes.end(), at) != kDashes.end();
}

}  // namespace

Uuid make_uuid_v7(WallTime now, Random& random) {
  Uuid uuid;
  random.fill(std::span(uuid.bytes).subspan(6));
  const auto millis = static_cast<std::uint64_t>(to_millis(now));
  for (std::size_t i = 0; i < 6; ++i) {
    uuid.bytes[i] = static_cast<std::byte>((millis >> (40 - 8 * i)) & 0xffU);
  }
  uuid.bytes[6] = (uuid.bytes[6] & std::byte{0x0f}) | std::byte{0x70};
  uuid.bytes[8] = (uuid.bytes[8] & std::byte{0x3f}) | std::byte{0x80};
  return uuid;
}

std::string to_string(const Uuid& uuid) {
  std::string text = to_hex(uuid.bytes);
  for (const std::size_t at : kDashes) text.insert(at, 1, '-');
  return text;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_dash(i) != (text[i] == '-')) return std::nullopt;
    if (text[i] >= 'A' && text[i] <= 'F') return std::nullopt;  // one id, one text
    if (text[i] != '-') digits.push_back(text[i]);
  }
  const auto bytes = from_hex(digits);
  return bytes ? uuid_from(*bytes) : std::nullopt;
}

std::optional<Uuid> uuid_from(ByteView bytes) {
  Uuid uuid;
  if (bytes.size() != uuid.bytes.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), uuid.bytes.begin());
  return uuid;
}

}  // namespace sealbus::base

std::size_t std::hash<sealbus::base::Uuid>::operator()(
    const sealbus::base::Uuid& uuid) const noexcept {
  // The last eight bytes are random in version 7.
  std::uint64_t value = 0;
  std::memcpy(&value, uuid.bytes.data() + 8, sizeof value);
  return static_cast<std::size_t>(value);
}
