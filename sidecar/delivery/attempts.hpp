#pragma once
// With which key of the ring, and encrypted or not, the next attempt to reach an ingress is made.
// Pure; belongs to one Link.
//
// Each key of the ring carries the CURVE key of the ingresses of its root, so a wrong one shows as
// a connection that ends before it begins. Towards an address that is not loopback nothing but
// CURVE is ever tried unless the configuration says plaintext, and then nothing but that.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/bus/handshake_failure.hpp"
#include "sidecar/config/address.hpp"

namespace sealbus::delivery {

class Attempts {
 public:
  // `keys`: how many the ring has, at least one.
  Attempts(settings::BusSecurity allowed, std::size_t keys);

  [[nodiscard]] std::size_t key() const { return key_; }
  [[nodiscard]] bool curve() const { return curve_; }

  enum class Next : std::uint8_t { at_once, after_a_pause };
  // No connection came about. Nobody was there (nothing): the same again. `why`: the next attempt
  // is another one, if there is any, and at once until all of them had their turn.
  Next not_connected(std::optional<bus::HandshakeFailure> why);
  // The connection is good, and no session came of it: the HELLO was met with silence.
  void not_welcomed();
  // In contact. The next attempt begins with the current key, and what worked now.
  void welcomed();

  // The ring is another one, of so many keys.
  void renew(std::size_t keys);

  // What to log and count of a connection that did not come about; empty if it is nothing that
  // anybody has to look at.
  [[nodiscard]] std::string_view explain(bus::HandshakeFailure why) const;

 private:
  const settings::BusSecurity allowed_;
  std::size_t keys_;
  std::size_t round_;  // so many different attempts there are
  std::size_t key_ = 0;
  bool curve_;
  std::size_t made_ = 0;  // of this round
};

}  // namespace sealbus::delivery
