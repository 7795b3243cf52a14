#include "common/bus/curve.hpp"

#include <zmq.h>

#include "common/bus/zap.hpp"

namespace sealbus::bus {

base::OrError<void> curve_is_available() {
  if (zmq_has("curve") != 0) return {};
  return base::error(
      "the libzmq of this machine was built without CURVE, and without it nothing goes to an "
      "address that is not loopback; install one that has it, or set bus.plaintext: true");
}

base::OrError<void> use_curve(Socket& socket, const CurveClient& client) {
  if (auto available = curve_is_available(); !available) return available;
  if (auto done = socket.set(ZMQ_CURVE_SERVERKEY, client.server); !done) return done;
  if (auto done = socket.set(ZMQ_CURVE_PUBLICKEY, client.public_key); !done) return done;
  return socket.set(ZMQ_CURVE_SECRETKEY, client.secret.reveal());
}

base::OrError<void> use_curve(Socket& socket, const CurveServer& server) {
  if (auto available = curve_is_available(); !available) return available;
  if (auto done = socket.set({ZMQ_CURVE_SERVER, 1}); !done) return done;
  if (auto done = socket.set(ZMQ_CURVE_SECRETKEY, server.secret->reveal()); !done) return done;
  return socket.set(ZMQ_ZAP_DOMAIN, base::as_bytes(kZapDomain));
}

}  // namespace sealbus::bus
