#include <algorithm>
#include <optional>

#include <fmt/core.h>

#include "sidecar/config/rules.hpp"

namespace sealbus::settings {
namespace {

using config::Report;
using contract::Contract;

// Of all that a process can be sent, in one header of the door (bindings/PROTOCOL.md, section 2).
constexpr std::size_t kMostNames = 110'000;
constexpr std::size_t kMost = 4'096;  // what a registration can carry (common/contract)

std::string path_of(std::size_t i, std::string_view key) {
  return fmt::format("contracts[{}].{}", i, key);
}

// A method that both have, when no path tells the two apart.
std::optional<std::string> same_route(const Contract& a, const Contract& b) {
  const bool told_apart = !a.path.overlaps(b.path) || a.path.more_particular_than(b.path) ||
                          b.path.more_particular_than(a.path);
  if (told_apart) return std::nullopt;
  for (const std::string& method : a.methods) {
    if (std::find(b.methods.begin(), b.methods.end(), method) != b.methods.end()) return method;
  }
  return std::nullopt;
}

void check_one(const Contract& contract, std::size_t i, Report& report) {
  if (contract.name.empty()) {
    if (!report.is_wrong(path_of(i, "name"))) report.add(path_of(i, "name"), "missing");
    return;
  }
  const bool guarded = !contract.required.all_of.empty() || !contract.required.any_of.empty();
  if (contract.is_public && guarded) {
    report.add(path_of(i, "public"),
               "a public contract asks nobody for permissions; remove requiredPermissions or this");
  }
  if (contract.methods.empty() && !report.is_wrong(path_of(i, "method"))) {
    report.add(path_of(i, "method"), "expected at least one method");
  }
  if (contract.retry.initial_delay > contract.retry.max_delay) {
    report.add(path_of(i, "retry.initialDelay"), "is longer than maxDelay");
  }
}

void check_pair(const Contract& first, const Contract& second, std::size_t i, Report& report) {
  if (first.name.empty() || second.name.empty()) return;
  if (first.name == second.name) {
    report.add(path_of(i, "name"), fmt::format("'{}' is there twice", second.name));
  } else if (const auto method = same_route(first, second)) {
    report.add(path_of(i, "path"), fmt::format("{} {} is the route of '{}' already", *method,
                                               second.path.text(), first.name));
  }
}

}  // namespace

void check_contracts(const std::vector<Contract>& contracts, Report& report) {
  if (contracts.size() > kMost) {
    return report.add("contracts", fmt::format("more than {} contracts", kMost));
  }
  for (std::size_t i = 0; i < contracts.size(); ++i) {
    check_one(contracts[i], i, report);
    for (std::size_t j = 0; j < i; ++j) check_pair(contracts[j], contracts[i], i, report);
  }
}

void check_offer(const SidecarConfig& config, Report& report) {
  std::size_t count = 0;
  std::size_t bytes = 0;
  for (const Contract& contract : config.contracts) {
    if (contract.kind == contract::Kind::event) continue;
    ++count;
    bytes += contract.name.size();
  }
  for (const contract::Subscription& subscription : config.subscribe) {
    ++count;
    bytes += subscription.event.size();
  }
  if (count > kMost || bytes > kMostNames) {
    report.add(
        "subscribe",
        fmt::format("with the contracts that is more than a process can be told of: {} names "
                    "or {} bytes",
                    kMost, kMostNames));
  }
}

void check_subscriptions(const std::vector<contract::Subscription>& subscriptions, Report& report) {
  if (subscriptions.size() > kMost) {
    return report.add("subscribe", fmt::format("more than {} subscriptions", kMost));
  }
  for (std::size_t i = 0; i < subscriptions.size(); ++i) {
    const std::string path = fmt::format("subscribe[{}].event", i);
    const std::string& event = subscriptions[i].event;
    if (event.empty()) {
      if (!report.is_wrong(path)) report.add(path, "missing; an event, such as orders.OrderPlaced");
      continue;
    }
    const auto& required = subscriptions[i].required;
    if (subscriptions[i].is_public && !(required.all_of.empty() && required.any_of.empty())) {
      report.add(fmt::format("subscribe[{}].public", i),
                 "nobody has no permissions; remove requiredPermissions or this");
    }
    const auto here = subscriptions.begin() + static_cast<std::ptrdiff_t>(i);
    const bool twice = std::any_of(subscriptions.begin(), here,
                                   [&](const auto& other) { return other.event == event; });
    if (twice) report.add(path, fmt::format("'{}' is there twice", event));
  }
}

}  // namespace sealbus::settings
