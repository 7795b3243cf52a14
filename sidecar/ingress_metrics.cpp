// What an ingress measures.

#include "common/base/refusal.hpp"
#include "sidecar/status.hpp"

namespace sealbus::app {
namespace {

void add_http(Families& all, const ingress::Ingress& ingress,
              const std::vector<std::string>& names) {
  const auto contracts = ingress.contracts();
  FamilyMaker requests = counter(
      all, "sealbus_http_requests_total",
      "Requests by contract, status and the name of the refusal, which is none for a reply.");
  for (const auto& contract : contracts) {
    const std::string label = metrics::label_of(contract.series, names);
    if (label.empty()) continue;
    for (const auto& [outcome, count] : contract.outcomes) {
      const std::string status = outcome ? std::to_string(outcome->status) : "other";
      const std::string code =
          outcome && outcome->refusal ? std::string(base::code(*outcome->refusal)) : "none";
      requests.add({{"contract", label}, {"status", status}, {"code", code}}, count);
    }
  }
  add_durations(
      all, contracts, names, "sealbus_http_request_duration_seconds",
      "From a request's last byte to its response, without those that were refused before "
      "they were complete.");
  gauge(all, "sealbus_http_connections", "Open HTTP connections.")
      .add({}, ingress.http_connections());
  const http::Traffic traffic = ingress.http_traffic();
  counter(all, "sealbus_http_received_bytes_total", "Bytes of HTTP requests.")
      .add({}, traffic.received);
  counter(all, "sealbus_http_sent_bytes_total", "Bytes of HTTP responses.").add({}, traffic.sent);
}

struct OfService {
  std::size_t sessions = 0;
  std::size_t queued = 0;
  std::size_t in_flight = 0;
  std::uint64_t credit = 0;
};

void add_services(Families& all, const ingress::Dispatcher::View& view) {
  std::map<std::string, OfService> services;
  for (const auto& known : view.services) services[known.service];
  for (const auto& [name, queued] : view.queued) services[name].queued = queued;
  for (const auto& [name, replicas] : view.replicas) {
    OfService& service = services[name];
    service.sessions = replicas.size();
    for (const auto& replica : replicas) {
      service.in_flight += replica.in_flight;
      service.credit += replica.credit;
    }
  }
  const auto each = [&](std::string_view name, std::string_view help, auto member) {
    FamilyMaker family = gauge(all, name, help);
    for (const auto& [service, values] : services) {
      family.add({{"service", service}}, values.*member);
    }
  };
  each("sealbus_sessions", "Live sessions with sidecars, by service.", &OfService::sessions);
  each("sealbus_credit_messages", "Messages that a service's sidecars would take at this moment.",
       &OfService::credit);
  each("sealbus_queue_length", "Requests and copies of events that wait for credit, by service.",
       &OfService::queued);
  each("sealbus_in_flight", "Messages that were sent and are not answered yet, by service.",
       &OfService::in_flight);
}

}  // namespace

std::vector<admin::Family> IngressStatus::metrics() const {
  Families all;
  process_.add_to(all);
  const ingress::Dispatcher::View view = ingress_.view();
  add_http(all, ingress_, view.series_names);
  add_services(all, view);
  gauge(all, "sealbus_half_open_sessions", "Handshakes that were answered and are not finished.")
      .add({}, view.half_open);
  add_bus(all, view.bus);
  add_refusals(all, ingress_.refusals());
  return all;
}

}  // namespace sealbus::app
