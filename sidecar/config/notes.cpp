#include "sidecar/config/notes.hpp"

#include <functional>
#include <set>

#include <fmt/core.h>

#include "common/config/nearest.hpp"

namespace sealbus::settings {
namespace {

using Services = std::map<std::string, GrantConfig>;

void shared_routes(const Services::value_type& first, const Services::value_type& second,
                   std::vector<Note>& notes) {
  for (const contract::PathPattern& theirs : second.second.routes) {
    for (const contract::PathPattern& ours : first.second.routes) {
      if (!theirs.overlaps(ours)) continue;
      notes.push_back(
          {fmt::format("services.{}.routes", second.first),
           fmt::format("{} overlaps {} of {}; where the contracts of both meet, the one "
                       "that registers later is refused",
                       theirs.text(), ours.text(), first.first)});
    }
  }
}

// `events` are orders.OrderPlaced, or orders.*.
void unknown_services(std::string_view key, const std::vector<std::string>& events,
                      const Services& services, std::vector<Note>& notes) {
  std::set<std::string, std::less<>> names;
  for (const auto& [name, grant] : services) names.insert(name);
  for (const std::string& event : events) {
    const std::string service = event.substr(0, event.find('.'));
    if (services.contains(service)) continue;
    const std::string_view near = config::nearest(service, names);
    notes.push_back({std::string(key),
                     fmt::format("{}: 'services' has no {}{}", event, service,
                                 near.empty() ? "" : fmt::format("; did you mean '{}'?", near))});
  }
}

void without_effect(const contract::Contract& contract, std::size_t i, std::vector<Note>& notes) {
  const contract::Contract usual;
  const auto note = [&](std::string_view key) {
    notes.push_back({fmt::format("contracts[{}].{}", i, key),
                     "has no effect on an event in memory, which is delivered at once or not at "
                     "all"});
  };
  if (contract.auth_at != usual.auth_at) note("authAt");
  if (contract.max_auth_age) note("maxAuthAge");
  if (contract.retry != usual.retry) note("retry");
}

}  // namespace

std::vector<Note> notes(const IngressConfig& config) {
  std::vector<Note> notes;
  const Services& services = config.services;
  for (auto second = services.begin(); second != services.end(); ++second) {
    for (auto first = services.begin(); first != second; ++first) {
      shared_routes(*first, *second, notes);
    }
  }
  if (config.registration == RegistrationMode::open) return notes;  // others may come
  for (const auto& [service, grant] : services) {
    unknown_services(fmt::format("services.{}.subscribe", service), grant.subscribe, services,
                     notes);
    unknown_services(fmt::format("services.{}.publish", service), grant.publish, services, notes);
  }
  return notes;
}

std::vector<Note> notes(const SidecarConfig& config) {
  std::vector<Note> notes;
  if (!config.deliver.tap.empty() && config.deliver.listen.empty()) {
    notes.push_back({"deliver.tap",
                     "the tap is the only door: the service gets events only, each at most once, "
                     "and an event counts as handled when it was published, whoever listened"});
  }
  for (std::size_t i = 0; i < config.contracts.size(); ++i) {
    const contract::Contract& contract = config.contracts[i];
    if (contract.kind != contract::Kind::event) continue;
    if (contract.delivery == contract::Delivery::memory) {
      without_effect(contract, i, notes);
    } else {
      notes.push_back({fmt::format("contracts[{}].delivery", i),
                       "an ingress of this version has no store and refuses this event; set "
                       "delivery: memory"});
    }
  }
  return notes;
}

}  // namespace sealbus::settings
