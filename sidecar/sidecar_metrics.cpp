// What a sidecar measures.

#include "common/base/refusal.hpp"
#include "sidecar/status.hpp"

namespace sealbus::app {
namespace {

void add_deliveries(Families& all, const delivery::Ledger& ledger) {
  const auto contracts = ledger.contracts();
  Families refusals;
  FamilyMaker delivered =
      counter(all, "sealbus_deliveries_total", "Messages that a process was given, by contract.");
  FamilyMaker refused =
      counter(refusals, "sealbus_delivery_refusals_total",
              "Messages that were refused, by contract and the name of the refusal; handler_failed "
              "after a process was given them.");
  for (const auto& contract : contracts) {
    const std::string label = metrics::label_of(contract.series, ledger.series_names());
    for (const auto& [outcome, count] : contract.outcomes) {
      if (outcome && outcome->refusal) {
        refused.add({{"contract", label}, {"code", std::string(base::code(*outcome->refusal))}},
                    count);
      } else {
        delivered.add({{"contract", label}}, count);
      }
    }
  }
  all.push_back(std::move(refusals.front()));
  add_durations(all, contracts, ledger.series_names(), "sealbus_handling_duration_seconds",
                "From a process being given a message to its answer.");
}

}  // namespace

std::vector<admin::Family> SidecarStatus::metrics() const {
  Families all;
  process_.add_to(all);
  const delivery::Sidecar::Status status = sidecar_.status();
  const Labels service{{"service", config_.service}};
  gauge(all, "sealbus_sessions", "Ingresses that this sidecar is in contact with.")
      .add(service, status.sessions);
  gauge(all, "sealbus_ingress_addresses", "Addresses of ingresses that this sidecar knows.")
      .add({}, status.links);
  gauge(all, "sealbus_processes", "Processes of the service that are connected.")
      .add(service, status.processes);
  gauge(all, "sealbus_queue_length", "Messages that wait for a process with room.")
      .add(service, status.waiting);
  gauge(all, "sealbus_in_flight", "Messages that a process was given and has not answered yet.")
      .add(service, status.in_flight - status.waiting);
  add_deliveries(all, sidecar_.ledger());
  add_bus(all, sidecar_.bus());
  add_refusals(all, sidecar_.refusals());
  return all;
}

}  // namespace sealbus::app
