#pragma once
// Who is at the other end of a router's connection.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace sealbus::bus {

// One connection of one peer to one router. The router numbers them as they first speak and never
// uses a number again, so what is sent to a peer that went away reaches nobody else. Zero is
// nobody.
struct PeerId {
  std::uint64_t number = 0;
  constexpr auto operator<=>(const PeerId&) const = default;
};

}  // namespace sealbus::bus

template <>
struct std::hash<sealbus::bus::PeerId> {
  std::size_t operator()(const sealbus::bus::PeerId& peer) const noexcept {
    return std::hash<std::uint64_t>{}(peer.number);
  }
};
