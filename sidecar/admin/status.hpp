#pragma once
// What the admin port shows, as plain values, and where it gets them: each role brings its own.

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/refusal.hpp"
#include "common/contract/contract.hpp"
#include "sidecar/admin/metric.hpp"

namespace sealbus::admin {

// One thing that must hold before work should be sent here.
struct Condition {
  std::string name;  // bus, authentication, session, service, draining
  bool met = false;
  std::string detail;  // for a person: what is missing, or how many there are
};

struct Readiness {
  std::vector<Condition> conditions;

  // All conditions are met.
  [[nodiscard]] bool ready() const {
    return std::all_of(conditions.begin(), conditions.end(),
                       [](const Condition& condition) { return condition.met; });
  }
};

// One sidecar of a service, as far as it is in contact.
struct Replica {
  std::string instance;
  base::WallTime since{};
  bool ready = false;  // a process of the service is there
  std::size_t in_flight = 0;
  std::optional<std::uint64_t> credit;  // messages that it would take now; none: not known
};

// Something that was declared and did not become live.
struct RefusedRegistration {
  std::string subject;  // the contract's or the event's name
  base::Refusal refusal = base::Refusal::not_granted;
  std::string detail;
  std::string ingress;  // of a sidecar: the address of the ingress that refused it
};

// A contract as it is shown, and how many definitions of it differ among the live replicas.
struct Declared {
  contract::Contract contract;
  std::size_t definitions = 1;
};

struct ServiceStatus {
  std::string service;
  std::vector<Declared> contracts;
  std::vector<std::string> subscriptions;  // events, orders.OrderPlaced
  std::vector<Replica> replicas;
  std::vector<RefusedRegistration> refused;
};

// Called on the admin port's thread, for each request; copies that stay as they are.
class StatusSource {
 public:
  virtual ~StatusSource() = default;
  [[nodiscard]] virtual Readiness readiness() const = 0;
  // Of an ingress: all that are registered. Of a sidecar: its own.
  [[nodiscard]] virtual std::vector<ServiceStatus> services() const = 0;
  // As they are now.
  [[nodiscard]] virtual std::vector<Family> metrics() const = 0;
};

}  // namespace sealbus::admin
