// Copies of events: one for each subscribed service, none of which waits for another.
#include <algorithm>

#include "sidecar/ingress/outbox.hpp"

namespace sealbus::ingress {

using base::Refusal;

void Outbox::publish(Call call) {
  const auto& subscribers = registry_.subscribers(call.contract->sent_as);
  if (subscribers.empty()) return call.caller->reject(unavailable(Refusal::no_subscriber));
  PendingCall event{std::move(call)};
  for (const std::string& name : subscribers) {
    const auto refusal = offer(name, event);
    if (!refusal) continue;
    if (*refusal == Refusal::queue_full) event.in_vain = *refusal;
    dropped(*event.call.contract, name, reject(*refusal).failure);
  }
  if (!event.waits_for.empty()) {
    pending_.add(std::move(event));
  } else if (event.call.caller) {
    event.call.caller->reject(unavailable(event.in_vain));
  }
}

std::optional<Refusal> Outbox::offer(const std::string& name, PendingCall& event) {
  Service& to = service(name);
  const Call& call = event.call;
  if (!to.replicas.has(call.contract->sent_as)) return Refusal::no_replica;
  LiveSession* session = to.replicas.choose(call.contract->sent_as, size_of(call));
  if (session != nullptr && dispatch(*session, event)) return std::nullopt;
  // With credit left it is the bus that takes no more, and nothing would call it out of the queue.
  if (session != nullptr || to.queue.size() >= options_.queue) return Refusal::queue_full;
  enqueue(to, call);
  event.waits_for.push_back(name);
  return std::nullopt;
}

void Outbox::leave_queue(const std::string& name, const base::Uuid& id) {
  PendingCall& event = *pending_.find(id);
  std::erase(event.waits_for, name);
  if (!event.waits_for.empty()) return;
  const auto done = pending_.remove(id);
  if (done->call.caller) done->call.caller->reject(unavailable(done->in_vain));
}

void Outbox::give_up(PendingCall& event, Refusal why) {
  for (const std::string& name : event.waits_for)
    dropped(*event.call.contract, name, reject(why).failure);
  if (event.call.caller) event.call.caller->reject(unavailable(event.in_vain));
}

void Outbox::dropped(const RoutedContract& contract, const std::string& service,
                     const base::Failure& why) {
  event_refusals_.add(why, "copy of " + contract.sent_as + " for " + service);
}

}  // namespace sealbus::ingress
