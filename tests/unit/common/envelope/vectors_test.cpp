// The files of tests/vectors/envelope, which the second implementation of FORMAT.md made.

#include <gtest/gtest.h>

#include "common/envelope/proof.hpp"
#include "tests/support/envelope_vectors.hpp"

namespace sealbus::envelope {
namespace {

using test::EnvelopeCase;
using test::Side;

// Gives out one nonce, and zeros for everything else.
class OneNonce final : public base::Random {
 public:
  explicit OneNonce(const Nonce& nonce) : nonce_(nonce) {}
  void fill(std::span<std::byte> out) override {
    const bool is_nonce = out.size() == nonce_.size();
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = is_nonce ? nonce_[i] : std::byte{0};
  }

 private:
  Nonce nonce_;
};

std::string code_of(const base::Failure& failure) {
  return std::string(base::code(failure.refusal));
}

// The reason for which a handshake message is refused; empty if it is accepted.
std::string refusal_of_hello(const EnvelopeCase& on, const FrameViews& frames, const Seal& seal) {
  const test::ManualClock clock(on.now);
  OneNonce random(on.parties.ingress_nonce);
  for (const auto& key : on.keys) {
    if (key->id() != seal.key_id) continue;
    const auto answer =
        answer_hello(frames, *key, {.instance = on.parties.ingress}, clock, random, on.limits);
    if (!answer) return code_of(answer.error());
    return answer->session ? "" : "clock_skew";
  }
  return "unknown_key";
}

std::string refusal_of_welcome(const EnvelopeCase& on, const FrameViews& frames) {
  const test::ManualClock clock(on.now);
  OneNonce random(on.parties.sidecar_nonce);
  const ClientHandshake waiting(on.keys.front(), {.instance = on.parties.sidecar}, clock, random);
  const auto session = waiting.finish(frames, on.limits);
  return session ? "" : code_of(session.error());
}

void expect_opened(const EnvelopeCase& on, const Header& header, base::ByteView payload) {
  EXPECT_EQ(test::shown_header(header), on.header);
  EXPECT_EQ(base::to_hex(payload), on.payload);
}

void expect_handshake(const EnvelopeCase& on, const FrameViews& frames, const Seal& seal) {
  const std::string refusal = seal.purpose == Purpose::hello ? refusal_of_hello(on, frames, seal)
                                                             : refusal_of_welcome(on, frames);
  EXPECT_EQ(refusal, on.reason);
  Header header;
  if (on.reason.empty() && decode_header(frames.header, header)) {
    expect_opened(on, header, frames.payload);
  }
}

// Checks 1 to 7; what check 8 refuses is accepted here.
void expect_traffic(const EnvelopeCase& on, const FrameViews& frames) {
  Verifier verifier = test::verifier_of(on);
  const auto opened = verifier.open(frames, on.now, on.limits);
  const bool later = std::uint64_t(on.raw["check"]) == 8;
  EXPECT_EQ(opened ? "" : code_of(opened.error().failure), later ? "" : on.reason);
  if (opened && on.reason.empty()) expect_opened(on, opened->header(), opened->payload());
  if (!opened) {
    EXPECT_EQ(opened.error().answers.has_value(), on.reason == "expired");
  }
}

void expect_outcome(const EnvelopeCase& on) {
  SCOPED_TRACE(on.name);
  if (on.frames.size() != kFrames) {
    EXPECT_EQ(on.reason, "bad_size");  // whoever receives them counts them
    return;
  }
  const FrameViews frames{on.frames[0], on.frames[1], on.frames[2]};
  const Purpose receives = on.receiver == Side::ingress ? Purpose::up : Purpose::down;
  const auto seal = inspect(frames, receives, on.limits);
  if (!seal) {
    EXPECT_EQ(code_of(seal.error()), on.reason);
  } else if (seal->purpose == receives) {
    expect_traffic(on, frames);
  } else {
    expect_handshake(on, frames, *seal);
  }
}

class EnvelopeVectors : public testing::TestWithParam<std::string> {};

TEST_P(EnvelopeVectors, EndAsTheFileSays) {
  const test::VectorFile file("envelope/" + GetParam() + ".json");
  const auto defaults = file.list("defaults").front();
  for (const auto raw : file.list("cases")) expect_outcome(test::envelope_case(raw, defaults));
}

INSTANTIATE_TEST_SUITE_P(Checks, EnvelopeVectors,
                         testing::Values("accept", "check1", "check2", "check3", "check4", "check5",
                                         "check6", "check7", "check8"),
                         [](const auto& suite) { return suite.param; });

TEST(KeyVectors, AreDerivedAsTheFileSays) {
  const test::VectorFile file("envelope/keys.json");
  for (const auto raw : file.list("derived")) {
    const auto root = RootKey::parse(test::text_of(raw, "root")).value();
    const ServiceKey key = root.derive(test::text_of(raw, "service"));
    const SessionParties parties = test::parties_of(raw);
    const auto hex = [](const base::Secret& secret) { return base::to_hex(secret.reveal()); };
    const auto expected = [&](std::string_view name) { return test::text_of(raw, name); };
    EXPECT_EQ(root.text(), expected("root"));
    EXPECT_EQ(key.text(), expected("serviceKey"));
    EXPECT_EQ(base::to_hex(key.id()), expected("keyId"));
    EXPECT_EQ(hex(key.handshake_key(Purpose::hello)), expected("kUp"));
    EXPECT_EQ(hex(key.handshake_key(Purpose::welcome)), expected("kDown"));
    EXPECT_EQ(hex(root.proof_key()), expected("kProof"));
    EXPECT_EQ(base::to_hex(root.curve_public_key()), expected("curvePublicIngress"));
    EXPECT_EQ(base::to_hex(key.curve_public_key()), expected("curvePublicSidecar"));
    EXPECT_EQ(base::to_hex(key.ingress_public_key()), expected("curvePublicIngress"));
    EXPECT_EQ(hex(traffic_key(key, parties, Purpose::up)), expected("tUp"));
    EXPECT_EQ(hex(traffic_key(key, parties, Purpose::down)), expected("tDown"));
    EXPECT_EQ(base::to_hex(session_id(key, parties)), expected("sessionId"));
  }
}

TEST(KeyVectors, TextsAreKeysOrNone) {
  const test::VectorFile file("envelope/keys.json");
  for (const auto raw : file.list("texts")) {
    SCOPED_TRACE(test::text_of(raw, "name"));
    const std::string service = test::text_or_empty(raw, "service");
    if (service.empty()) {
      EXPECT_TRUE(RootKey::parse(test::text_of(raw, "text")));
      continue;
    }
    const auto key = ServiceKey::parse(test::text_of(raw, "text"));
    ASSERT_TRUE(key);
    EXPECT_EQ(key->service(), service);
  }
  for (const auto raw : file.list("noKeys")) {
    SCOPED_TRACE(test::text_of(raw, "name"));
    EXPECT_FALSE(ServiceKey::parse(test::text_of(raw, "text")));
    EXPECT_FALSE(RootKey::parse(test::text_of(raw, "text")));
  }
}

TEST(ProofVectors, EndAsTheFileSays) {
  const test::VectorFile file("envelope/proof.json");
  for (const auto raw : file.list("cases")) {
    SCOPED_TRACE(test::text_of(raw, "name"));
    HmacSha256 mac(RootKey::parse(test::text_of(raw, "rootKey")).value().proof_key());
    const auto result = verify_proof(
        mac, test::unhex(test::text_of(raw, "proof")), test::text_of(raw, "service"),
        {test::array_of<16>(test::text_of(raw, "message"))},
        test::unhex(test::text_of(raw, "auth")), base::from_millis(std::int64_t(raw["now"])));
    EXPECT_EQ(result ? "" : code_of(result.error()), test::text_or_empty(raw, "reason"));
    if (result) {
      EXPECT_EQ(base::to_millis(*result), std::int64_t(raw["expiry"]));
    }
  }
}

}  // namespace
}  // namespace sealbus::envelope
