#include "sidecar/ingress/registry.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace sealbus::ingress {
namespace {

using contract::Contract;

constexpr std::string_view kNoStore =
    "stored events need a store, which this version does not have; set delivery: memory (202 when "
    "handed to the bus, at most once)";

bool methods_meet(const Contract& a, const Contract& b) {
  return std::any_of(a.methods.begin(), a.methods.end(), [&](const std::string& method) {
    return std::find(b.methods.begin(), b.methods.end(), method) != b.methods.end();
  });
}

// The name that stands in the envelope.
std::string sent_as(const std::string& service, const Contract& contract) {
  return contract.kind == contract::Kind::event ? service + "." + contract.name : contract.name;
}

bool collide(const Contract& a, const Contract& b) {
  return methods_meet(a, b) && a.path.overlaps(b.path);
}

// While replicas differ, each live definition's routes lead to the contract, whose own begin at
// `first`.
void add_routes(const Contract& definition, const std::shared_ptr<const RoutedContract>& merged,
                std::vector<Route>& routes, std::ptrdiff_t first) {
  for (const std::string& method : definition.methods) {
    const bool known = std::any_of(routes.begin() + first, routes.end(), [&](const Route& route) {
      return route.method == method && route.path == definition.path;
    });
    if (!known) routes.push_back({method, definition.path, merged});
  }
}

}  // namespace

bool Registry::admits(const std::string& service) const {
  return mode_ == settings::RegistrationMode::open || grants_.contains(service);
}

bool Registry::route_granted(const std::string& service, const Contract& contract) const {
  if (mode_ == settings::RegistrationMode::open) return true;
  const auto grant = grants_.find(service);
  if (grant == grants_.end()) return false;
  const auto& routes = grant->second.routes;
  return std::any_of(routes.begin(), routes.end(), [&](const contract::PathPattern& route) {
    return route.covers(contract.path);
  });
}

std::string Registry::conflict(const std::string& service, const Contract& contract) const {
  for (const auto& [other, held] : services_) {
    if (other == service) continue;
    for (const auto& [name, entry] : held.contracts) {
      if (collide(contract, entry.newest)) return other + "." + name;
      for (const auto& [session, definition] : entry.live) {
        if (collide(contract, definition.contract)) return other + "." + name;
      }
    }
  }
  return {};
}

std::string Registry::other_kind(const std::string& service, const Contract& contract) const {
  const auto held = services_.find(service);
  if (held == services_.end()) return {};
  const auto entry = held->second.contracts.find(contract.name);
  if (entry == held->second.contracts.end()) return {};
  for (const auto& [session, definition] : entry->second.live) {
    if (definition.contract.kind == contract.kind) continue;
    return fmt::format("another replica has it as {} {}, and here it is {}",
                       definition.contract.kind == contract::Kind::event ? "an" : "a",
                       contract::name(definition.contract.kind), contract::name(contract.kind));
  }
  return {};
}

std::optional<Refused> Registry::refusal_of(const std::string& service,
                                            const Contract& contract) const {
  const auto refuse = [&](base::Refusal refusal, std::string reason) {
    return Refused{contract.name, refusal, std::move(reason)};
  };
  if (!route_granted(service, contract)) {
    return refuse(base::Refusal::not_granted, fmt::format("services.{}.routes does not cover {}",
                                                          service, contract.path.text()));
  }
  const bool stored = contract.delivery == contract::Delivery::stored;
  if (contract.kind == contract::Kind::event && stored) {
    return refuse(base::Refusal::not_granted, std::string(kNoStore));
  }
  if (const std::string other = conflict(service, contract); !other.empty()) {
    return refuse(base::Refusal::route_conflict,
                  fmt::format("{} overlaps a route of {}", contract.path.text(), other));
  }
  if (std::string other = other_kind(service, contract); !other.empty()) {
    return refuse(base::Refusal::route_conflict, std::move(other));
  }
  return std::nullopt;
}

std::vector<Refused> Registry::add(const std::string& service, const Session& session,
                                   const contract::Registration& registration) {
  std::vector<Refused> refused;
  std::vector<const Contract*> accepted;
  for (const Contract& contract : registration.contracts) {
    if (auto refusal = refusal_of(service, contract)) {
      refused.push_back(std::move(*refusal));
    } else {
      accepted.push_back(&contract);
    }
  }
  for (const contract::Subscription& subscription : registration.subscriptions) {
    if (subscriptions_.granted(service, subscription.event)) {
      subscriptions_.add(subscription.event, service, session);
    } else {
      refused.push_back({subscription.event, base::Refusal::not_granted,
                         fmt::format("services.{}.subscribe does not name it", service)});
    }
  }
  Service& held = services_[service];
  if (held.sessions.empty()) held.contracts.clear();  // what was only remembered
  held.sessions.insert_or_assign(session, Declared{registration, ++serial_});
  for (const Contract* contract : accepted) {
    Entry& entry = held.contracts[contract->name];
    entry.live.insert_or_assign(session, Entry::Definition{*contract, ++serial_});
    entry.newest = *contract;
    entry.series = series_.of(service + "." + contract->name);
  }
  held.refused = refused;
  return refused;
}

std::vector<Registry::Renewed> Registry::renew(Grants grants) {
  struct Again {
    std::string service;
    Session session;
    Declared declared;
  };
  std::vector<Again> all;
  for (auto& [service, held] : services_) {
    for (auto& [session, declared] : held.sessions) {
      all.push_back({service, session, std::move(declared)});
    }
  }
  std::sort(all.begin(), all.end(),
            [](const Again& a, const Again& b) { return a.declared.serial < b.declared.serial; });
  grants_ = std::move(grants);
  subscriptions_ = Subscriptions(mode_, grants_);
  // Of a service that is away, what it may still claim stays known.
  for (auto& [service, held] : services_) {
    const bool away = std::exchange(held.sessions, {}).empty();
    std::erase_if(held.contracts, [&, &name = service](const auto& item) {
      return !away || !route_granted(name, item.second.newest);
    });
  }
  std::vector<Renewed> renewed;
  for (const Again& one : all) {
    renewed.push_back({one.session, add(one.service, one.session, one.declared.registration)});
  }
  return renewed;
}

bool Registry::remove(const std::string& service, const Session& session) {
  const auto at = services_.find(service);
  if (at == services_.end() || at->second.sessions.erase(session) == 0) return false;
  subscriptions_.remove(session);
  Service& held = at->second;
  for (auto& [name, entry] : held.contracts) {
    entry.live.erase(session);
    const auto newest = std::max_element(
        entry.live.begin(), entry.live.end(),
        [](const auto& a, const auto& b) { return a.second.serial < b.second.serial; });
    if (newest != entry.live.end()) entry.newest = newest->second.contract;
  }
  if (held.sessions.empty()) return true;
  std::erase_if(held.contracts, [](const auto& item) { return item.second.live.empty(); });
  return true;
}

std::shared_ptr<const RoutedContract> Registry::merge(const std::string& service,
                                                      const Entry& entry) {
  auto merged = std::make_shared<RoutedContract>();
  merged->service = service;
  merged->definition = entry.newest;
  merged->sent_as = sent_as(service, entry.newest);
  merged->is_public = entry.newest.is_public;
  merged->full_name = service + "." + entry.newest.name;
  merged->series = entry.series;
  merged->requirements.push_back(entry.newest.required);
  std::vector<const Contract*> differing;
  for (const auto& [session, definition] : entry.live) {
    const Contract& live = definition.contract;
    const bool known = std::any_of(differing.begin(), differing.end(),
                                   [&](const Contract* other) { return *other == live; });
    if (!known) differing.push_back(&live);
    merged->is_public = merged->is_public && live.is_public;
    auto& all = merged->requirements;
    if (std::find(all.begin(), all.end(), live.required) == all.end()) all.push_back(live.required);
  }
  merged->definitions = std::max<std::size_t>(1, differing.size());
  return merged;
}

std::shared_ptr<const RouteTable> Registry::build() const {
  std::vector<Route> routes;
  for (const auto& [service, held] : services_) {
    for (const auto& [name, entry] : held.contracts) {
      const auto merged = merge(service, entry);
      const auto first = static_cast<std::ptrdiff_t>(routes.size());
      add_routes(entry.newest, merged, routes, first);
      for (const auto& [session, definition] : entry.live) {
        add_routes(definition.contract, merged, routes, first);
      }
    }
  }
  return std::make_shared<const RouteTable>(std::move(routes));
}

bool Registry::holds(const std::string& service, const std::string& name,
                     const Session& session) const {
  // No contract has a dot in its name.
  if (name.find('.') != std::string::npos) return subscriptions_.holds(name, service, session);
  const auto held = services_.find(service);
  if (held == services_.end()) return false;
  const auto entry = held->second.contracts.find(name);
  return entry != held->second.contracts.end() && entry->second.live.contains(session);
}

std::vector<Registry::ServiceView> Registry::view() const {
  std::vector<ServiceView> views;
  for (const auto& [service, held] : services_) {
    ServiceView view{service, {}, subscriptions_.of_service(service), held.refused};
    for (const auto& [name, entry] : held.contracts)
      view.contracts.push_back(merge(service, entry));
    views.push_back(std::move(view));
  }
  return views;
}

}  // namespace sealbus::ingress
