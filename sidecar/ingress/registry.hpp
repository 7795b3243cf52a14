#pragma once
// What is registered: which session offers which contract, within what its service was granted.
// Owned by the dispatcher's thread.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/base/refusal.hpp"
#include "common/contract/contract.hpp"
#include "common/envelope/seal.hpp"
#include "sidecar/config/config.hpp"
#include "sidecar/ingress/route_table.hpp"

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
      : mode_(mode), grants_(std::move(grants)) {}

  // May this service connect at all?
  [[nodiscard]] bool admits(const std::string& service) const;

  // Takes what is granted and free of conflicts; answers with the rest.
  std::vector<Refused> add(const std::string& service, const Session& session,
                           const contract::Registration& registration);
  // The session is gone. Its contracts stay known while its whole service is away.
  // False: it had not registered.
  bool remove(const std::string& service, const Session& session);

  // Of all that is known.
  [[nodiscard]] std::shared_ptr<const RouteTable> build() const;

  // Does this session hold the contract?
  [[nodiscard]] bool holds(const std::string& service, const std::string& contract,
                           const Session& session) const;

  struct ServiceView {
    std::string service;
    std::vector<std::shared_ptr<const RoutedContract>> contracts;
    std::vector<Refused> refused;  // of the newest registration
  };
  [[nodiscard]] std::vector<ServiceView> view() const;
  // What contracts are counted under; see metrics::ContractSeries.
  [[nodiscard]] const std::vector<std::string>& series_names() const { return series_.names(); }

 private:
  // The definitions of one contract. `last` is what to go by while nobody is there.
  struct Entry {
    struct Definition {
      contract::Contract contract;
      std::uint64_t serial = 0;  // grows with each registration
    };
    std::map<Session, Definition> live;
    contract::Contract newest;
    metrics::Series series = metrics::kNoContract;
  };
  struct Service {
    std::map<std::string, Entry> contracts;
    std::set<Session> sessions;
    std::vector<Refused> refused;
  };

  [[nodiscard]] bool route_granted(const std::string& service,
                                   const contract::Contract& contract) const;
  [[nodiscard]] bool subscription_granted(const std::string& service,
                                          const std::string& event) const;
  // Another service's contract whose route overlaps; its name, or empty.
  [[nodiscard]] std::string conflict(const std::string& service,
                                     const contract::Contract& contract) const;
  [[nodiscard]] static std::shared_ptr<const RoutedContract> merge(const std::string& service,
                                                                   const Entry& entry);

  const settings::RegistrationMode mode_;
  const Grants grants_;
  std::map<std::string, Service> services_;
  std::uint64_t serial_ = 0;
  metrics::ContractSeries series_;
};

}  // namespace sealbus::ingress
