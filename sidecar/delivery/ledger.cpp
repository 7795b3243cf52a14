#include "sidecar/delivery/ledger.hpp"

#include <algorithm>
#include <utility>

#include "common/envelope/identity_opener.hpp"

namespace sealbus::delivery {
namespace {

// Where the trace id lies in a traceparent (W3C Trace Context, section 3.2).
constexpr std::size_t kTraceId = 3;
constexpr std::size_t kTraceIdLength = 32;

}  // namespace

Ledger::Ledger(std::string service, const std::vector<contract::Contract>& contracts,
               audit::AuditLog& audit, const base::Clock& clock)
    : service_(std::move(service)), audit_(audit), clock_(clock) {
  for (const contract::Contract& contract : contracts) {
    contracts_.push_back(contract.name);
    series_.of(service_ + "." + contract.name);
  }
}

metrics::Series Ledger::series_of(std::string_view contract) const {
  const auto found = std::find(contracts_.begin(), contracts_.end(), contract);
  if (found == contracts_.end()) return metrics::kNoContract;
  const auto place = static_cast<std::size_t>(found - contracts_.begin());
  return place < metrics::kMostContracts ? static_cast<metrics::Series>(place + 1)
                                         : metrics::kOtherContracts;
}

audit::Entry Ledger::begin(const envelope::VerifiedEnvelope& envelope, const std::string& source,
                           const identity::Identity* identity) const {
  const envelope::Header& header = envelope.header();
  audit::Entry entry;
  const auto name = [&](const identity::AuthContext& who) {
    entry.user_id = who.user_id;
    entry.method = identity::name(who.method);
  };
  if (identity != nullptr) {
    name(identity->context());
  } else if (const auto claimed = envelope::IdentityOpener::open(envelope)) {
    name(claimed->context());
  }
  entry.contract = service_ + "." + std::string(header.contract);
  entry.source = source;
  entry.request_id = header.correlation_id;
  entry.message_id = to_string(header.id);
  if (header.traceparent.size() >= kTraceId + kTraceIdLength) {
    entry.trace_id = header.traceparent.substr(kTraceId, kTraceIdLength);
  }
  return entry;
}

void Ledger::refused(audit::Entry entry, std::string_view contract, base::Refusal refusal) {
  counts_.count(0, series_of(contract), {0, refusal});
  entry.time = clock_.wall();
  entry.refusal = refusal;
  audit_.record(std::move(entry));
}

void Ledger::delivered(Delivery& delivery) {
  counts_.count(0, series_of(delivery.contract), {});
  delivery.handed_over = clock_.steady();
  delivery.entry.time = clock_.wall();
  audit_.record(delivery.entry);
}

void Ledger::answered(const Delivery& delivery) {
  if (!delivery.handed_over) return;
  counts_.observe(0, series_of(delivery.contract), clock_.steady() - *delivery.handed_over);
}

void Ledger::failed(const Delivery& delivery, base::Refusal refusal) {
  if (!delivery.handed_over) return refused(delivery.entry, delivery.contract, refusal);
  counts_.count(0, series_of(delivery.contract), {0, refusal});
}

}  // namespace sealbus::delivery
