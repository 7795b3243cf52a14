#include "common/envelope/proof.hpp"

#include <algorithm>

namespace sealbus::envelope {
namespace {

constexpr std::size_t kExpirySize = kProofSize - kTagSize;

template <std::size_t N>
std::array<std::byte, N> big_endian(std::uint64_t value) {
  std::array<std::byte, N> out;
  for (std::size_t i = 0; i < N; ++i) {
    out[i] = static_cast<std::byte>((value >> (8 * (N - 1 - i))) & 0xffU);
  }
  return out;
}

Tag tag_of(HmacSha256& mac, std::string_view service, const base::Uuid& message,
           base::ByteView expiry, base::ByteView auth) {
  const auto label = base::as_bytes("sealbus/v1/proof");
  return mac.compute({big_endian<4>(label.size()), label, big_endian<4>(service.size()),
                      base::as_bytes(service), big_endian<4>(message.bytes.size()), message.bytes,
                      big_endian<4>(expiry.size()), expiry, big_endian<4>(auth.size()), auth});
}

}  // namespace

Proof make_proof(HmacSha256& mac, std::string_view service, const base::Uuid& message,
                 base::WallTime expiry, base::ByteView auth) {
  const auto time = big_endian<kExpirySize>(static_cast<std::uint64_t>(base::to_millis(expiry)));
  const Tag tag = tag_of(mac, service, message, time, auth);
  Proof proof;
  std::copy(tag.begin(), tag.end(), std::copy(time.begin(), time.end(), proof.begin()));
  return proof;
}

base::Result<base::WallTime> verify_proof(HmacSha256& mac, base::ByteView proof,
                                          std::string_view service, const base::Uuid& message,
                                          base::ByteView auth, base::WallTime now) {
  if (proof.size() != kProofSize) return base::refuse(base::Refusal::bad_proof);
  const base::ByteView time = proof.first(kExpirySize);
  const Tag expected = tag_of(mac, service, message, time, auth);
  if (!base::equal_in_constant_time(expected, proof.subspan(kExpirySize))) {
    return base::refuse(base::Refusal::bad_proof);
  }
  std::uint64_t millis = 0;
  for (const std::byte b : time) millis = (millis << 8U) | std::to_integer<std::uint64_t>(b);
  const base::WallTime expiry = base::from_millis(static_cast<std::int64_t>(millis));
  if (now >= expiry) return base::refuse(base::Refusal::expired, "the proof is past its expiry");
  return expiry;
}

}  // namespace sealbus::envelope
