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
  struct Options {
    std::size_t queue = 1'024;            // calls that may wait, for each service
    std::chrono::milliseconds wait{500};  // for so long at most, and never past the deadline
  };
  // The others outlive this.
  Outbox(const Options& options, const Registry& registry, BusPort& bus, const base::Clock& clock);

  // Its caller hears from us, sooner or later, exactly once.
  void submit(Call call);

  // A session of its service began; it lives until it is taken out again.
  void joined(LiveSession& session);
  // It is sent nothing more, and may answer what it has.
  void retired(const LiveSession& session);
  // It is gone: whoever waited for its answer hears replica_lost. What waits in the queue is then
  // to be served anew.
  void left(const LiveSession& session);
  // There may be room where there was none: sends what can be sent, oldest first. Without any ready
  // replica nobody needs to wait.
  void serve_queue(const std::string& service);

  // An answer to what this session was sent; false if it was sent no such message, or answered it
  // already. A call that it hands back unhandled is given to another replica, if there is one.
  [[nodiscard]] bool answered(LiveSession& session, const envelope::VerifiedEnvelope& envelope);

  // Refuses what has waited too long.
  void expire(base::SteadyTime now);
  [[nodiscard]] std::optional<base::SteadyTime> next_deadline() const;
  // Refuses everything that is left.
  void clear();
  [[nodiscard]] bool empty() const { return pending_.size() == 0; }

 private:
  struct Waiting {
    base::Uuid id;
    base::SteadyTime until;
  };
  struct Service {
    Replicas replicas;
    std::deque<Waiting> queue;  // oldest first
  };

  Service& service(const std::string& name);
  bool dispatch(LiveSession& session, PendingCall& pending);
  // True: the call waits for another replica now.
  bool take_back(const LiveSession& session, const envelope::Header& header);
  void refuse(const base::Uuid& id, base::Refusal refusal);
  // Refuses those of the service's queue that have waited for too long.
  void expire_queue(Service& service, base::SteadyTime now);

  const Options options_;
  const Registry& registry_;
  BusPort& bus_;
  const base::Clock& clock_;
  PendingCalls pending_;
  std::map<std::string, Service> services_;
};

}  // namespace sealbus::ingress
