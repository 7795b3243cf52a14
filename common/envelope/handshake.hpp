#pragma once
// HELLO and WELCOME (FORMAT.md §4): two messages that settle a session's keys.

#include <chrono>
#include <memory>
#include <string>

#include "common/base/clock.hpp"
#include "common/base/random.hpp"
#include "common/envelope/keys.hpp"
#include "common/envelope/sealer.hpp"
#include "common/envelope/verifier.hpp"

namespace sealbus::envelope {

// What both sides have once the handshake is done. Owned by one thread.
struct Session {
  SessionId id{};
  SessionParties parties;
  std::chrono::milliseconds peer_heartbeat{};  // what the peer announced
  Sealer sealer;
  Verifier verifier;
};

// The frames of a handshake message; the payload is empty.
struct HandshakeFrames {
  SealBytes seal{};
  EncodedHeader header;
};

// This process, as it introduces itself.
struct Introduction {
  base::Uuid instance;
  std::chrono::milliseconds heartbeat{1'000};
};

// The sidecar's half. One object for each attempt.
class ClientHandshake {
 public:
  ClientHandshake(std::shared_ptr<const ServiceKey> key, const Introduction& self,
                  const base::Clock& clock, base::Random& random);

  // To be sent once, on a fresh connection.
  [[nodiscard]] const HandshakeFrames& hello() const { return hello_; }

  // Checks a WELCOME: all of §9 that applies, with this handshake's nonce as the echo. clock_skew
  // says in its detail how far the clocks are apart.
  [[nodiscard]] base::Result<Session> finish(const FrameViews& welcome,
                                             const ReceiverLimits& limits) const;

 private:
  std::shared_ptr<const ServiceKey> key_;
  Introduction self_;
  const base::Clock& clock_;
  Nonce nonce_{};
  HandshakeFrames hello_;
};

// The ingress's answer to a HELLO. `session` is absent when the clocks are too far apart: the
// WELCOME is sent all the same, so that the other side learns why.
struct Answer {
  HandshakeFrames welcome;
  std::unique_ptr<Session> session;
  std::string service;
  base::Uuid sidecar;
  std::chrono::milliseconds clock_difference{};  // theirs minus ours
};

// Checks a HELLO that was sealed with `key` (whose id is in the seal) and answers it.
[[nodiscard]] base::Result<Answer> answer_hello(const FrameViews& hello, const ServiceKey& key,
                                                const Introduction& self, const base::Clock& clock,
                                                base::Random& random, const ReceiverLimits& limits);

}  // namespace sealbus::envelope
