#pragma once
// SIGHUP: the configuration is read again, whole, and what a running role can change of it becomes
// a new immutable snapshot with the next epoch. One that is wrong changes nothing: everything that
// is wrong with it is logged, and the old one stays in force. Main thread.

#include <cstdint>

#include "common/base/clock.hpp"
#include "sidecar/config/load.hpp"
#include "sidecar/config_status.hpp"
#include "sidecar/delivery/sidecar.hpp"
#include "sidecar/ingress/ingress.hpp"

namespace sealbus::app {

class Reload {
 public:
  virtual ~Reload() = default;
  virtual void run() = 0;

 protected:
  // `status` outlives this; it begins with epoch 1.
  Reload(settings::Input input, ConfigStatus& status) : input_(std::move(input)), status_(status) {}

  const settings::Input input_;
  ConfigStatus& status_;
  std::uint64_t epoch_ = 1;
};

// Keys, modes and providers of authentication, grants.
class IngressReload final : public Reload {
 public:
  // `ingress` and `clock` outlive this.
  IngressReload(settings::Input input, settings::IngressConfig in_force, ingress::Ingress& ingress,
                ConfigStatus& status, const base::Clock& clock)
      : Reload(std::move(input), status),
        in_force_(std::move(in_force)),
        ingress_(ingress),
        clock_(clock) {}
  void run() override;

 private:
  settings::IngressConfig in_force_;
  ingress::Ingress& ingress_;
  const base::Clock& clock_;
};

// Keys.
class SidecarReload final : public Reload {
 public:
  // `sidecar` outlives this.
  SidecarReload(settings::Input input, settings::SidecarConfig in_force, delivery::Sidecar& sidecar,
                ConfigStatus& status)
      : Reload(std::move(input), status), in_force_(std::move(in_force)), sidecar_(sidecar) {}
  void run() override;

 private:
  settings::SidecarConfig in_force_;
  delivery::Sidecar& sidecar_;
};

}  // namespace sealbus::app
