#pragma once
// A BusPort that counts what it hands over.

#include "common/metrics/bus_counters.hpp"
#include "sidecar/ingress/bus_port.hpp"

namespace sealbus::ingress {

class CountedBus final : public BusPort {
 public:
  // Both outlive this.
  CountedBus(BusPort& bus, metrics::BusCounters& traffic) : bus_(bus), traffic_(traffic) {}

  [[nodiscard]] bool send(const bus::PeerId& peer, const envelope::SealBytes& seal,
                          base::ByteView header, base::ByteView payload) override {
    if (!bus_.send(peer, seal, header, payload)) return false;
    traffic_.sent(seal.size() + header.size() + payload.size());
    return true;
  }

 private:
  BusPort& bus_;
  metrics::BusCounters& traffic_;
};

}  // namespace sealbus::ingress
