#pragma once
// What happens on a socket, as its owner gets to see it.

#include <cstdint>
#include <optional>
#include <variant>

#include "common/bus/curve.hpp"
#include "common/bus/frame.hpp"
#include "common/bus/handshake_failure.hpp"
#include "common/bus/peer.hpp"

namespace sealbus::bus {

// A whole message, within the limits of its socket.
struct Received {
  PeerId peer;
  Message message;
  std::optional<CurveKey> key;  // what the peer proved to have; nothing without CURVE
};

// Why a message was dropped while it was read, before anybody looked into it.
enum class BadShape : std::uint8_t { too_many_frames, too_large };

struct BadMessage {
  PeerId peer;
  BadShape shape = BadShape::too_many_frames;
};

// The connection is gone, for whatever reason. Comes once, and after everything that had arrived
// from the peer, but for a last message that libzmq may hand out a moment late.
struct ConnectionClosed {
  PeerId peer;
};

// `would_block`: the peer takes nothing and its high-water mark is reached.
// `unreachable`: its connection is closed, or never existed.
enum class LossReason : std::uint8_t { would_block, unreachable };

// A message to the peer could not be sent and was dropped. One for each message.
struct PeerLost {
  PeerId peer;
  LossReason reason = LossReason::unreachable;
};

// A connection ended before anything came through it, for a reason that has to do with CURVE. Whom
// an Admission turned away is not told of here.
struct HandshakeFailed {
  HandshakeFailure why = HandshakeFailure::malformed;
};

using RouterEvent = std::variant<Received, BadMessage, ConnectionClosed, PeerLost, HandshakeFailed>;

}  // namespace sealbus::bus
