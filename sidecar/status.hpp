#pragma once
// What each role shows on the admin port.

#include <atomic>

#include "sidecar/admin/status.hpp"
#include "sidecar/config/config.hpp"
#include "sidecar/delivery/sidecar.hpp"
#include "sidecar/ingress/ingress.hpp"
#include "sidecar/process_metrics.hpp"

namespace sealbus::app {

class IngressStatus final : public admin::StatusSource {
 public:
  // All outlive this.
  IngressStatus(ingress::Ingress& ingress, const audit::AuditLog& audit, const ConfigStatus& config,
                const base::Clock& clock)
      : ingress_(ingress), process_{audit, config, "ingress", clock.wall()} {}

  // From now on not ready; any thread.
  void start_draining() { draining_ = true; }

  [[nodiscard]] admin::Readiness readiness() const override;
  [[nodiscard]] std::vector<admin::ServiceStatus> services() const override;
  [[nodiscard]] std::vector<admin::Family> metrics() const override;

 private:
  ingress::Ingress& ingress_;
  const ProcessMetrics process_;
  std::atomic<bool> draining_{false};
};

class SidecarStatus final : public admin::StatusSource {
 public:
  // All outlive this.
  SidecarStatus(const settings::SidecarConfig& config, const delivery::Sidecar& sidecar,
                const audit::AuditLog& audit, const ConfigStatus& in_force,
                const base::Clock& clock)
      : config_(config), sidecar_(sidecar), process_{audit, in_force, "sidecar", clock.wall()} {}

  void start_draining() { draining_ = true; }

  [[nodiscard]] admin::Readiness readiness() const override;
  [[nodiscard]] std::vector<admin::ServiceStatus> services() const override;
  [[nodiscard]] std::vector<admin::Family> metrics() const override;

 private:
  const settings::SidecarConfig& config_;
  const delivery::Sidecar& sidecar_;
  const ProcessMetrics process_;
  std::atomic<bool> draining_{false};
};

}  // namespace sealbus::app
