#pragma once
// The metrics that both roles have, and how a role's values become families of metrics.

#include <string_view>
#include <vector>

#include "common/audit/audit_log.hpp"
#include "common/base/clock.hpp"
#include "common/base/refusal_counters.hpp"
#include "common/metrics/bus_counters.hpp"
#include "common/metrics/contract_metrics.hpp"
#include "sidecar/admin/metric.hpp"
#include "sidecar/config_status.hpp"

namespace sealbus::app {

using Families = std::vector<admin::Family>;
using Labels = std::vector<std::pair<std::string_view, std::string>>;

// One family, made sample by sample.
class FamilyMaker {
 public:
  FamilyMaker(Families& all, admin::MetricKind kind, std::string_view name, std::string_view help);

  template <typename Number>
  FamilyMaker& add(Labels labels, Number value) {
    samples_->push_back({std::move(labels), static_cast<double>(value)});
    return *this;
  }
  void add(Labels labels, const metrics::Durations& durations) {
    samples_->push_back({std::move(labels), durations});
  }

 private:
  std::vector<admin::Sample>* samples_;  // of `all`'s newest, until it gets another
};

FamilyMaker counter(Families& all, std::string_view name, std::string_view help);
FamilyMaker gauge(Families& all, std::string_view name, std::string_view help);

// One of each contract's histograms.
void add_durations(Families& all, const std::vector<metrics::ContractMetrics::View>& contracts,
                   const std::vector<std::string>& names, std::string_view name,
                   std::string_view help);

void add_bus(Families& all, const metrics::BusCounts& bus);
void add_refusals(Families& all, const base::RefusalCounters& refusals);

// What every process has. All outlive it.
struct ProcessMetrics {
  const audit::AuditLog& audit;
  const ConfigStatus& config;
  std::string_view role;
  base::WallTime started;

  void add_to(Families& all) const;
};

}  // namespace sealbus::app
