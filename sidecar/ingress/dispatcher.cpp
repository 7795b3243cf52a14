#include "sidecar/ingress/dispatcher.hpp"

#include <algorithm>

#include "common/contract/contract.hpp"
#include "common/envelope/limits.hpp"

namespace sealbus::ingress {
namespace {

using base::Refusal;
using envelope::Header;
using envelope::MessageType;

constexpr auto kRetrySoon = std::chrono::seconds(1);
// Messages that one session may owe an answer for, however much credit it gives.
constexpr std::size_t kMostInFlight = 65'536;

Rejection unavailable(Refusal refusal) {
  Rejection rejection = reject(refusal);
  rejection.retry_after = kRetrySoon;
  return rejection;
}

// What check 8 and a sidecar's own state can lead to; all else is the ingress's to say.
bool may_come_from_a_sidecar(Refusal refusal) {
  switch (refusal) {
    case Refusal::development_refused:
    case Refusal::permission_denied:
    case Refusal::no_replica:
    case Refusal::draining:
    case Refusal::handler_failed:
    case Refusal::unknown_contract:
    case Refusal::malformed_header:
    case Refusal::expired:
      return true;
    default:
      return false;
  }
}

// What a caller is told when the sidecar refused the message. A code that it has no business
// sending is a failure of the handler.
Rejection from_sidecar(const Header& header) {
  Refusal refusal = base::refusal_named(header.code).value_or(Refusal::handler_failed);
  if (!may_come_from_a_sidecar(refusal)) refusal = Refusal::handler_failed;
  Rejection rejection = reject(refusal);
  if (refusal == Refusal::no_replica || refusal == Refusal::draining) {
    rejection.retry_after = kRetrySoon;
  }
  rejection.missing.assign(header.missing.begin(), header.missing.end());
  return rejection;
}

}  // namespace

Dispatcher::Dispatcher(Options options, ServiceKeys keys, BusPort& bus, TableSink tables,
                       base::RefusalCounters& counters, const base::Clock& clock,
                       base::Random& random)
    : options_(options),
      sessions_(options.sessions, std::move(keys), clock, random),
      registry_(options.sessions.registration, std::move(options.grants)),
      bus_(bus),
      tables_(std::move(tables)),
      refusals_("Bus", counters, clock),
      clock_(clock),
      random_(random) {}

// ---------------------------------------------------------------- calls

void Dispatcher::submit(Call call) {
  Service& service = services_[call.contract->service];
  if (!has_replica(service, call)) return call.caller->reject(unavailable(Refusal::no_replica));
  // Whoever waits, waits for another replica or for more room; order is not promised.
  if (LiveSession* session = choose(service, call)) {
    PendingCall& pending = pending_.add(std::move(call));
    if (dispatch(*session, pending)) return;
    pending_.remove(pending.call.id)->call.caller->reject(unavailable(Refusal::queue_full));
    return;
  }
  if (service.queue.size() >= options_.queue) {
    return call.caller->reject(unavailable(Refusal::queue_full));
  }
  service.queue.push_back(call.id);
  pending_.add(std::move(call));
}

LiveSession* Dispatcher::choose(Service& service, const Call& call) {
  const base::ByteCount size{call.header.bytes().size() + call.payload.size()};
  const auto& name = call.contract->definition.name;
  const std::size_t count = service.sessions.size();
  for (std::size_t i = 0; i < count; ++i) {
    LiveSession* session = service.sessions[(service.next + i) % count];
    const bool able = session->ready && session->in_flight.size() < kMostInFlight &&
                      session->credit.can_send(size) &&
                      registry_.holds(call.contract->service, name, session->session.id);
    if (!able) continue;
    service.next = (service.next + i + 1) % count;
    return session;
  }
  return nullptr;
}

bool Dispatcher::has_replica(const Service& service, const Call& call) const {
  return std::any_of(service.sessions.begin(), service.sessions.end(), [&](LiveSession* session) {
    return session->ready && registry_.holds(call.contract->service, call.contract->definition.name,
                                             session->session.id);
  });
}

bool Dispatcher::dispatch(LiveSession& session, PendingCall& pending) {
  const Call& call = pending.call;
  const auto payload = base::as_bytes(call.payload);
  if (!send(session, call.header, payload)) return false;
  session.credit.take({call.header.bytes().size() + payload.size()});
  session.in_flight.insert(call.id);
  pending.sent_to = session.session.id;
  return true;
}

// Sends what can be sent, oldest first. Without any ready replica nobody needs to wait.
void Dispatcher::drain_queue(const std::string& name) {
  Service& service = services_[name];
  const auto& sessions = service.sessions;
  const bool ready = std::any_of(sessions.begin(), sessions.end(),
                                 [](const LiveSession* session) { return session->ready; });
  std::deque<base::Uuid> kept;
  while (!service.queue.empty()) {
    const base::Uuid id = service.queue.front();
    PendingCall* pending = pending_.find(id);
    if (pending != nullptr && ready && !has_credit(service)) break;
    service.queue.pop_front();
    if (pending == nullptr) continue;  // its deadline passed
    if (!has_replica(service, pending->call)) {
      pending_.remove(id)->call.caller->reject(unavailable(Refusal::no_replica));
      continue;
    }
    LiveSession* session = choose(service, pending->call);
    if (session == nullptr || !dispatch(*session, *pending)) kept.push_back(id);
  }
  service.queue.insert(service.queue.begin(), kept.begin(), kept.end());
}

bool Dispatcher::has_credit(const Service& service) {
  return std::any_of(
      service.sessions.begin(), service.sessions.end(),
      [](const LiveSession* session) { return session->ready && session->credit.can_send({1}); });
}

// ---------------------------------------------------------------- the bus

void Dispatcher::received(const bus::PeerId& peer, const bus::Message& frames) {
  traffic_.received(bus::size_of(frames).value);
  if (frames.size() != envelope::kFrames) return refused(Refusal::bad_size);
  const envelope::FrameViews views{frames[0].view(), frames[1].view(), frames[2].view()};
  const auto seal = envelope::inspect(views, envelope::Purpose::up, options_.sessions.limits);
  if (!seal) return refusals_.add(seal.error(), "message");
  if (seal->purpose == envelope::Purpose::hello) return greet(peer, views, *seal);
  open(peer, views, *seal);
}

void Dispatcher::greet(const bus::PeerId& peer, const envelope::FrameViews& frames,
                       const envelope::Seal& seal) {
  const auto welcome = sessions_.greet(peer, frames, seal);
  if (!welcome || welcome->skewed) traffic_.refused();
  if (!welcome) return refusals_.add(welcome.error(), "hello");
  if (welcome->skewed) refusals_.add(*welcome->skewed, "hello");
  if (welcome->displaced) traffic_.dropped();
  // A peer that cannot take even this will ask again.
  const envelope::HandshakeFrames& frames_out = welcome->frames;
  const base::ByteView header = frames_out.header.bytes();
  const bool sent = bus_.send(peer, frames_out.seal, header, base::ByteView{});
  if (sent) traffic_.sent(frames_out.seal.size() + header.size());
}

void Dispatcher::open(const bus::PeerId& peer, const envelope::FrameViews& frames,
                      const envelope::Seal& seal) {
  auto opened = sessions_.open(peer, frames, seal);
  if (!opened) {
    const SessionTable::Refused& why = opened.error();
    refusals_.add(why.failure, "message");
    if (why.session == nullptr) return;
    send_control(*why.session, MessageType::refused, [&](Header& header) {
      header.answers = why.answers;
      header.code = base::code(why.failure.refusal);
    });
    return;
  }
  if (opened->replaced) end(std::move(opened->replaced), "it began anew");
  if (opened->began) {
    traffic_.established();
    services_[opened->session->session.parties.service].sessions.push_back(opened->session);
  }
  handle(*opened->session, opened->envelope);
}

void Dispatcher::handle(LiveSession& session, const envelope::VerifiedEnvelope& envelope) {
  switch (envelope.header().type) {
    case MessageType::register_:
      return register_contracts(session, envelope);
    case MessageType::credit:
      return take_credit(session, envelope.header());
    case MessageType::reply:
    case MessageType::refused:
    case MessageType::reject:
    case MessageType::nack:
    case MessageType::ack:
      return finish(session, envelope);
    case MessageType::bye:
      return end(sessions_.remove(session.session.id), "it said good-bye");
    case MessageType::publish:
      return send_control(session, MessageType::refused, [&](Header& header) {
        header.answers = envelope.header().id;
        header.code = base::code(Refusal::not_granted);
      });
    default:
      return;  // a heartbeat, progress: being heard is all
  }
}

void Dispatcher::register_contracts(LiveSession& session,
                                    const envelope::VerifiedEnvelope& envelope) {
  const std::string& service = session.session.parties.service;
  auto registration = contract::decode_registration(envelope.payload());
  if (!registration) {
    refusals_.add(registration.error(), "register");
    return end(sessions_.remove(session.session.id), "its registration is malformed");
  }
  const auto refused = registry_.add(service, session.session.id, *registration);
  log::info("Bus: {} sidecar {} registered {} contracts, {} refused", service,
            to_string(session.session.parties.sidecar), registration->contracts.size(),
            refused.size());
  for (const Refused& one : refused) {
    refusals_.add({one.refusal, one.reason}, one.subject + " of " + service);
    send_control(session, MessageType::refused, [&](Header& header) {
      header.answers = envelope.header().id;
      header.code = base::code(one.refusal);
      header.subject = one.subject;
      header.reason = one.reason;
    });
  }
  if (refused.empty()) {
    send_control(session, MessageType::ack,
                 [&](Header& header) { header.answers = envelope.header().id; });
  }
  publish_table();
}

void Dispatcher::take_credit(LiveSession& session, const Header& header) {
  session.credit.grant({*header.up_to, {*header.bytes}});
  session.ready = *header.ready;
  drain_queue(session.session.parties.service);
}

void Dispatcher::finish(LiveSession& session, const envelope::VerifiedEnvelope& envelope) {
  const Header& header = envelope.header();
  // Only the session that was sent a message answers it, and only once.
  if (session.in_flight.erase(*header.answers) == 0)
    return refusals_.add(Refusal::replayed, "answer");
  session.credit.settle();
  const auto pending = pending_.remove(*header.answers);
  if (pending != nullptr) tell(*pending, envelope);  // else the caller was told reply_timeout
  drain_queue(session.session.parties.service);
}

void Dispatcher::tell(const PendingCall& pending, const envelope::VerifiedEnvelope& envelope) {
  const Header& header = envelope.header();
  Caller& caller = *pending.call.caller;
  if (header.type == MessageType::reply) {
    return caller.reply({header.status, header.content_type, header.headers, envelope.payload()});
  }
  if (header.type == MessageType::refused) {
    return caller.reject(from_sidecar(header));
  }
  // An acknowledgement is no reply. Otherwise the handler raised, and its text stays where it is.
  const bool raised = header.type != MessageType::ack;
  caller.reject(reject(raised ? Refusal::internal : Refusal::handler_failed));
}

void Dispatcher::peer_lost(const bus::PeerId& peer, std::string_view why) {
  for (const auto& id : sessions_.of_peer(peer)) end(sessions_.remove(id), why);
}

void Dispatcher::refused(Refusal refusal) { refusals_.add(refusal, "message"); }

void Dispatcher::end(std::unique_ptr<LiveSession> session, std::string_view why) {
  if (session == nullptr) return;
  const std::string& name = session->session.parties.service;
  log::info("Bus: {} sidecar {} is gone: {}", name, to_string(session->session.parties.sidecar),
            why);
  Service& service = services_[name];
  std::erase(service.sessions, session.get());
  const bool was_registered = registry_.remove(name, session->session.id);
  for (const base::Uuid& id : session->in_flight) {
    const auto pending = pending_.remove(id);
    if (pending != nullptr) pending->call.caller->reject(reject(Refusal::replica_lost));
  }
  if (was_registered) publish_table();
  drain_queue(name);
}

// ---------------------------------------------------------------- time

void Dispatcher::tick() {
  const auto now = clock_.steady();
  for (LiveSession* session : sessions_.all()) {
    if (session->heartbeat.lost(now)) {
      send_control(*session, MessageType::bye);  // it may only have slept
      end(sessions_.remove(session->session.id), "it fell silent");
    } else if (session->heartbeat.due(now)) {
      send_control(*session, MessageType::heartbeat);
    }
  }
  std::set<std::string> waited_in_vain;
  for (const auto& pending : pending_.expire(now)) {
    const bool sent = pending->sent_to.has_value();
    // A message that was sent stays in its session's books until the late answer comes.
    if (!sent) waited_in_vain.insert(pending->call.contract->service);
    pending->call.caller->reject(sent ? reject(Refusal::reply_timeout)
                                      : unavailable(Refusal::no_replica));
  }
  for (const std::string& name : waited_in_vain) {
    std::erase_if(services_[name].queue,
                  [&](const base::Uuid& id) { return pending_.find(id) == nullptr; });
    drain_queue(name);
  }
}

base::SteadyTime Dispatcher::next_tick() const {
  base::SteadyTime next = clock_.steady() + std::chrono::seconds(1);
  for (const LiveSession* session : sessions_.all()) {
    next = std::min(next, session->heartbeat.next());
  }
  return std::min(next, pending_.next_deadline().value_or(next));
}

void Dispatcher::close() {
  for (const auto& pending : pending_.clear()) {
    pending->call.caller->reject(unavailable(Refusal::draining));
  }
  for (LiveSession* session : sessions_.all()) {
    session->in_flight.clear();
    send_control(*session, MessageType::bye,
                 [](Header& header) { header.reason = "the ingress is shutting down"; });
  }
}

// ---------------------------------------------------------------- sending

bool Dispatcher::send(LiveSession& session, const envelope::EncodedHeader& header,
                      base::ByteView payload) {
  const auto seal = session.session.sealer.seal(header, payload);
  if (!bus_.send(session.peer, seal, header.bytes(), payload)) return false;
  traffic_.sent(seal.size() + header.bytes().size() + payload.size());
  return true;
}

void Dispatcher::send_control(LiveSession& session, MessageType type,
                              const std::function<void(Header&)>& fill) {
  Header header;
  header.type = type;
  header.issued = clock_.wall();
  header.id = base::make_uuid_v7(header.issued, random_);
  if (fill) fill(header);
  // A control message that finds the queue full is made up for: by the next heartbeat, or by the
  // peer, which begins anew.
  const auto encoded = envelope::encode_control(header);
  if (!encoded) return log::error("Bus: {}: {}", envelope::name(type), encoded.error().detail);
  [[maybe_unused]] const bool sent = send(session, *encoded, {});
}

void Dispatcher::publish_table() { tables_(registry_.build()); }

Dispatcher::View Dispatcher::view() const {
  View view;
  view.services = registry_.view();
  view.half_open = sessions_.half_open();
  view.bus = traffic_.read();
  view.series_names = registry_.series_names();
  for (const auto& [name, service] : services_) view.queued[name] = service.queue.size();
  for (const LiveSession* session : sessions_.all()) {
    view.replicas[session->session.parties.service].push_back(
        {session->session.parties.sidecar, session->since, session->ready,
         session->in_flight.size(),
         session->credit.granted().messages - session->credit.sent().messages});
  }
  return view;
}

}  // namespace sealbus::ingress
