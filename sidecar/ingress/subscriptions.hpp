#pragma once
// Which services are to get a copy of which event, and which of their sessions take it. Owned by
// the dispatcher's thread.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/envelope/seal.hpp"
#include "sidecar/config/config.hpp"

namespace sealbus::ingress {

class Subscriptions {
 public:
  using Session = envelope::SessionId;
  using Grants = std::map<std::string, settings::GrantConfig>;

  // With `granted` the grants alone say who gets an event, connected or not; with `open` whoever
  // has a live session that subscribed to it.
  Subscriptions(settings::RegistrationMode mode, const Grants& grants);

  [[nodiscard]] bool granted(const std::string& service, const std::string& event) const;

  // This session of the service takes the event (`orders.OrderPlaced`), which was granted.
  void add(const std::string& event, const std::string& service, const Session& session);
  void remove(const Session& session);

  // The services to which a copy is due; holds until the next add() or remove().
  [[nodiscard]] const std::vector<std::string>& subscribers(const std::string& event) const;
  [[nodiscard]] bool holds(const std::string& event, const std::string& service,
                           const Session& session) const;
  // The events that live sessions of the service take.
  [[nodiscard]] std::vector<std::string> of_service(const std::string& service) const;

 private:
  struct Event {
    std::map<std::string, std::set<Session>> sessions;  // by service; none is empty
    std::vector<std::string> subscribers;
  };

  // With `open`: the subscribers follow the live sessions.
  void follow(Event& event) const;

  settings::RegistrationMode mode_;
  std::map<std::string, Event> events_;
};

}  // namespace sealbus::ingress
