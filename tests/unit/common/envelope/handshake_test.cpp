#include "common/envelope/handshake.hpp"

#include "tests/unit/common/envelope/fixture.hpp"

namespace sealbus::envelope {
namespace {

class Handshake : public SessionFixture {
 protected:
  [[nodiscard]] base::Result<Answer> answer(const ClientHandshake& from, const base::Clock& clock) {
    return answer_hello(frames_of(from.hello()).views(), *key_, ingress_, clock, random_, limits_);
  }
  [[nodiscard]] ClientHandshake hello_at(const base::Clock& clock) {
    return {key_, sidecar_, clock, random_};
  }
};

TEST_F(Handshake, GivesBothSidesTheSameSession) {
  EXPECT_EQ(at_sidecar_->id, at_ingress_->id);
  EXPECT_NE(at_sidecar_->id, SessionId{});
  for (const SessionParties& ends : {at_sidecar_->parties, at_ingress_->parties}) {
    EXPECT_EQ(ends.service, "users");
    EXPECT_EQ(ends.sidecar, sidecar_.instance);
    EXPECT_EQ(ends.ingress, ingress_.instance);
  }
  EXPECT_NE(at_sidecar_->parties.sidecar_nonce, at_sidecar_->parties.ingress_nonce);
}

TEST_F(Handshake, LetsMessagesPassInBothDirections) {
  EXPECT_EQ(open_up(register_()), "accepted");
  EXPECT_EQ(open_up(credit()), "accepted");
  EXPECT_EQ(open_down(message()), "accepted");
}

TEST_F(Handshake, TellsEachSideTheOthersHeartbeat) {
  sidecar_.heartbeat = std::chrono::milliseconds(250);
  ingress_.heartbeat = std::chrono::milliseconds(60'000);
  connect();
  EXPECT_EQ(at_ingress_->peer_heartbeat, sidecar_.heartbeat);
  EXPECT_EQ(at_sidecar_->peer_heartbeat, ingress_.heartbeat);
}

TEST_F(Handshake, SaysWhoTheSidecarIs) {
  const auto from = hello_at(clock_);
  const auto answered = answer(from, clock_);
  ASSERT_TRUE(answered);
  EXPECT_EQ(answered->service, "users");
  EXPECT_EQ(answered->sidecar, sidecar_.instance);
  EXPECT_EQ(answered->clock_difference.count(), 0);
}

TEST_F(Handshake, IsAnotherSessionEachTime) {
  const SessionId first = at_sidecar_->id;
  connect(Instances::same);
  EXPECT_NE(at_sidecar_->id, first);
}

TEST_F(Handshake, NeedsTheSameKeyOnBothSides) {
  const auto from = hello_at(clock_);
  const auto frames = frames_of(from.hello());
  const auto other = root_key(1).derive("users");
  EXPECT_EQ(outcome(answer_hello(frames.views(), other, ingress_, clock_, random_, limits_)),
            "unknown_key");
}

// Each of these is as far as the skew, and one millisecond further.
TEST_F(Handshake, TakesClocksThatAreAsFarApartAsTheSkew) {
  for (const int sign : {-1, 1}) {
    test::ManualClock ingress_clock;
    ingress_clock.step_wall(sign * limits_.skew);
    const auto from = hello_at(clock_);
    const auto answered = answer(from, ingress_clock);
    ASSERT_TRUE(answered);
    EXPECT_TRUE(answered->session);
    EXPECT_EQ(answered->clock_difference, -sign * limits_.skew);
    EXPECT_EQ(outcome(from.finish(frames_of(answered->welcome).views(), limits_)), "accepted");
  }
}

TEST_F(Handshake, AnswersButKeepsNothingWhenClocksAreFurtherApart) {
  for (const int sign : {-1, 1}) {
    test::ManualClock ingress_clock;
    ingress_clock.step_wall(sign * (limits_.skew + std::chrono::milliseconds(1)));
    const auto from = hello_at(clock_);
    const auto answered = answer(from, ingress_clock);
    ASSERT_TRUE(answered);
    EXPECT_FALSE(answered->session);
    const auto finished = from.finish(frames_of(answered->welcome).views(), limits_);
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().refusal, base::Refusal::clock_skew);
    EXPECT_NE(finished.error().detail.find("30001 ms"), std::string::npos);
    EXPECT_NE(finished.error().detail.find(sign > 0 ? "ahead of" : "behind"), std::string::npos);
  }
}

TEST_F(Handshake, OfAnotherServiceThanItsKeyIsMalformed) {
  Header forged = header(MessageType::hello);
  forged.service = "orders";
  forged.instance = sidecar_.instance;
  const Nonce nonce{};
  forged.nonce = nonce;
  forged.heartbeat = std::chrono::milliseconds(1'000);
  const auto bytes = encoded(forged);
  const auto seal =
      seal_handshake(Purpose::hello, key_->id(), key_->handshake_key(Purpose::hello), bytes);
  const FrameViews frames{seal, bytes.bytes(), {}};
  EXPECT_EQ(outcome(answer_hello(frames, *key_, ingress_, clock_, random_, limits_)),
            "malformed_header");
}

TEST_F(Handshake, GoesOnWaitingAfterAWelcomeThatWasRefused) {
  const auto from = hello_at(clock_);
  const auto answered = answer(from, clock_);
  ASSERT_TRUE(answered);
  EXPECT_EQ(outcome(from.finish(welcome_.views(), limits_)), "replayed");
  EXPECT_EQ(outcome(from.finish(frames_of(answered->welcome).views(), limits_)), "accepted");
}

}  // namespace
}  // namespace sealbus::envelope
