#include "common/bus/handshake_failure.hpp"

#include <zmq.h>

#include "common/bus/socket.hpp"

namespace sealbus::bus {

const int kHandshakeFailureEvents = ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                                    ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                                    ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;

std::optional<HandshakeFailure> handshake_failure(const MonitorEvent& event) {
  switch (event.what) {
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
      return HandshakeFailure::closed;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
      return HandshakeFailure::turned_away;
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
      break;
    default:
      return std::nullopt;
  }
  switch (event.value) {
    case ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH:
      return HandshakeFailure::other_mechanism;
    case ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC:
      return HandshakeFailure::wrong_key;
    default:
      return HandshakeFailure::malformed;
  }
}

}  // namespace sealbus::bus
