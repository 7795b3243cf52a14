#include "sidecar/process_metrics.hpp"

#include <chrono>

namespace sealbus::app {

FamilyMaker::FamilyMaker(Families& all, admin::MetricKind kind, std::string_view name,
                         std::string_view help)
    : samples_(&all.emplace_back(admin::Family{name, help, kind, {}}).samples) {}

FamilyMaker counter(Families& all, std::string_view name, std::string_view help) {
  return {all, admin::MetricKind::counter, name, help};
}

FamilyMaker gauge(Families& all, std::string_view name, std::string_view help) {
  return {all, admin::MetricKind::gauge, name, help};
}

void add_durations(Families& all, const std::vector<metrics::ContractMetrics::View>& contracts,
                   const std::vector<std::string>& names, std::string_view name,
                   std::string_view help) {
  FamilyMaker family(all, admin::MetricKind::histogram, name, help);
  for (const auto& contract : contracts) {
    const std::string label = metrics::label_of(contract.series, names);
    if (!label.empty()) family.add({{"contract", label}}, contract.durations);
  }
}

void add_bus(Families& all, const metrics::BusCounts& bus) {
  counter(all, "sealbus_bus_received_messages_total",
          "Messages that arrived on the bus, genuine or not.")
      .add({}, bus.messages_received);
  counter(all, "sealbus_bus_sent_messages_total", "Messages that were handed to the bus.")
      .add({}, bus.messages_sent);
  counter(all, "sealbus_bus_received_bytes_total",
          "Bytes of the messages that arrived on the bus, without what ZeroMQ adds.")
      .add({}, bus.bytes_received);
  counter(all, "sealbus_bus_sent_bytes_total",
          "Bytes of the messages that were handed to the bus, without what ZeroMQ adds.")
      .add({}, bus.bytes_sent);
  counter(all, "sealbus_handshakes_total",
          "Handshakes on the bus by what came of them: a session, a refusal, or nothing.")
      .add({{"result", "established"}}, bus.handshakes_established)
      .add({{"result", "refused"}}, bus.handshakes_refused)
      .add({{"result", "dropped"}}, bus.handshakes_dropped);
}

void add_refusals(Families& all, const base::RefusalCounters& refusals) {
  FamilyMaker family = counter(all, "sealbus_refusals_total",
                               "Everything that was refused, on HTTP and on the bus, by its name.");
  for (const base::Refusal refusal : base::all_refusals()) {
    family.add({{"code", std::string(base::code(refusal))}}, refusals.of(refusal));
  }
}

void ProcessMetrics::add_to(Families& all) const {
  gauge(all, "sealbus_build_info", "Always 1; which version runs, in which role.")
      .add({{"version", SEALBUS_VERSION}, {"role", std::string(role)}}, 1);
  gauge(all, "sealbus_process_start_time_seconds", "When the process started, in Unix time.")
      .add({}, std::chrono::duration<double>(started.time_since_epoch()).count());
  const ConfigStatus::View in_force = config.get();
  gauge(all, "sealbus_config_epoch",
        "Which configuration is in force: 1 at the start, one more with each reload.")
      .add({}, in_force.epoch);
  gauge(all, "sealbus_development_mode",
        "1 while identities that were only claimed in development headers are accepted.")
      .add({}, in_force.development ? 1 : 0);
  FamilyMaker loosened =
      gauge(all, "sealbus_loosened", "1 for each setting that is looser than its default.");
  for (const settings::Loosened& one : in_force.loosened) {
    loosened.add({{"setting", one.setting}}, 1);
  }
  counter(all, "sealbus_audit_entries_total",
          "Lines of the audit log that were written, and those that could not be.")
      .add({{"result", "written"}}, audit.written())
      .add({{"result", "lost"}}, audit.lost());
}

}  // namespace sealbus::app
