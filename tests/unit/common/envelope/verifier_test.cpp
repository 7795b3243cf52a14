#include "common/envelope/verifier.hpp"

#include "common/envelope/identity_opener.hpp"
#include "common/identity/auth_context.hpp"
#include "tests/unit/common/envelope/fixture.hpp"

namespace sealbus::envelope {
namespace {

using std::chrono::milliseconds;

class VerifierTest : public SessionFixture {};

TEST_F(VerifierTest, GivesWhatWasSealed) {
  Header wanted = message_header();
  wanted.path = "/api/create-user";
  wanted.params = {{"id", "7"}};
  const Frames frames = sealed(at_ingress_->sealer, encoded_message(wanted), "a body");
  const auto opened = at_sidecar_->verifier.open(frames.views(), clock_.wall(), limits_);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->header().type, MessageType::message);
  EXPECT_EQ(opened->header().id, wanted.id);
  EXPECT_EQ(opened->header().contract, "CreateUser");
  EXPECT_EQ(opened->header().path, "/api/create-user");
  EXPECT_EQ(opened->header().params, wanted.params);
  EXPECT_EQ(base::as_text(opened->payload()), "a body");
  EXPECT_EQ(opened->sequence(), 1U);
}

TEST_F(VerifierTest, ViewsTheFramesAndCopiesNothing) {
  const Frames frames = message();
  const auto opened = at_sidecar_->verifier.open(frames.views(), clock_.wall(), limits_);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->payload().data(), frames.payload.data());
  EXPECT_GE(opened->header().auth.data(), frames.header.data());
  EXPECT_LT(opened->header().auth.data(), frames.header.data() + frames.header.size());
}

TEST_F(VerifierTest, CountsSequencesFromOneInEachDirection) {
  for (std::uint64_t expected = 1; expected <= 3; ++expected) {
    const Frames frames = message();
    const auto opened = at_sidecar_->verifier.open(frames.views(), clock_.wall(), limits_);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->sequence(), expected);
  }
  const Frames first = register_();
  const auto opened = at_ingress_->verifier.open(first.views(), clock_.wall(), limits_);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->sequence(), 1U);
}

TEST_F(VerifierTest, WantsTheRegisterFirstAndOnce) {
  EXPECT_EQ(open_up(heartbeat_up()), "malformed_header");
  EXPECT_EQ(open_up(register_()), "accepted");
  EXPECT_EQ(open_up(heartbeat_up()), "accepted");
  EXPECT_EQ(open_up(register_()), "malformed_header");
  EXPECT_EQ(open_up(heartbeat_up()), "accepted");
}

TEST_F(VerifierTest, TakesAMessageUntilItsExpiryAndTheSkew) {
  const Frames early = message();
  const Frames late = message();
  clock_.advance(milliseconds(5'000) + limits_.skew - milliseconds(1));
  EXPECT_EQ(open_down(early), "accepted");
  clock_.advance(milliseconds(1));
  EXPECT_EQ(open_down(late), "expired");
}

TEST_F(VerifierTest, NamesTheMessageThatExpiredSoThatItCanBeAnswered) {
  const Header wanted = message_header();
  const Frames frames = sealed(at_ingress_->sealer, encoded_message(wanted));
  clock_.advance(std::chrono::hours(1));
  const auto opened = at_sidecar_->verifier.open(frames.views(), clock_.wall(), limits_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().answers, wanted.id);
}

TEST_F(VerifierTest, IsSilentAboutWhatDidNotVerify) {
  Frames frames = message();
  frames.payload.clear();
  const auto opened = at_sidecar_->verifier.open(frames.views(), clock_.wall(), limits_);
  ASSERT_FALSE(opened);
  EXPECT_FALSE(opened.error().answers);
}

// Otherwise a forger could make the receiver drop what the owner of the key sends next.
TEST_F(VerifierTest, DoesNotRememberSequencesThatDidNotVerify) {
  const Frames good = message();
  Frames forged = good;
  forged.payload.push_back(std::byte{0});
  EXPECT_EQ(open_down(forged), "bad_tag");
  EXPECT_EQ(open_down(good), "accepted");
  EXPECT_EQ(open_down(good), "replayed");
}

TEST_F(VerifierTest, RemembersASequenceWhoseMessageExpired) {
  const Frames late = message();
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(open_down(late), "expired");
  clock_.step_wall(-std::chrono::hours(1));
  EXPECT_EQ(open_down(late), "replayed");
}

TEST_F(VerifierTest, HoldsHeaderAndPayloadTogetherToTheLimit) {
  const Frames good = message();
  limits_.header_and_payload = good.header.size() + good.payload.size() - 1;
  EXPECT_EQ(open_down(good), "bad_size");
  limits_.header_and_payload += 1;
  EXPECT_EQ(open_down(good), "accepted");
}

TEST_F(VerifierTest, HoldsTheHeaderToItsOwnLimit) {
  Frames good = message();
  good.header.resize(kMostHeader);
  EXPECT_EQ(open_down(good), "bad_tag");
  good.header.resize(kMostHeader + 1);
  EXPECT_EQ(open_down(good), "bad_size");
}

TEST(Inspect, TellsEachSideItsTwoPurposes) {
  for (const Purpose purpose : {Purpose::hello, Purpose::welcome, Purpose::up, Purpose::down}) {
    const bool traffic = purpose == Purpose::up || purpose == Purpose::down;
    Seal seal;
    seal.purpose = purpose;
    seal.sequence = traffic ? 1 : 0;
    const SealBytes bytes = encode(seal);
    const base::Bytes header(1);
    const bool goes_up = purpose == Purpose::hello || purpose == Purpose::up;
    const auto at_ingress = inspect({bytes, header, {}}, Purpose::up, {});
    const auto at_sidecar = inspect({bytes, header, {}}, Purpose::down, {});
    EXPECT_EQ(outcome(at_ingress), goes_up ? "accepted" : "bad_version");
    EXPECT_EQ(outcome(at_sidecar), goes_up ? "bad_version" : "accepted");
  }
}

TEST(VerifierDeathTest, IsForTrafficOnly) {
  const auto key = service_key();
  EXPECT_DEATH(Verifier(Purpose::hello, key->id(), {}, key->secret()), "");
}

class IdentityOpenerTest : public SessionFixture {
 protected:
  base::Result<identity::Identity> open(const Frames& frames, Session& at) {
    const auto opened = at.verifier.open(frames.views(), clock_.wall(), limits_);
    EXPECT_TRUE(opened);
    return IdentityOpener::open(*opened);
  }
};

TEST_F(IdentityOpenerTest, GivesTheIdentityThatWasSealed) {
  const auto identity = open(message(), *at_sidecar_);
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->context(), user());
}

TEST_F(IdentityOpenerTest, RefusesAContextThatIsMalformed) {
  identity::AuthContext nameless = user();
  nameless.user_id.clear();
  const auto bytes =
      encode_message(message_header(), auth::IdentityIssuer::issue(nameless)).value();
  EXPECT_EQ(outcome(open(sealed(at_ingress_->sealer, bytes), *at_sidecar_)), "malformed_header");
}

// A publish may carry a context too, which its sender chose: that is no identity.
TEST_F(IdentityOpenerTest, TrustsNoContextButAMessages) {
  ASSERT_EQ(open_up(register_()), "accepted");
  Header publish = header(MessageType::publish);
  publish.contract = "users.Created";
  publish.expires = clock_.wall() + milliseconds(1'000);
  const base::Bytes auth = identity::encode(user());
  const base::Bytes proof(kProofSize);
  publish.auth = auth;
  publish.proof = proof;
  const Frames frames = sealed(at_sidecar_->sealer, encoded(publish));
  EXPECT_EQ(outcome(open(frames, *at_ingress_)), "malformed_header");
}

}  // namespace
}  // namespace sealbus::envelope
