#pragma once
// Why two ends of a connection did not come together, as far as ZeroMQ tells.

#include <cstddef>
#include <cstdint>
#include <optional>

namespace sealbus::bus {

struct MonitorEvent;

// The end that notices first hangs up, and may leave the other one with nothing but `closed`.
enum class HandshakeFailure : std::uint8_t {
  other_mechanism,  // one end speaks CURVE and the other does not
  wrong_key,        // the peer encrypts for a key that is not ours
  turned_away,      // the other end knows our key, and does not admit it
  closed,           // the other end hung up
  malformed,        // it breaks the protocol
};
inline constexpr std::size_t kHandshakeFailures = 5;

// What a socket's monitor tells of with them, for this folder's sources.
extern const int kHandshakeFailureEvents;
// Nothing if this event is not one of those.
[[nodiscard]] std::optional<HandshakeFailure> handshake_failure(const MonitorEvent& event);

}  // namespace sealbus::bus
