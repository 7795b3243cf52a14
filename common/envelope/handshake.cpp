#include "common/envelope/handshake.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace sealbus::envelope {
namespace {

using base::Refusal;

Nonce make_nonce(base::Random& random) {
  Nonce nonce;
  random.fill(nonce);
  return nonce;
}

Nonce nonce_from(base::ByteView bytes) {
  Nonce nonce;
  std::copy_n(bytes.begin(), nonce.size(), nonce.begin());
  return nonce;
}

HandshakeFrames seal_frames(Purpose purpose, const ServiceKey& key, const Header& header) {
  auto encoded = encode_control(header).value();  // every field is ours, and within its bound
  const SealBytes seal = seal_handshake(purpose, key.id(), key.handshake_key(purpose), encoded);
  return {seal, std::move(encoded)};
}

HandshakeFrames make_hello(const ServiceKey& key, const Introduction& self, const Nonce& nonce,
                           base::WallTime now, base::Random& random) {
  Header header;
  header.type = MessageType::hello;
  header.id = base::make_uuid_v7(now, random);
  header.issued = now;
  header.service = key.service();
  header.instance = self.instance;
  header.nonce = nonce;
  header.heartbeat = self.heartbeat;
  return seal_frames(Purpose::hello, key, header);
}

HandshakeFrames make_welcome(const ServiceKey& key, const Introduction& self, const Nonce& echo,
                             const Nonce& nonce, base::WallTime now, base::Random& random) {
  Header header;
  header.type = MessageType::welcome;
  header.id = base::make_uuid_v7(now, random);
  header.issued = now;
  header.instance = self.instance;
  header.echo = echo;
  header.nonce = nonce;
  header.heartbeat = self.heartbeat;
  return seal_frames(Purpose::welcome, key, header);
}

// Checks 1 to 4, and 6: `purpose` is hello or welcome.
base::Result<Header> open(const FrameViews& frames, Purpose purpose, const ServiceKey& key,
                          const ReceiverLimits& limits) {
  const Purpose receives = purpose == Purpose::hello ? Purpose::up : Purpose::down;
  const auto seal = inspect(frames, receives, limits);
  if (!seal) return tl::make_unexpected(seal.error());
  if (seal->purpose != purpose) return base::refuse(Refusal::unknown_session);
  if (seal->key_id != key.id()) {
    return base::refuse(Refusal::unknown_key, "no key has the key id of this handshake");
  }
  HmacSha256 mac(key.handshake_key(purpose));
  if (!tag_matches(mac, frames)) return base::refuse(Refusal::bad_tag);
  base::Result<Header> header(tl::in_place);
  auto decoded = decode_opened(frames, purpose, *header);
  if (!decoded) return tl::make_unexpected(std::move(decoded.error()));
  return header;
}

// What follows from the handshake for the side that sends under `sends`.
Session make_session(const ServiceKey& key, SessionParties parties, Purpose sends,
                     std::chrono::milliseconds peer_heartbeat) {
  const Purpose receives = sends == Purpose::up ? Purpose::down : Purpose::up;
  const SessionId id = session_id(key, parties);
  Sealer sealer(sends, key.id(), id, traffic_key(key, parties, sends));
  Verifier verifier(receives, key.id(), id, traffic_key(key, parties, receives));
  return {id, std::move(parties), peer_heartbeat, std::move(sealer), std::move(verifier)};
}

}  // namespace

ClientHandshake::ClientHandshake(std::shared_ptr<const ServiceKey> key, const Introduction& self,
                                 const base::Clock& clock, base::Random& random)
    : key_(std::move(key)),
      self_(self),
      clock_(clock),
      nonce_(make_nonce(random)),
      hello_(make_hello(*key_, self_, nonce_, clock.wall(), random)) {}

base::Result<Session> ClientHandshake::finish(const FrameViews& welcome,
                                              const ReceiverLimits& limits) const {
  const auto header = open(welcome, Purpose::welcome, *key_, limits);
  if (!header) return tl::make_unexpected(header.error());
  if (nonce_from(header->echo) != nonce_) {
    return base::refuse(Refusal::replayed, "the WELCOME answers another HELLO");
  }
  const auto difference = header->issued - clock_.wall();
  if (std::chrono::abs(difference) > limits.skew) {
    return base::refuse(
        Refusal::clock_skew,
        fmt::format("the ingress's clock is {} ms {} ours", std::chrono::abs(difference).count(),
                    difference.count() > 0 ? "ahead of" : "behind"));
  }
  return make_session(*key_,
                      {.service = key_->service(),
                       .sidecar = self_.instance,
                       .ingress = *header->instance,
                       .sidecar_nonce = nonce_,
                       .ingress_nonce = nonce_from(header->nonce)},
                      Purpose::up, *header->heartbeat);
}

base::Result<Answer> answer_hello(const FrameViews& hello, const ServiceKey& key,
                                  const Introduction& self, const base::Clock& clock,
                                  base::Random& random, const ReceiverLimits& limits) {
  const auto header = open(hello, Purpose::hello, key, limits);
  if (!header) return tl::make_unexpected(header.error());
  if (header->service != key.service()) {
    return base::refuse(Refusal::malformed_header, "the HELLO names another service than its key");
  }
  const base::WallTime now = clock.wall();
  const Nonce nonce = make_nonce(random);
  const Nonce echo = nonce_from(header->nonce);
  Answer answer{.welcome = make_welcome(key, self, echo, nonce, now, random),
                .session = nullptr,
                .service = key.service(),
                .sidecar = *header->instance,
                .clock_difference = header->issued - now};
  if (std::chrono::abs(answer.clock_difference) > limits.skew) return answer;
  SessionParties parties{.service = key.service(),
                         .sidecar = *header->instance,
                         .ingress = self.instance,
                         .sidecar_nonce = echo,
                         .ingress_nonce = nonce};
  answer.session = std::make_unique<Session>(
      make_session(key, std::move(parties), Purpose::down, *header->heartbeat));
  return answer;
}

}  // namespace sealbus::envelope
