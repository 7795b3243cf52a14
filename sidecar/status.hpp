#pragma once
// What each role shows on the admin port.

#include <atomic>

#include "sidecar/admin/status.hpp"
#include "sidecar/config/config.hpp"
#include "sidecar/delivery/sidecar.hpp"
#include "sidecar/ingress/ingress.hpp"

namespace sealbus::app {

class IngressStatus final : public admin::StatusSource {
 public:
  // `ingress` outlives this.
  explicit IngressStatus(ingress::Ingress& ingress) : ingress_(ingress) {}

  // From now on not ready; any thread.
  void start_draining() { draining_ = true; }

  [[nodiscard]] admin::Readiness readiness() const override;
  [[nodiscard]] std::vector<admin::ServiceStatus> services() const override;

 private:
  ingress::Ingress& ingress_;
  std::atomic<bool> draining_{false};
};

class SidecarStatus final : public admin::StatusSource {
 public:
  // Both outlive this.
  SidecarStatus(const settings::SidecarConfig& config, const delivery::Sidecar& sidecar)
      : config_(config), sidecar_(sidecar) {}

  void start_draining() { draining_ = true; }

  [[nodiscard]] admin::Readiness readiness() const override;
  [[nodiscard]] std::vector<admin::ServiceStatus> services() const override;

 private:
  const settings::SidecarConfig& config_;
  const delivery::Sidecar& sidecar_;
  std::atomic<bool> draining_{false};
};

}  // namespace sealbus::app
