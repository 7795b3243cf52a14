#include "sidecar/ingress/session_table.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "common/contract/contract.hpp"

namespace sealbus::ingress {

using base::Refusal;

SessionTable::SessionTable(Options options, ServiceKeys keys, const base::Clock& clock,
                           base::Random& random)
    : options_(std::move(options)), keys_(std::move(keys)), clock_(clock), random_(random) {}

std::shared_ptr<const envelope::ServiceKey> SessionTable::key_for(const envelope::FrameViews& hello,
                                                                  const envelope::Seal& seal) {
  auto key = keys_.find(seal.key_id);
  if (key != nullptr || options_.registration != settings::RegistrationMode::open) return key;
  envelope::Header header;
  const bool named = envelope::decode_header(hello.header, header).has_value() &&
                     contract::is_service_name(header.service);
  return named ? keys_.learn(seal.key_id, header.service) : nullptr;
}

base::Result<SessionTable::Greeting> SessionTable::greet(const bus::PeerId& peer,
                                                         const envelope::FrameViews& hello,
                                                         const envelope::Seal& seal) {
  const auto key = key_for(hello, seal);
  if (key == nullptr) return base::refuse(Refusal::unknown_key);
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
  auto begun = std::make_unique<LiveSession>(std::move(*answer->session), peer,
                                             options_.self.heartbeat, clock_);
  const bool displaced = begun_.size() >= options_.max_handshakes;
  if (displaced) begun_.pop_front();
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
  Opened opened{session, std::move(*envelope), false, nullptr};
  if (begun == begun_.end()) return opened;
  opened.replaced = older(*session);
  if (live_.size() >= options_.max_sessions) {
    // The sidecar is genuine: it hears why. Its handshake stays among the begun ones.
    return refuse(base::refuse(Refusal::too_many_sessions).value(), session,
                  opened.envelope.header().id);
  }
  opened.began = true;
  live_.emplace(seal.session, std::move(*begun));
  begun_.erase(begun);
  return opened;
}

SessionTable::Begun::iterator SessionTable::find_begun(const envelope::SessionId& id) {
  return std::find_if(begun_.begin(), begun_.end(),
                      [&](const auto& candidate) { return candidate->session.id == id; });
}

std::unique_ptr<LiveSession> SessionTable::older(const LiveSession& fresh) {
  const auto& parties = fresh.session.parties;
  const auto found = std::find_if(live_.begin(), live_.end(), [&](const auto& item) {
    const auto& other = item.second->session.parties;
    return other.service == parties.service && other.sidecar == parties.sidecar;
  });
  return found == live_.end() ? nullptr : remove(found->first);
}

LiveSession* SessionTable::find(const envelope::SessionId& id) {
  const auto found = live_.find(id);
  return found == live_.end() ? nullptr : found->second.get();
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
