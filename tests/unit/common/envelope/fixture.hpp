#pragma once
// Two ends of a session that have shaken hands, and short ways to make and open their messages.

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "common/envelope/handshake.hpp"
#include "common/envelope/header_fields.hpp"
#include "tests/support/counting_random.hpp"
#include "tests/support/manual_clock.hpp"

namespace sealbus::auth {

// Stands in for the sidecar's issuer, which is on a higher floor: makes identities for tests.
class IdentityIssuer {
 public:
  static identity::Identity issue(identity::AuthContext context) {
    return identity::Identity(std::move(context));
  }
};

}  // namespace sealbus::auth

namespace sealbus::envelope {

// The frames of a message, owned.
struct Frames {
  base::Bytes seal;
  base::Bytes header;
  base::Bytes payload;

  [[nodiscard]] FrameViews views() const { return {seal, header, payload}; }
};

inline RootKey root_key(unsigned char first = 0) {
  base::Bytes bytes(kKeySize);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(first + i);
  return RootKey::parse("sealbus-root-v1:" + base::to_base64url(bytes)).value();
}

inline std::shared_ptr<const ServiceKey> service_key(std::string_view service = "users") {
  return std::make_shared<const ServiceKey>(root_key().derive(service));
}

inline identity::AuthContext user() {
  identity::AuthContext context;
  context.user_id = "user-123";
  context.permissions = {"users:create"};
  context.method = identity::Method::jwt;
  context.authenticated_at = base::from_millis(1'767'225'600'000);
  return context;
}

inline Frames frames_of(const HandshakeFrames& handshake) {
  return {base::to_bytes(handshake.seal), base::to_bytes(handshake.header.bytes()), {}};
}

inline Frames sealed(Sealer& sealer, const EncodedHeader& header, std::string_view payload = {}) {
  const SealBytes seal = sealer.seal(header, base::as_bytes(payload));
  return {base::to_bytes(seal), base::to_bytes(header.bytes()), base::to_bytes(payload)};
}

// The code of a refusal, or "accepted".
inline std::string outcome(const base::Result<VerifiedEnvelope, LateRefusal>& opened) {
  return opened ? "accepted" : std::string(base::code(opened.error().failure.refusal));
}
template <typename T>
std::string outcome(const base::Result<T>& result) {
  return result ? "accepted" : std::string(base::code(result.error().refusal));
}

// A sidecar and an ingress with clocks that agree.
class SessionFixture : public testing::Test {
 protected:
  SessionFixture() { connect(); }

  // Shakes hands anew, with new nonces, and with new instances if `restarted`.
  enum class Instances : bool { same, restarted };
  void connect(Instances instances = Instances::restarted) {
    if (instances == Instances::restarted) {
      sidecar_.instance = base::make_uuid_v7(clock_.wall(), random_);
      ingress_.instance = base::make_uuid_v7(clock_.wall(), random_);
    }
    const ClientHandshake handshake(key_, sidecar_, clock_, random_);
    hello_ = frames_of(handshake.hello());
    auto answer = answer_hello(hello_.views(), *key_, ingress_, clock_, random_, limits_);
    ASSERT_TRUE(answer) << answer.error().detail;
    welcome_ = frames_of(answer->welcome);
    auto session = handshake.finish(welcome_.views(), limits_);
    ASSERT_TRUE(session) << session.error().detail;
    at_sidecar_ = std::make_unique<Session>(std::move(*session));
    at_ingress_ = std::move(answer->session);
  }

  Header header(MessageType type) {
    Header header;
    header.type = type;
    header.id = base::make_uuid_v7(clock_.wall(), random_);
    header.issued = clock_.wall();
    return header;
  }

  Header message_header() {
    Header message = header(MessageType::message);
    message.contract = "CreateUser";
    message.kind = "command";
    message.expires = clock_.wall() + std::chrono::seconds(5);
    message.attempt = 1;
    return message;
  }

  static EncodedHeader encoded(const Header& header) { return encode_control(header).value(); }
  static EncodedHeader encoded_message(const Header& header) {
    return encode_message(header, auth::IdentityIssuer::issue(user())).value();
  }

  // One good message of each kind that the tests use, sealed as the next of the session.
  Frames register_() {
    return sealed(at_sidecar_->sealer, encoded(header(MessageType::register_)), "registration");
  }
  Frames message() {
    return sealed(at_ingress_->sealer, encoded_message(message_header()), "a body");
  }
  Frames reply() {
    Header reply = header(MessageType::reply);
    reply.answers = base::make_uuid_v7(clock_.wall(), random_);
    reply.status = 200;
    reply.content_type = "text/plain";
    return sealed(at_sidecar_->sealer, encoded(reply), "created");
  }
  Frames credit() {
    Header credit = header(MessageType::credit);
    credit.up_to = 16;
    credit.bytes = 1'048'576;
    credit.ready = true;
    return sealed(at_sidecar_->sealer, encoded(credit));
  }
  Frames heartbeat_up() {
    return sealed(at_sidecar_->sealer, encoded(header(MessageType::heartbeat)));
  }
  Frames heartbeat_down() {
    return sealed(at_ingress_->sealer, encoded(header(MessageType::heartbeat)));
  }

  std::string open_up(const Frames& frames) {
    return outcome(at_ingress_->verifier.open(frames.views(), clock_.wall(), limits_));
  }
  std::string open_down(const Frames& frames) {
    return outcome(at_sidecar_->verifier.open(frames.views(), clock_.wall(), limits_));
  }

  test::ManualClock clock_;
  test::CountingRandom random_;
  std::shared_ptr<const ServiceKey> key_ = service_key();
  Introduction sidecar_;
  Introduction ingress_;
  ReceiverLimits limits_;
  Frames hello_;
  Frames welcome_;
  std::unique_ptr<Session> at_sidecar_;
  std::unique_ptr<Session> at_ingress_;
};

}  // namespace sealbus::envelope
