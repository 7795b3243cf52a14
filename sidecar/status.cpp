#include "sidecar/status.hpp"

#include <fmt/core.h>

namespace sealbus::app {
namespace {

admin::Condition not_draining(bool draining) {
  return {"draining", !draining, draining ? "shutting down" : "no"};
}

}  // namespace

admin::Readiness IngressStatus::readiness() const {
  // An ingress that runs has bound its bus and has a usable mode: it would not have started
  // otherwise.
  return {{{"bus", true, ingress_.bus_endpoint()},
           {"authentication", true, "at least one mode"},
           not_draining(draining_)}};
}

std::vector<admin::ServiceStatus> IngressStatus::services() const {
  const ingress::Dispatcher::View view = ingress_.view();
  std::vector<admin::ServiceStatus> services;
  for (const auto& known : view.services) {
    admin::ServiceStatus status{known.service, {}, known.subscriptions, {}, {}};
    for (const auto& contract : known.contracts) {
      status.contracts.push_back({contract->definition, contract->definitions});
    }
    for (const auto& refused : known.refused) {
      status.refused.push_back({refused.subject, refused.refusal, refused.reason, {}});
    }
    if (const auto replicas = view.replicas.find(known.service); replicas != view.replicas.end()) {
      for (const auto& replica : replicas->second) {
        status.replicas.push_back({to_string(replica.instance), replica.since, replica.ready,
                                   replica.in_flight, replica.credit});
      }
    }
    services.push_back(std::move(status));
  }
  return services;
}

admin::Readiness SidecarStatus::readiness() const {
  const delivery::Sidecar::Status status = sidecar_.status();
  // A tap serves whoever listens, and nobody.
  const bool tap_alone = config_.deliver.listen.empty();
  return {{{"session", status.sessions > 0,
            fmt::format("{} of {} ingress addresses", status.sessions, status.links)},
           {"service", tap_alone || status.processes > 0,
            tap_alone ? "the tap alone" : fmt::format("{} processes", status.processes)},
           not_draining(draining_)}};
}

std::vector<admin::ServiceStatus> SidecarStatus::services() const {
  const delivery::Sidecar::Status status = sidecar_.status();
  const bool ready = config_.deliver.listen.empty() || status.processes > 0;
  admin::Replica self{to_string(status.instance), status.since, ready, status.in_flight,
                      std::nullopt};
  admin::ServiceStatus own{config_.service, {}, {}, {std::move(self)}, {}};
  for (const auto& contract : config_.contracts) own.contracts.push_back({contract, 1});
  for (const auto& wanted : config_.subscribe) own.subscriptions.push_back(wanted.event);
  for (const auto& [ingress, entry] : status.refused) {
    own.refused.push_back({entry.subject, entry.refusal, entry.reason, ingress});
  }
  return {std::move(own)};
}

}  // namespace sealbus::app
