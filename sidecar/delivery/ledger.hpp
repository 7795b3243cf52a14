#pragma once
// The books of the sidecar: what became of each message that verified, in the audit log and in the
// metrics. A message has one audit line: when a process was given it (or the tap, where it is
// alone), or when it was refused before that. Entered on the sidecar's thread, read on any.

#include <string>
#include <vector>

#include "common/audit/audit_log.hpp"
#include "common/base/clock.hpp"
#include "common/contract/contract.hpp"
#include "common/envelope/verifier.hpp"
#include "common/identity/identity.hpp"
#include "common/metrics/contract_metrics.hpp"
#include "sidecar/delivery/delivery.hpp"

namespace sealbus::delivery {

class Ledger {
 public:
  // Only what the sidecar offers its processes has series: contracts by their bare names, and
  // events by their full ones (`orders.OrderPlaced`). `audit` and `clock` outlive the ledger.
  Ledger(std::string service, std::vector<std::string> offered, audit::AuditLog& audit,
         const base::Clock& clock);

  // What can be said of a message that came from `source`. Without an identity, because it was not
  // authorised, the message is asked whom it speaks for.
  [[nodiscard]] audit::Entry begin(const envelope::VerifiedEnvelope& envelope,
                                   const std::string& source,
                                   const identity::Identity* identity) const;

  // Before a process was given it. `contract` is as it stands in the envelope.
  void refused(audit::Entry entry, std::string_view contract, base::Refusal refusal);
  void delivered(Delivery& delivery);
  // No process is to be given it: the tap alone had it.
  void published(audit::Entry entry, std::string_view contract);
  // After that, how it ended: the process answered, or did not.
  void answered(const Delivery& delivery);
  void failed(const Delivery& delivery, base::Refusal refusal);

  [[nodiscard]] std::vector<metrics::ContractMetrics::View> contracts() const {
    return counts_.read();
  }
  [[nodiscard]] const std::vector<std::string>& series_names() const { return series_.names(); }

 private:
  [[nodiscard]] metrics::Series series_of(std::string_view contract) const;

  const std::string service_;
  const std::vector<std::string> offered_;  // that of series 1, 2, and so on
  audit::AuditLog& audit_;
  const base::Clock& clock_;
  metrics::ContractSeries series_;
  metrics::ContractMetrics counts_{1};
};

}  // namespace sealbus::delivery
