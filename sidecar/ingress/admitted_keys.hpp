#pragma once
// The CURVE keys of the services that may connect to the bus. Asked for each connection, on the
// thread of bus::ZapHandler; replaced as a whole when the configuration is.

#include <memory>
#include <mutex>
#include <set>
#include <string_view>

#include "common/base/refusal_log.hpp"
#include "common/bus/curve.hpp"
#include "common/bus/handshake_failure.hpp"
#include "sidecar/config/address.hpp"
#include "sidecar/config/config.hpp"

namespace sealbus::ingress {

class AdmittedKeys final : public bus::Admission {
 public:
  // Immutable once it is in use.
  struct List {
    // `open`: any key, since nobody knows which services there will be. A connection's key is then
    // compared with that of the service which its HELLO names, as always.
    settings::RegistrationMode registration = settings::RegistrationMode::granted;
    std::set<bus::CurveKey> keys;
  };

  AdmittedKeys(List list, base::RefusalCounters& counters, const base::Clock& clock);

  // Any thread. Whoever is connected stays so.
  void replace(List list);

  [[nodiscard]] bool admits(const bus::CurveKey& key) const override;
  void turned_away(std::string_view address, std::string_view why) override;

 private:
  mutable std::mutex mutex_;  // for the pointer alone
  std::shared_ptr<const List> list_;
  base::RefusalLog refusals_;
};

// What the log says of a peer that did not get as far as a connection. `ours` is what this ingress
// listens with.
[[nodiscard]] std::string_view explain(bus::HandshakeFailure failure, settings::BusSecurity ours);

}  // namespace sealbus::ingress
