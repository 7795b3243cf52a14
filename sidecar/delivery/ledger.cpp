#include "sidecar/delivery/ledger.hpp"

#include <algorithm>
#include <utility>

#include "common/envelope/identity_opener.hpp"

namespace sealbus::delivery {
namespace {

// Where the trace id lies in a traceparent (W3C Trace Context, section 3.2).
constexpr std::size_t kTraceId = 3;
constexpr std::size_t kTraceIdLength = 32;

// An event has its owner's name already.
std::string full_name(const std::string& service, std::string_view name) {
  const bool event = name.find('.') != std::string_view::npos;
  return event ? std::string(name) : service + "." + std::string(name);
}

}  // namespace

Ledger::Ledger(std::string service, std::vector<std::string> offered, audit::AuditLog& audit,
               const base::Clock& clock)
    : service_(std::move(service)), offered_(std::move(offered)), audit_(audit), clock_(clock) {
  for (const std::string& name : offered_) series_.of(full_name(service_, name));
}

metrics::Series Ledger::series_of(std::string_view contract) const {
  const auto found = std::find(offered_.begin(), offered_.end(), contract);
  if (found == offered_.end()) return metrics::kNoContract;
  const auto place = static_cast<std::size_t>(found - offered_.begin());
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
  entry.contract = full_name(service_, header.contract);
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

void Ledger::published(audit::Entry entry, std::string_view contract) {
  counts_.count(0, series_of(contract), {});
  entry.time = clock_.wall();
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
