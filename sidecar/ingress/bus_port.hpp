#pragma once
// What the dispatcher asks of the bus. The ROUTER's thread stands behind it; tests put a record of
// what was sent there.

#include "common/base/bytes.hpp"
#include "common/bus/peer.hpp"
#include "common/envelope/seal.hpp"

namespace sealbus::ingress {

class BusPort {
 public:
  virtual ~BusPort() = default;
  // Hands a sealed message over for sending; the bytes are copied. False when the bus's queue is
  // full: nothing was taken.
  [[nodiscard]] virtual bool send(const bus::PeerId& peer, const envelope::SealBytes& seal,
                                  base::ByteView header, base::ByteView payload) = 0;
};

}  // namespace sealbus::ingress
