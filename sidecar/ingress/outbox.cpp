#include "sidecar/ingress/outbox.hpp"

#include <algorithm>
#include <set>

#include "sidecar/ingress/answers.hpp"

namespace sealbus::ingress {

using base::Refusal;

namespace {

// The sidecar says that no process had the message, so it may be given to another replica.
bool is_handed_back(const envelope::Header& header) {
  if (header.type != envelope::MessageType::refused) return false;
  const auto refusal = base::refusal_named(header.code);
  return refusal == Refusal::no_replica || refusal == Refusal::draining;
}

}  // namespace

Outbox::Outbox(const Options& options, const Registry& registry, BusPort& bus,
               base::RefusalCounters& counters, const base::Clock& clock)
    : options_(options),
      registry_(registry),
      bus_(bus),
      clock_(clock),
      event_refusals_("Events", counters, clock) {}

Outbox::Service& Outbox::service(const std::string& name) {
  const auto found = services_.find(name);
  if (found != services_.end()) return found->second;
  return services_.emplace(name, Service{Replicas(name, registry_), {}}).first->second;
}

// ---------------------------------------------------------------- calls

void Outbox::submit(Call call) {
  if (is_event(*call.contract)) return publish(std::move(call));
  Service& to = service(call.contract->service);
  const std::string& contract = call.contract->sent_as;
  if (!to.replicas.has(contract)) return call.caller->reject(unavailable(Refusal::no_replica));
  // Whoever waits, waits for another replica or for more room; order is not promised.
  if (LiveSession* session = to.replicas.choose(contract, size_of(call))) {
    PendingCall& pending = pending_.add({std::move(call)});
    if (!dispatch(*session, pending)) refuse(pending.call.id, Refusal::queue_full);
    return;
  }
  if (to.queue.size() >= options_.queue) {
    return call.caller->reject(unavailable(Refusal::queue_full));
  }
  enqueue(to, call);
  pending_.add({std::move(call)});
}

bool Outbox::dispatch(LiveSession& session, PendingCall& pending) {
  const Call& call = pending.call;
  if (!send(bus_, session, call.header, base::as_bytes(call.payload))) return false;
  session.credit.take(size_of(call));
  session.in_flight.emplace(call.id, call.contract);
  if (!is_event(*call.contract)) {
    pending.sent_to = session.session.id;
  } else if (const auto caller = std::move(pending.call.caller)) {
    caller->accepted(call.id);
  }
  return true;
}

void Outbox::serve_queue(const std::string& name) {
  auto& [replicas, queue] = service(name);
  const bool ready = replicas.any_ready();
  std::deque<Waiting> kept;
  std::set<std::string_view> in_vain;  // contracts that found nobody: one look for each is enough
  while (!queue.empty()) {
    const Waiting next = queue.front();
    const PendingCall* pending = pending_.find(next.id);
    if (pending != nullptr && ready && !replicas.has_credit()) break;
    queue.pop_front();
    if (pending == nullptr) continue;  // its deadline passed
    const std::string_view contract = pending->call.contract->sent_as;
    const bool any_will_do = pending->handed_back_by.empty();
    const bool waits = any_will_do && in_vain.contains(contract);
    if (!waits && serve(name, replicas, next.id) == Turn::done) continue;
    if (any_will_do) in_vain.insert(contract);
    kept.push_back(next);
  }
  queue.insert(queue.begin(), kept.begin(), kept.end());
}

void Outbox::enqueue(Service& service, const Call& call) {
  service.queue.push_back({call.id, std::min(call.deadline, clock_.steady() + options_.wait)});
}

void Outbox::refuse(const base::Uuid& id, Refusal refusal) {
  pending_.remove(id)->call.caller->reject(unavailable(refusal));
}

void Outbox::stop_waiting(const std::string& name, const base::Uuid& id, Refusal why) {
  PendingCall& pending = *pending_.find(id);
  if (!is_event(*pending.call.contract)) return refuse(id, why);
  if (why == Refusal::queue_full) pending.in_vain = why;
  dropped(*pending.call.contract, name, reject(why).failure);
  leave_queue(name, id);
}

Outbox::Turn Outbox::serve(const std::string& name, Replicas& replicas, const base::Uuid& id) {
  PendingCall& pending = *pending_.find(id);
  const RoutedContract& contract = *pending.call.contract;
  const auto& but = pending.handed_back_by;
  if (!replicas.has(contract.sent_as, but)) {
    stop_waiting(name, id, Refusal::no_replica);
    return Turn::done;
  }
  LiveSession* session = replicas.choose(contract.sent_as, size_of(pending.call), but);
  if (session == nullptr || !dispatch(*session, pending)) return Turn::waits;
  if (is_event(contract)) leave_queue(name, id);
  return Turn::done;
}

// ---------------------------------------------------------------- answers and losses

bool Outbox::answered(LiveSession& session, const envelope::VerifiedEnvelope& envelope) {
  const auto sent = session.in_flight.extract(*envelope.header().answers);
  if (sent.empty()) return false;
  session.credit.settle();
  const RoutedContract& contract = *sent.mapped();
  const std::string& name = session.session.parties.service;
  if (is_event(contract)) {
    if (const auto why = failure_of_event(envelope.header())) dropped(contract, name, *why);
  } else if (!take_back(session, envelope.header())) {
    const auto pending = pending_.remove(sent.key());
    if (pending != nullptr) tell(*pending->call.caller, envelope);  // else it heard reply_timeout
  }
  serve_queue(name);
  return true;
}

bool Outbox::take_back(const LiveSession& session, const envelope::Header& header) {
  if (!is_handed_back(header)) return false;
  PendingCall* pending = pending_.find(*header.answers);
  if (pending == nullptr) return false;
  const Call& call = pending->call;
  Service& to = service(call.contract->service);
  pending->handed_back_by.push_back(session.session.id);
  if (!to.replicas.has(call.contract->sent_as, pending->handed_back_by)) return false;
  pending->sent_to.reset();
  enqueue(to, call);
  return true;
}

void Outbox::joined(LiveSession& session) {
  service(session.session.parties.service).replicas.add(session);
}

void Outbox::retired(const LiveSession& session) {
  service(session.session.parties.service).replicas.remove(session);
}

void Outbox::left(const LiveSession& session) {
  const std::string& name = session.session.parties.service;
  service(name).replicas.remove(session);
  for (const auto& [id, contract] : session.in_flight) {
    if (is_event(*contract)) {
      dropped(*contract, name, reject(Refusal::replica_lost).failure);
    } else if (const auto pending = pending_.remove(id)) {
      pending->call.caller->reject(reject(Refusal::replica_lost));
    }
  }
}

// ---------------------------------------------------------------- time

void Outbox::expire(base::SteadyTime now) {
  std::set<std::string> waited_in_vain;
  for (const auto& pending : pending_.expire(now)) {
    if (is_event(*pending->call.contract)) {
      waited_in_vain.insert(pending->waits_for.begin(), pending->waits_for.end());
      give_up(*pending, Refusal::expired);
      continue;
    }
    const bool sent = pending->sent_to.has_value();
    // A message that was sent stays in its session's books until the late answer comes.
    if (!sent) waited_in_vain.insert(pending->call.contract->service);
    pending->call.caller->reject(sent ? reject(Refusal::reply_timeout)
                                      : unavailable(Refusal::queue_full));
  }
  for (auto& [name, service] : services_) expire_queue(name, service, now);
  for (const std::string& name : waited_in_vain) {
    std::erase_if(service(name).queue,
                  [&](const Waiting& one) { return pending_.find(one.id) == nullptr; });
    serve_queue(name);
  }
}

void Outbox::expire_queue(const std::string& name, Service& service, base::SteadyTime now) {
  auto& queue = service.queue;
  while (!queue.empty() && queue.front().until <= now) {
    const base::Uuid id = queue.front().id;
    queue.pop_front();
    if (pending_.find(id) != nullptr) stop_waiting(name, id, Refusal::queue_full);
  }
}

std::optional<base::SteadyTime> Outbox::next_deadline() const {
  auto next = pending_.next_deadline();
  for (const auto& [name, service] : services_) {
    if (!service.queue.empty() && next) next = std::min(*next, service.queue.front().until);
  }
  return next;
}

std::map<std::string, std::size_t> Outbox::queued() const {
  std::map<std::string, std::size_t> queued;
  for (const auto& [name, service] : services_) queued[name] = service.queue.size();
  return queued;
}

void Outbox::clear() {
  for (const auto& pending : pending_.clear()) {
    if (is_event(*pending->call.contract)) {
      pending->in_vain = Refusal::draining;
      give_up(*pending, Refusal::draining);
    } else {
      pending->call.caller->reject(unavailable(Refusal::draining));
    }
  }
}

}  // namespace sealbus::ingress
