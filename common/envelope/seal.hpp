#pragma once
// The first frame: 72 bytes of fixed layout (FORMAT.md §3).

#include <array>
#include <compare>
#include <cstdint>
#include <functional>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/envelope/limits.hpp"

namespace sealbus::envelope {

using KeyId = std::array<std::byte, kKeyIdSize>;
using SessionId = std::array<std::byte, kSessionIdSize>;
using Tag = std::array<std::byte, kTagSize>;
using Nonce = std::array<std::byte, kNonceSize>;
using SealBytes = std::array<std::byte, kSealSize>;

// Which key sealed it, and in which direction it travels.
enum class Purpose : std::uint8_t { hello = 1, welcome = 2, up = 3, down = 4 };

struct Seal {
  Purpose purpose = Purpose::hello;
  KeyId key_id{};
  SessionId session{};
  std::uint64_t sequence = 0;
  Tag tag{};
};

SealBytes encode(const Seal& seal);

// Checks 1 and 2 as far as the seal alone goes: bad_size unless it is 72 bytes, bad_version for a
// wrong magic, version, purpose or reserved byte, or a session or sequence that does not fit the
// purpose. Whether the purpose is one that the receiver takes is for the receiver to say.
[[nodiscard]] base::Result<Seal> decode_seal(base::ByteView frame);

// The frames of one message as they were received. Views; the frames are the caller's.
struct FrameViews {
  base::ByteView seal;
  base::ByteView header;
  base::ByteView payload;
};

// For hash tables keyed by session id, which is uniformly distributed.
struct SessionIdHash {
  std::size_t operator()(const SessionId& id) const noexcept;
};

}  // namespace sealbus::envelope
