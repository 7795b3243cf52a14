#pragma once
// What is on its way to the services: calls and copies of events, as long as they wait for a
// replica or for its answer. A state machine that belongs to the dispatcher and its thread.
//
// An event is one message for every subscribed service: header and payload are kept once, and each
// service has a place for it in its own queue, so none waits for another. What becomes of a copy
// after it was sent is counted and logged, and ends it: at most once.

#include <deque>
#include <map>
#include <string>

#include "common/base/refusal_log.hpp"
#include "sidecar/ingress/bus_port.hpp"
#include "sidecar/ingress/call.hpp"
#include "sidecar/ingress/pending_calls.hpp"
#include "sidecar/ingress/registry.hpp"
#include "sidecar/ingress/replicas.hpp"

namespace sealbus::ingress {

class Outbox {
 public:
  struct Options {
    std::size_t queue = 1'024;            // messages that may wait, for each service
    std::chrono::milliseconds wait{500};  // for so long at most, and never past the deadline
  };
  // The others outlive this.
  Outbox(const Options& options, const Registry& registry, BusPort& bus,
         base::RefusalCounters& counters, const base::Clock& clock);

  // A call, or an event to publish. Its caller hears from us, sooner or later, exactly once.
  void submit(Call call);

  // A session of its service began; it lives until it is taken out again.
  void joined(LiveSession& session);
  // It is sent nothing more, and may answer what it has.
  void retired(const LiveSession& session);
  // It is gone: whoever waited for its answer hears replica_lost, copies of events are lost. What
  // waits in the queue is then to be served anew.
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
  // How much waits, by service.
  [[nodiscard]] std::map<std::string, std::size_t> queued() const;

 private:
  struct Waiting {
    base::Uuid id;
    base::SteadyTime until;
  };
  struct Service {
    Replicas replicas;
    std::deque<Waiting> queue;  // of what is pending, or was; oldest first
  };

  Service& service(const std::string& name);
  bool dispatch(LiveSession& session, PendingCall& pending);
  // The call or the copy waits in the service's queue from now on.
  void enqueue(Service& service, const Call& call);
  // True: the call waits for another replica now.
  bool take_back(const LiveSession& session, const envelope::Header& header);
  void refuse(const base::Uuid& id, base::Refusal refusal);
  // Refuses those of the service's queue that have waited for too long.
  void expire_queue(const std::string& name, Service& service, base::SteadyTime now);
  // What waits is sent, or refused, or has to wait on.
  enum class Turn : std::uint8_t { done, waits };
  Turn serve(const std::string& name, Replicas& replicas, const base::Uuid& id);
  // A call, or the service's copy of an event, that waits no longer.
  void stop_waiting(const std::string& name, const base::Uuid& id, base::Refusal why);

  // Events (outbox_events.cpp).
  void publish(Call call);
  // Sends a copy to the service or queues it; why not, otherwise.
  std::optional<base::Refusal> offer(const std::string& name, PendingCall& event);
  // The copy has left the service's queue, and with the last one the event is done with.
  void leave_queue(const std::string& name, const base::Uuid& id);
  // A copy that nobody will have handled.
  void dropped(const RoutedContract& contract, const std::string& service,
               const base::Failure& why);
  // Copies that wait no longer.
  void give_up(PendingCall& event, base::Refusal why);

  const Options options_;
  const Registry& registry_;
  BusPort& bus_;
  const base::Clock& clock_;
  base::RefusalLog event_refusals_;
  PendingCalls pending_;
  std::map<std::string, Service> services_;
};

}  // namespace sealbus::ingress
