#include "sidecar/ingress/outbox.hpp"

#include <algorithm>
#include <set>

#include "sidecar/ingress/answers.hpp"

namespace sealbus::ingress {
namespace {

using base::Refusal;

base::ByteCount size_of(const Call& call) {
  return {call.header.bytes().size() + call.payload.size()};
}

// The sidecar says that no process had the message, so it may be given to another replica.
bool is_handed_back(const envelope::Header& header) {
  if (header.type != envelope::MessageType::refused) return false;
  const auto refusal = base::refusal_named(header.code);
  return refusal == Refusal::no_replica || refusal == Refusal::draining;
}

}  // namespace

Outbox::Outbox(const Options& options, const Registry& registry, BusPort& bus,
               const base::Clock& clock)
    : options_(options), registry_(registry), bus_(bus), clock_(clock) {}

Outbox::Service& Outbox::service(const std::string& name) {
  const auto found = services_.find(name);
  if (found != services_.end()) return found->second;
  return services_.emplace(name, Service{Replicas(name, registry_), {}}).first->second;
}

// ---------------------------------------------------------------- calls

void Outbox::submit(Call call) {
  const std::string& contract = call.contract->definition.name;
  Service& to = service(call.contract->service);
  if (!to.replicas.has(contract)) return call.caller->reject(unavailable(Refusal::no_replica));
  // Whoever waits, waits for another replica or for more room; order is not promised.
  if (LiveSession* session = to.replicas.choose(contract, size_of(call))) {
    PendingCall& pending = pending_.add(std::move(call));
    if (!dispatch(*session, pending)) refuse(pending.call.id, Refusal::queue_full);
    return;
  }
  if (to.queue.size() >= options_.queue) {
    return call.caller->reject(unavailable(Refusal::queue_full));
  }
  to.queue.push_back({call.id, std::min(call.deadline, clock_.steady() + options_.wait)});
  pending_.add(std::move(call));
}

bool Outbox::dispatch(LiveSession& session, PendingCall& pending) {
  const Call& call = pending.call;
  if (!send(bus_, session, call.header, base::as_bytes(call.payload))) return false;
  session.credit.take(size_of(call));
  session.in_flight.insert(call.id);
  pending.sent_to = session.session.id;
  return true;
}

void Outbox::serve_queue(const std::string& name) {
  auto& [replicas, queue] = service(name);
  const bool ready = replicas.any_ready();
  std::deque<Waiting> kept;
  while (!queue.empty()) {
    const Waiting next = queue.front();
    PendingCall* pending = pending_.find(next.id);
    if (pending != nullptr && ready && !replicas.has_credit()) break;
    queue.pop_front();
    if (pending == nullptr) continue;  // its deadline passed
    const std::string& contract = pending->call.contract->definition.name;
    if (!replicas.has(contract, pending->handed_back_by)) {
      refuse(next.id, Refusal::no_replica);
      continue;
    }
    LiveSession* session =
        replicas.choose(contract, size_of(pending->call), pending->handed_back_by);
    if (session == nullptr || !dispatch(*session, *pending)) kept.push_back(next);
  }
  queue.insert(queue.begin(), kept.begin(), kept.end());
}

bool Outbox::answered(LiveSession& session, const envelope::VerifiedEnvelope& envelope) {
  const base::Uuid& id = *envelope.header().answers;
  if (session.in_flight.erase(id) == 0) return false;
  session.credit.settle();
  if (!take_back(session, envelope.header())) {
    const auto pending = pending_.remove(id);
    if (pending != nullptr) tell(*pending->call.caller, envelope);  // else it heard reply_timeout
  }
  serve_queue(session.session.parties.service);
  return true;
}

bool Outbox::take_back(const LiveSession& session, const envelope::Header& header) {
  if (!is_handed_back(header)) return false;
  PendingCall* pending = pending_.find(*header.answers);
  if (pending == nullptr) return false;
  const Call& call = pending->call;
  Service& to = service(call.contract->service);
  pending->handed_back_by.push_back(session.session.id);
  if (!to.replicas.has(call.contract->definition.name, pending->handed_back_by)) return false;
  pending->sent_to.reset();
  to.queue.push_back({call.id, std::min(call.deadline, clock_.steady() + options_.wait)});
  return true;
}

void Outbox::refuse(const base::Uuid& id, Refusal refusal) {
  pending_.remove(id)->call.caller->reject(unavailable(refusal));
}

// ---------------------------------------------------------------- coming and going

void Outbox::joined(LiveSession& session) {
  service(session.session.parties.service).replicas.add(session);
}

void Outbox::retired(const LiveSession& session) {
  service(session.session.parties.service).replicas.remove(session);
}

void Outbox::left(const LiveSession& session) {
  service(session.session.parties.service).replicas.remove(session);
  for (const base::Uuid& id : session.in_flight) {
    const auto pending = pending_.remove(id);
    if (pending != nullptr) pending->call.caller->reject(reject(Refusal::replica_lost));
  }
}

// ---------------------------------------------------------------- time

void Outbox::expire(base::SteadyTime now) {
  std::set<std::string> waited_in_vain;
  for (const auto& pending : pending_.expire(now)) {
    const bool sent = pending->sent_to.has_value();
    // A message that was sent stays in its session's books until the late answer comes.
    if (!sent) waited_in_vain.insert(pending->call.contract->service);
    pending->call.caller->reject(sent ? reject(Refusal::reply_timeout)
                                      : unavailable(Refusal::no_replica));
  }
  for (auto& [name, service] : services_) expire_queue(service, now);
  for (const std::string& name : waited_in_vain) {
    std::erase_if(service(name).queue,
                  [&](const Waiting& one) { return pending_.find(one.id) == nullptr; });
    serve_queue(name);
  }
}

void Outbox::expire_queue(Service& service, base::SteadyTime now) {
  auto& queue = service.queue;
  while (!queue.empty() && queue.front().until <= now) {
    if (pending_.find(queue.front().id) != nullptr) refuse(queue.front().id, Refusal::queue_full);
    queue.pop_front();
  }
}

std::optional<base::SteadyTime> Outbox::next_deadline() const {
  auto next = pending_.next_deadline();
  for (const auto& [name, service] : services_) {
    if (!service.queue.empty() && next) next = std::min(*next, service.queue.front().until);
  }
  return next;
}

void Outbox::clear() {
  for (const auto& pending : pending_.clear()) {
    pending->call.caller->reject(unavailable(Refusal::draining));
  }
}

}  // namespace sealbus::ingress
