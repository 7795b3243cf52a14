#pragma once
// SIGHUP: the configuration is read again, whole, and what a running role can change of it becomes
// a new immutable snapshot with the next epoch. One that is wrong changes nothing: everything that
// is wrong with it is logged, and the old one stays in force. Main thread.

#include <atomic>
#include <cstdint>

#include "common/base/clock.hpp"
#include "sidecar/config/load.hpp"
#include "sidecar/delivery/sidecar.hpp"
#include "sidecar/ingress/ingress.hpp"

namespace sealbus::app {

class Reload {
 public:
  virtual ~Reload() = default;
  virtual void run() = 0;

  // Of the configuration in force; 1 at the start. Any thread.
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }

 protected:
  explicit Reload(settings::Input input) : input_(std::move(input)) {}

  const settings::Input input_;
  std::atomic<std::uint64_t> epoch_{1};
};

// Keys, modes and providers of authentication, grants.
class IngressReload final : public Reload {
 public:
  // `ingress` and `clock` outlive this.
  IngressReload(settings::Input input, settings::IngressConfig in_force, ingress::Ingress& ingress,
                const base::Clock& clock)
      : Reload(std::move(input)),
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
  SidecarReload(settings::Input input, settings::SidecarConfig in_force, delivery::Sidecar& sidecar)
      : Reload(std::move(input)), in_force_(std::move(in_force)), sidecar_(sidecar) {}
  void run() override;

 private:
  settings::SidecarConfig in_force_;
  delivery::Sidecar& sidecar_;
};

}  // namespace sealbus::app
