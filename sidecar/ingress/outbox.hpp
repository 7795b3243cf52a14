#pragma once
// What is on its way to the services: calls that wait for a replica, and calls that were sent to
// one. A state machine that belongs to the dispatcher and its thread.

#include <deque>
#include <map>
#include <string>

#include "common/base/clock.hpp"
#include "sidecar/ingress/bus_port.hpp"
#include "sidecar/ingress/call.hpp"
#include "sidecar/ingress/pending_calls.hpp"
#include "sidecar/ingress/registry.hpp"
#include "sidecar/ingress/replicas.hpp"

namespace sealbus::ingress {

class Outbox {
 public:
  // `queue`: calls that may wait, for each service. The others outlive this.
  Outbox(std::size_t queue, const Registry& registry, BusPort& bus);

  // Its caller hears from us, sooner or later, exactly once.
  void submit(Call call);

  // A session of its service began; it lives until it is taken out again.
  void joined(LiveSession& session);
  // It is gone: whoever waited for its answer hears replica_lost. What waits in the queue is then
  // to be served anew.
  void left(const LiveSession& session);
  // There may be room where there was none: sends what can be sent, oldest first. Without any ready
  // replica nobody needs to wait.
  void serve_queue(const std::string& service);

  // An answer to what this session was sent; false if it was sent no such message, or answered it
  // already.
  [[nodiscard]] bool answered(LiveSession& session, const envelope::VerifiedEnvelope& envelope);

  // Refuses what has waited too long.
  void expire(base::SteadyTime now);
  [[nodiscard]] std::optional<base::SteadyTime> next_deadline() const {
    return pending_.next_deadline();
  }
  // Refuses everything that is left.
  void clear();
  [[nodiscard]] bool empty() const { return pending_.size() == 0; }

 private:
  struct Service {
    Replicas replicas;
    std::deque<base::Uuid> queue;
  };

  Service& service(const std::string& name);
  bool dispatch(LiveSession& session, PendingCall& pending);

  const std::size_t most_queued_;
  const Registry& registry_;
  BusPort& bus_;
  PendingCalls pending_;
  std::map<std::string, Service> services_;
};

}  // namespace sealbus::ingress
