#include "sidecar/ingress/dispatcher.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "common/contract/contract.hpp"
#include "common/envelope/limits.hpp"
#include "sidecar/ingress/admitted_keys.hpp"

namespace sealbus::ingress {

using base::Refusal;
using envelope::Header;
using envelope::MessageType;

Dispatcher::Dispatcher(Options options, ServiceKeys keys, BusPort& bus, TableSink tables,
                       base::RefusalCounters& counters, const base::Clock& clock,
                       base::Random& random)
    : options_(options),
      sessions_(options.sessions, std::move(keys), clock, random),
      registry_(options.sessions.registration, std::move(options.grants)),
      bus_(bus, traffic_),
      outbox_(options.outbox, registry_, bus_, counters, clock),
      tables_(std::move(tables)),
      counters_(counters),
      refusals_("Bus", counters, clock),
      clock_(clock),
      random_(random) {}

// ---------------------------------------------------------------- the bus

void Dispatcher::received(const bus::PeerId& peer, const bus::Message& frames,
                          const std::optional<bus::CurveKey>& proved) {
  traffic_.received(bus::size_of(frames).value);
  if (frames.size() != envelope::kFrames) return refused(Refusal::bad_size);
  const envelope::FrameViews views{frames[0].view(), frames[1].view(), frames[2].view()};
  const auto seal = envelope::inspect(views, envelope::Purpose::up, options_.sessions.limits);
  if (!seal) return refusals_.add(seal.error(), "message");
  if (seal->purpose == envelope::Purpose::hello) return greet(peer, proved, views, *seal);
  open(peer, views, *seal);
}

void Dispatcher::greet(const bus::PeerId& peer, const std::optional<bus::CurveKey>& proved,
                       const envelope::FrameViews& frames, const envelope::Seal& seal) {
  const auto welcome = sessions_.greet(peer, proved, frames, seal);
  if (!welcome || welcome->skewed) traffic_.refused();
  if (!welcome) return refusals_.add(welcome.error(), "hello");
  if (welcome->skewed) refusals_.add(*welcome->skewed, "hello");
  if (welcome->displaced) traffic_.dropped();
  // A peer that cannot take even this will ask again.
  const envelope::HandshakeFrames& frames_out = welcome->frames;
  [[maybe_unused]] const bool sent =
      bus_.send(peer, frames_out.seal, frames_out.header.bytes(), base::ByteView{});
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
    return sessions_.forget_begun(seal.session);
  }
  for (LiveSession* older : opened->older) succeed(*opened->session, *older);
  if (opened->began) {
    traffic_.established();
    outbox_.joined(*opened->session);
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
      return refuse_publish(session, envelope.header());
    default:
      return;  // a heartbeat, progress: being heard is all
  }
}

void Dispatcher::refuse_publish(LiveSession& session, const Header& publish) {
  constexpr std::string_view kReason = "services publish nothing in this version, granted or not";
  refusals_.add(
      {Refusal::not_granted, std::string(kReason)},
      fmt::format("publish of {} by {}", publish.contract, session.session.parties.service));
  send_control(session, MessageType::refused, [&](Header& header) {
    header.answers = publish.id;
    header.code = base::code(Refusal::not_granted);
    header.reason = kReason;
  });
}

void Dispatcher::register_contracts(LiveSession& session,
                                    const envelope::VerifiedEnvelope& envelope) {
  const std::string& service = session.session.parties.service;
  auto registration = contract::decode_registration(envelope.payload());
  if (!registration) {
    refusals_.add(registration.error(), "register");
    return end(sessions_.remove(session.session.id), "its registration is malformed");
  }
  session.registration = envelope.header().id;
  const auto refused = registry_.add(service, session.session.id, *registration);
  log::info("Bus: {} sidecar {} registered {} contracts, {} refused", service,
            to_string(session.session.parties.sidecar), registration->contracts.size(),
            refused.size());
  answer_registration(session, refused);
  publish_table();
}

void Dispatcher::answer_registration(LiveSession& session, const std::vector<Refused>& refused) {
  for (const Refused& one : refused) {
    refusals_.add({one.refusal, one.reason},
                  one.subject + " of " + session.session.parties.service);
    send_control(session, MessageType::refused, [&](Header& header) {
      header.answers = session.registration;
      header.code = base::code(one.refusal);
      header.subject = one.subject;
      header.reason = one.reason;
    });
  }
  if (!refused.empty()) return;
  send_control(session, MessageType::ack,
               [&](Header& header) { header.answers = session.registration; });
}

void Dispatcher::renew(ServiceKeys keys, Registry::Grants grants) {
  for (auto& session : sessions_.renew(std::move(keys))) {
    send_control(*session, MessageType::bye,
                 [](Header& header) { header.reason = "its key is not accepted any more"; });
    end(std::move(session), "its key is not accepted any more");
  }
  for (const Registry::Renewed& one : registry_.renew(std::move(grants))) {
    LiveSession* session = sessions_.find(one.session);
    if (session != nullptr) answer_registration(*session, one.refused);
  }
  publish_table();
  for (const LiveSession* session : sessions_.all()) {
    outbox_.serve_queue(session->session.parties.service);
  }
}

void Dispatcher::take_credit(LiveSession& session, const Header& header) {
  if (session.retired) return;
  if (const auto older = std::exchange(session.replaces, std::nullopt)) {
    if (LiveSession* found = sessions_.find(*older)) retire(*found);
  }
  session.credit.grant({*header.up_to, {*header.bytes}});
  session.ready = *header.ready;
  outbox_.serve_queue(session.session.parties.service);
}

void Dispatcher::finish(LiveSession& session, const envelope::VerifiedEnvelope& envelope) {
  // Only the session that was sent a message answers it, and only once.
  if (!outbox_.answered(session, envelope)) refusals_.add(Refusal::replayed, "answer");
}

// At most one session of a sidecar is being replaced, and one answers what it has.
void Dispatcher::succeed(LiveSession& fresh, LiveSession& older) {
  if (older.retired) return end(sessions_.remove(older.session.id), "it began anew");
  if (older.replaces) {  // it never gave credit, and so was sent nothing
    fresh.replaces = older.replaces;
    return retire(older);
  }
  if (!fresh.replaces) fresh.replaces = older.session.id;
}

// Whoever waits for an answer of it may still get one.
void Dispatcher::retire(LiveSession& session) {
  const std::string& name = session.session.parties.service;
  log::info("Bus: {} sidecar {} began anew; its older session answers what it has", name,
            to_string(session.session.parties.sidecar));
  session.ready = false;
  session.retired = true;
  static_cast<void>(registry_.remove(name, session.session.id));
  outbox_.retired(session);
}

void Dispatcher::peer_lost(const bus::PeerId& peer, std::string_view why) {
  for (const auto& id : sessions_.of_peer(peer)) end(sessions_.remove(id), why);
}

void Dispatcher::refused(Refusal refusal) { refusals_.add(refusal, "message"); }

void Dispatcher::handshake_failed(bus::HandshakeFailure why) {
  // Whoever only knocks, as a probe does, is no news; it may as well have been a plaintext peer.
  if (why == bus::HandshakeFailure::closed) return counters_.count(Refusal::curve_failed);
  const std::string_view sentence = explain(why, options_.sessions.security);
  refusals_.add({Refusal::curve_failed, std::string(sentence)}, "connection");
}

void Dispatcher::end(std::unique_ptr<LiveSession> session, std::string_view why) {
  if (session == nullptr) return;
  const std::string& name = session->session.parties.service;
  log::info("Bus: {} sidecar {} is gone: {}", name, to_string(session->session.parties.sidecar),
            why);
  const bool was_registered = registry_.remove(name, session->session.id);
  outbox_.left(*session);
  if (was_registered) publish_table();
  outbox_.serve_queue(name);
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
  outbox_.expire(now);
}

base::SteadyTime Dispatcher::next_tick() const {
  base::SteadyTime next = clock_.steady() + std::chrono::seconds(1);
  for (const LiveSession* session : sessions_.all()) {
    next = std::min(next, session->heartbeat.next());
  }
  return std::min(next, outbox_.next_deadline().value_or(next));
}

bool Dispatcher::settled() const {
  const auto sessions = sessions_.all();
  return idle() && std::none_of(sessions.begin(), sessions.end(), [](const auto* session) {
           return std::any_of(session->in_flight.begin(), session->in_flight.end(),
                              [](const auto& item) { return is_event(*item.second); });
         });
}

void Dispatcher::close() {
  outbox_.clear();
  for (LiveSession* session : sessions_.all()) {
    outbox_.left(*session);
    session->in_flight.clear();
    send_control(*session, MessageType::bye,
                 [](Header& header) { header.reason = "the ingress is shutting down"; });
  }
}

// ---------------------------------------------------------------- sending

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
  [[maybe_unused]] const bool sent = send(bus_, session, *encoded, {});
}

void Dispatcher::publish_table() { tables_(registry_.build()); }

Dispatcher::View Dispatcher::view() const {
  View view;
  view.services = registry_.view();
  view.half_open = sessions_.half_open();
  view.bus = traffic_.read();
  view.series_names = registry_.series_names();
  view.queued = outbox_.queued();
  for (const LiveSession* session : sessions_.all()) {
    if (session->retired) continue;
    view.replicas[session->session.parties.service].push_back(
        {session->session.parties.sidecar, session->since, session->ready,
         session->in_flight.size(),
         session->ready ? session->credit.granted().messages - session->credit.sent().messages
                        : 0});
  }
  return view;
}

}  // namespace sealbus::ingress
