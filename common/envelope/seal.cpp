#include "common/envelope/seal.hpp"

#include <algorithm>
#include <cstring>

namespace sealbus::envelope {
namespace {

// FORMAT.md §3: where each field of the seal begins.
constexpr std::size_t kVersionAt = 4;
constexpr std::size_t kPurposeAt = 5;
constexpr std::size_t kReservedAt = 6;
constexpr std::size_t kKeyIdAt = 8;
constexpr std::size_t kSessionAt = 16;
constexpr std::size_t kSequenceAt = 32;
constexpr std::size_t kTagAt = kTaggedSealSize;

constexpr std::array<std::byte, kVersionAt> kMagic = {std::byte{'S'}, std::byte{'B'},
                                                      std::byte{'U'}, std::byte{'S'}};

template <std::size_t N>
std::array<std::byte, N> read(base::ByteView frame, std::size_t at) {
  std::array<std::byte, N> value;
  std::copy_n(frame.begin() + static_cast<std::ptrdiff_t>(at), N, value.begin());
  return value;
}

bool is_handshake(Purpose purpose) {
  return purpose == Purpose::hello || purpose == Purpose::welcome;
}

bool is_purpose(std::uint8_t number) { return number >= 1 && number <= 4; }

}  // namespace

SealBytes encode(const Seal& seal) {
  SealBytes out{};
  const auto put = [&](std::size_t at, base::ByteView field) {
    std::copy(field.begin(), field.end(), out.begin() + static_cast<std::ptrdiff_t>(at));
  };
  put(0, kMagic);
  out[kVersionAt] = std::byte{kVersion};
  out[kPurposeAt] = static_cast<std::byte>(seal.purpose);
  put(kKeyIdAt, seal.key_id);
  put(kSessionAt, seal.session);
  for (std::size_t i = 0; i < 8; ++i) {
    out[kSequenceAt + i] = static_cast<std::byte>((seal.sequence >> (56 - 8 * i)) & 0xffU);
  }
  put(kTagAt, seal.tag);
  return out;
}

base::Result<Seal> decode_seal(base::ByteView frame) {
  using base::Refusal;
  if (frame.size() != kSealSize) return base::refuse(Refusal::bad_size);
  if (read<kMagic.size()>(frame, 0) != kMagic) return base::refuse(Refusal::bad_version);
  if (frame[kVersionAt] != std::byte{kVersion}) return base::refuse(Refusal::bad_version);
  const auto purpose = std::to_integer<std::uint8_t>(frame[kPurposeAt]);
  const bool reserved_is_zero =
      read<2>(frame, kReservedAt) == std::array{std::byte{0}, std::byte{0}};
  if (!is_purpose(purpose) || !reserved_is_zero) return base::refuse(Refusal::bad_version);
  Seal seal;
  seal.purpose = static_cast<Purpose>(purpose);
  seal.key_id = read<kKeyIdSize>(frame, kKeyIdAt);
  seal.session = read<kSessionIdSize>(frame, kSessionAt);
  for (const std::byte b : read<8>(frame, kSequenceAt)) {
    seal.sequence = (seal.sequence << 8U) | std::to_integer<std::uint64_t>(b);
  }
  seal.tag = read<kTagSize>(frame, kTagAt);
  const bool fits = is_handshake(seal.purpose) ? seal.session == SessionId{} && seal.sequence == 0
                                               : seal.sequence != 0;
  if (!fits) return base::refuse(Refusal::bad_version);
  return seal;
}

std::size_t SessionIdHash::operator()(const SessionId& id) const noexcept {
  std::uint64_t value = 0;
  std::memcpy(&value, id.data(), sizeof value);
  return static_cast<std::size_t>(value);
}

}  // namespace sealbus::envelope
