#include "sidecar/delivery/attempts.hpp"

namespace sealbus::delivery {

using bus::HandshakeFailure;
using settings::BusSecurity;

namespace {

std::size_t different(BusSecurity allowed, std::size_t keys) {
  switch (allowed) {
    case BusSecurity::plaintext:
      return 1;
    case BusSecurity::curve:
      return keys;
    case BusSecurity::either:
      return 1 + keys;
  }
  return 1;
}

}  // namespace

Attempts::Attempts(BusSecurity allowed, std::size_t keys)
    : allowed_(allowed),
      keys_(keys),
      round_(different(allowed, keys)),
      curve_(allowed == BusSecurity::curve) {}

Attempts::Next Attempts::not_connected(std::optional<HandshakeFailure> why) {
  if (!why) {
    made_ = 0;
    return Next::after_a_pause;
  }
  const bool other = why == HandshakeFailure::other_mechanism;
  if (allowed_ == BusSecurity::either && (other || !curve_)) {
    curve_ = !curve_;
    key_ = 0;
  } else if (curve_) {
    key_ = (key_ + 1) % keys_;
    if (key_ == 0) curve_ = allowed_ == BusSecurity::curve;
  }
  if (++made_ < round_) return Next::at_once;
  made_ = 0;
  return Next::after_a_pause;
}

void Attempts::not_welcomed() {
  // The current key first, then each previous one: the ingress may not have the new one yet.
  key_ = (key_ + 1) % keys_;
  made_ = 0;
}

void Attempts::renew(std::size_t keys) {
  keys_ = keys;
  round_ = different(allowed_, keys);
  key_ = 0;
  made_ = 0;
}

void Attempts::welcomed() {
  key_ = 0;
  made_ = 0;
}

std::string_view Attempts::explain(HandshakeFailure why) const {
  const bool clear = why == HandshakeFailure::turned_away || why == HandshakeFailure::malformed;
  if (allowed_ == BusSecurity::either && !clear) return {};  // another one comes next
  switch (why) {
    case HandshakeFailure::other_mechanism:
      return curve_ ? "the ingress speaks plaintext and this sidecar CURVE; remove bus.plaintext "
                      "there, or set it here too"
                    : "the ingress speaks CURVE and this sidecar plaintext; remove bus.plaintext "
                      "here";
    case HandshakeFailure::turned_away:
      return "the ingress does not admit this service; name it in the ingress's services";
    case HandshakeFailure::wrong_key:
    case HandshakeFailure::closed:
      return curve_ ? "the ingress hung up: its current root is another than that which this "
                      "sidecar's key was derived from, or it speaks plaintext"
                    : "the ingress hung up: it may speak CURVE; then remove bus.plaintext here";
    case HandshakeFailure::malformed:
      return "what listens there does not speak ZeroMQ's protocol";
  }
  return {};
}

}  // namespace sealbus::delivery
