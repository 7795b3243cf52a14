#pragma once
// The books of the ingress: how each request ended, in the audit log and in the metrics. Every
// request that has an end is entered once.

#include <optional>
#include <string>

#include "common/audit/audit_log.hpp"
#include "common/base/clock.hpp"
#include "common/base/refusal_counters.hpp"
#include "common/metrics/contract_metrics.hpp"
#include "sidecar/ingress/route_table.hpp"

namespace sealbus::ingress {

// What is kept of a request until it ends. Whoever learns something fills it in.
struct Account {
  unsigned worker = 0;
  base::SteadyTime began{};
  metrics::Series series = metrics::kNoContract;
  audit::Entry entry;  // without the outcome and the time

  void reached(const RoutedContract& contract) {
    series = contract.series;
    entry.contract = contract.full_name;
  }
};

class Ledger {
 public:
  // Everything referred to outlives the ledger. A worker is a shard of `contracts`.
  Ledger(audit::AuditLog& audit, metrics::ContractMetrics& contracts,
         base::RefusalCounters& refusals, const base::Clock& clock)
      : audit_(audit), contracts_(contracts), refusals_(refusals), clock_(clock) {}

  // Any thread. The request ended with this status: refused, or answered by the service.
  void close(Account account, unsigned status, std::optional<base::Refusal> refusal);
  // The same for one that no handler ever saw: it took no time.
  void close_unread(Account account, unsigned status, base::Refusal refusal);

 private:
  void enter(Account account, unsigned status, std::optional<base::Refusal> refusal);

  audit::AuditLog& audit_;
  metrics::ContractMetrics& contracts_;
  base::RefusalCounters& refusals_;
  const base::Clock& clock_;
};

}  // namespace sealbus::ingress
