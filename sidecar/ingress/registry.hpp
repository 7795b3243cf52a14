#pragma once
// What is registered: which session offers which contract, within what its service was granted.
// Owned by the dispatcher's thread.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/refusal.hpp"
#include "common/contract/contract.hpp"
#include "common/envelope/seal.hpp"
#include "sidecar/config/config.hpp"
#include "sidecar/ingress/route_table.hpp"
#include "sidecar/ingress/subscriptions.hpp"

namespace sealbus::ingress {

// One entry of a registration that did not become live.
struct Refused {
  std::string subject;  // the contract's or the event's name
  base::Refusal refusal = base::Refusal::not_granted;
  std::string reason;
};

class Registry {
 public:
  using Session = envelope::SessionId;
  using Grants = std::map<std::string, settings::GrantConfig>;

  Registry(settings::RegistrationMode mode, Grants grants)
      : mode_(mode), grants_(std::move(grants)), subscriptions_(mode, grants_) {}

  // May this service connect at all?
  [[nodiscard]] bool admits(const std::string& service) const;

  // Takes what is granted and free of conflicts; answers with the rest.
  std::vector<Refused> add(const std::string& service, const Session& session,
                           const contract::Registration& registration);
  // Goes by other grants from now on: every registration is looked at again, in the order in which
  // they came. What became of each.
  struct Renewed {
    Session session;
    std::vector<Refused> refused;
  };
  std::vector<Renewed> renew(Grants grants);
  // The session is gone. Its contracts stay known while its whole service is away.
  // False: it had not registered.
  bool remove(const std::string& service, const Session& session);

  // Of all that is known.
  [[nodiscard]] std::shared_ptr<const RouteTable> build() const;

  // May this session be sent what goes by this name: a contract of its service, or an event
  // (`orders.OrderPlaced`) that it subscribed to?
  [[nodiscard]] bool holds(const std::string& service, const std::string& name,
                           const Session& session) const;
  // The services to which a copy of the event is due; holds until the next add() or remove().
  [[nodiscard]] const std::vector<std::string>& subscribers(const std::string& event) const {
    return subscriptions_.subscribers(event);
  }

  struct ServiceView {
    std::string service;
    std::vector<std::shared_ptr<const RoutedContract>> contracts;
    std::vector<std::string> subscriptions;  // events that live sessions take
    std::vector<Refused> refused;            // of the newest registration
  };
  [[nodiscard]] std::vector<ServiceView> view() const;
  // What contracts are counted under; see metrics::ContractSeries.
  [[nodiscard]] const std::vector<std::string>& series_names() const { return series_.names(); }

 private:
  // The definitions of one contract. `newest` is what to go by while nobody is there.
  struct Entry {
    struct Definition {
      contract::Contract contract;
      std::uint64_t serial = 0;  // grows with each registration
    };
    std::map<Session, Definition> live;
    contract::Contract newest;
    metrics::Series series = metrics::kNoContract;
  };
  // What a session registered, granted or not.
  struct Declared {
    contract::Registration registration;
    std::uint64_t serial = 0;
  };
  struct Service {
    std::map<std::string, Entry> contracts;
    std::map<Session, Declared> sessions;
    std::vector<Refused> refused;
  };

  [[nodiscard]] bool route_granted(const std::string& service,
                                   const contract::Contract& contract) const;
  // Another service's contract whose route overlaps; its name, or empty.
  [[nodiscard]] std::string conflict(const std::string& service,
                                     const contract::Contract& contract) const;
  // Is the contract of another kind at a replica that is there? Says so, or nothing.
  [[nodiscard]] std::string other_kind(const std::string& service,
                                       const contract::Contract& contract) const;
  // Why the contract cannot become live; nothing if it can.
  [[nodiscard]] std::optional<Refused> refusal_of(const std::string& service,
                                                  const contract::Contract& contract) const;
  [[nodiscard]] static std::shared_ptr<const RoutedContract> merge(const std::string& service,
                                                                   const Entry& entry);

  const settings::RegistrationMode mode_;
  Grants grants_;
  Subscriptions subscriptions_;
  std::map<std::string, Service> services_;
  std::uint64_t serial_ = 0;
  metrics::ContractSeries series_;
};

}  // namespace sealbus::ingress
