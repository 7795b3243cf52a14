#include "sidecar/ingress/session_table.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "common/contract/contract.hpp"

namespace sealbus::ingress {

using base::Refusal;

bool send(BusPort& bus, LiveSession& session, const envelope::EncodedHeader& header,
          base::ByteView payload) {
  const auto seal = session.session.sealer.seal(header, payload);
  return bus.send(session.peer, seal, header.bytes(), payload);
}

SessionTable::SessionTable(Options options, ServiceKeys keys, const base::Clock& clock,
                           base::Random& random)
    : options_(std::move(options)), keys_(std::move(keys)), clock_(clock), random_(random) {}

std::shared_ptr<const envelope::ServiceKey> SessionTable::key_for(const envelope::FrameViews& hello,
                                                                  const envelope::Seal& seal) {
  if (options_.registration != settings::RegistrationMode::open) return keys_.find(seal.key_id);
  envelope::Header header;
  const bool named = envelope::decode_header(hello.header, header).has_value() &&
                     contract::is_service_name(header.service);
  return named ? key_of(seal.key_id, std::string(header.service)) : nullptr;
}

bool SessionTable::belongs(const envelope::ServiceKey& key,
                           const std::optional<bus::CurveKey>& proved) const {
  if (options_.security == settings::BusSecurity::plaintext) return true;
  return proved && *proved == key.curve_public_key();
}

base::Result<SessionTable::Greeting> SessionTable::greet(const bus::PeerId& peer,
                                                         const std::optional<bus::CurveKey>& proved,
                                                         const envelope::FrameViews& hello,
                                                         const envelope::Seal& seal) {
  const auto key = key_for(hello, seal);
  if (key == nullptr)
    return base::refuse(Refusal::unknown_key, "no service here has the key that sealed this");
  if (!belongs(*key, proved)) {
    return base::refuse(Refusal::unknown_key,
                        "the connection's CURVE key is not that of the key which sealed this");
  }
  auto answer =
      envelope::answer_hello(hello, *key, options_.self, clock_, random_, options_.limits);
  if (!answer) return tl::make_unexpected(answer.error());
  if (answer->session == nullptr) {
    return Greeting{std::move(answer->welcome),
                    base::Failure{Refusal::clock_skew,
                                  fmt::format("the clock of a {} sidecar is {} ms from ours",
                                              answer->service, answer->clock_difference.count())},
                    false};
  }
  auto begun = std::make_unique<LiveSession>(std::move(*answer->session), seal.key_id, peer,
                                             options_.self.heartbeat, clock_);
  const bool displaced = begun_.size() >= options_.max_handshakes;
  if (displaced) make_room_for_begun();
  begun_.push_back(std::move(begun));
  return Greeting{std::move(answer->welcome), {}, displaced};
}

base::Result<SessionTable::Opened, SessionTable::Refused> SessionTable::open(
    const bus::PeerId& peer, const envelope::FrameViews& frames, const envelope::Seal& seal) {
  const auto refuse = [](base::Failure failure, LiveSession* session = nullptr,
                         std::optional<base::Uuid> answers = {}) {
    return tl::make_unexpected(Refused{std::move(failure), session, answers});
  };
  LiveSession* session = find(seal.session);
  const auto begun = session != nullptr ? begun_.end() : find_begun(seal.session);
  if (begun != begun_.end()) session = begun->get();
  if (session == nullptr || session->peer != peer) {
    return refuse(base::refuse(Refusal::unknown_session).value());
  }
  auto envelope = session->session.verifier.open(frames, clock_.wall(), options_.limits);
  if (!envelope) {
    envelope::LateRefusal& late = envelope.error();
    return refuse(std::move(late.failure), late.answers ? session : nullptr, late.answers);
  }
  session->heartbeat.heard(clock_.steady());
  Opened opened{session, std::move(*envelope), false, {}};
  if (begun == begun_.end()) return opened;
  if (!has_room(session->session.parties)) {
    // The sidecar is genuine: it hears why.
    return refuse(base::refuse(Refusal::too_many_sessions).value(), session,
                  opened.envelope.header().id);
  }
  opened.older = older(*session);
  opened.began = true;
  live_.emplace(seal.session, std::move(*begun));
  begun_.erase(begun);
  return opened;
}

// Whoever floods with the key of one service pushes out that service's handshakes only.
void SessionTable::make_room_for_begun() {
  std::map<std::string_view, std::size_t> count;
  for (const auto& begun : begun_) ++count[begun->session.parties.service];
  const auto most = std::max_element(
      count.begin(), count.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  begun_.erase(std::find_if(begun_.begin(), begun_.end(), [&](const auto& begun) {
    return begun->session.parties.service == most->first;
  }));
}

// A sidecar that begins anew takes the place of its older session, which may still be there.
bool SessionTable::has_room(const envelope::SessionParties& parties) const {
  std::size_t others = 0;
  std::size_t of_service = 0;
  for (const auto& [id, session] : live_) {
    const auto& other = session->session.parties;
    const bool same_service = other.service == parties.service;
    if (same_service && other.sidecar == parties.sidecar) continue;
    ++others;
    of_service += same_service ? 1 : 0;
  }
  return others < options_.max_sessions && of_service < options_.max_sessions_per_service &&
         live_.size() < std::size_t{2} * options_.max_sessions;
}

SessionTable::Begun::iterator SessionTable::find_begun(const envelope::SessionId& id) {
  return std::find_if(begun_.begin(), begun_.end(),
                      [&](const auto& candidate) { return candidate->session.id == id; });
}

std::vector<LiveSession*> SessionTable::older(const LiveSession& fresh) {
  std::vector<LiveSession*> found;
  const auto& parties = fresh.session.parties;
  for (const auto& [id, session] : live_) {
    const auto& other = session->session.parties;
    const bool same = other.service == parties.service && other.sidecar == parties.sidecar;
    if (same) found.push_back(session.get());
  }
  return found;
}

std::shared_ptr<const envelope::ServiceKey> SessionTable::key_of(const envelope::KeyId& id,
                                                                 const std::string& service) {
  auto key = keys_.find(id);
  if (key != nullptr || options_.registration != settings::RegistrationMode::open) return key;
  return keys_.learn(id, service);
}

std::vector<std::unique_ptr<LiveSession>> SessionTable::renew(ServiceKeys keys) {
  keys_ = std::move(keys);
  const auto has_key = [&](const LiveSession& session) {
    return key_of(session.key, session.session.parties.service) != nullptr;
  };
  std::erase_if(begun_, [&](const auto& begun) { return !has_key(*begun); });
  std::vector<std::unique_ptr<LiveSession>> ended;
  for (auto at = live_.begin(); at != live_.end();) {
    const auto session = at++;
    if (!has_key(*session->second)) ended.push_back(std::move(live_.extract(session).mapped()));
  }
  return ended;
}

LiveSession* SessionTable::find(const envelope::SessionId& id) {
  const auto found = live_.find(id);
  return found == live_.end() ? nullptr : found->second.get();
}

void SessionTable::forget_begun(const envelope::SessionId& id) {
  const auto begun = find_begun(id);
  if (begun != begun_.end()) begun_.erase(begun);
}

std::unique_ptr<LiveSession> SessionTable::remove(const envelope::SessionId& id) {
  auto node = live_.extract(id);
  return node.empty() ? nullptr : std::move(node.mapped());
}

std::vector<envelope::SessionId> SessionTable::of_peer(const bus::PeerId& peer) const {
  std::vector<envelope::SessionId> ids;
  for (const auto& [id, session] : live_) {
    if (session->peer == peer) ids.push_back(id);
  }
  return ids;
}

std::vector<LiveSession*> SessionTable::all() const {
  std::vector<LiveSession*> sessions;
  sessions.reserve(live_.size());
  for (const auto& [id, session] : live_) sessions.push_back(session.get());
  return sessions;
}

}  // namespace sealbus::ingress
