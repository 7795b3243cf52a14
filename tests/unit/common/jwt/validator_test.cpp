#include "common/jwt/validator.hpp"

#include <functional>
#include <type_traits>

#include <gtest/gtest.h>

#include "tests/support/token_maker.hpp"

namespace sealbus::jwt {
namespace {

using base::Refusal;
using test::make_token;
using test::sign_input;
using test::signing_input;
using test::symmetric_key;

constexpr std::int64_t kNow = 1'767'225'600;  // 2026-01-01T00:00:00Z
constexpr std::string_view kClaims = R"({"sub":"user-123","exp":1767229200})";

static_assert(!std::is_default_constructible_v<VerifiedClaims>);
static_assert(
    !std::is_constructible_v<VerifiedClaims, json::Document, std::optional<base::WallTime>>,
    "only the validator makes verified claims");

class ValidatorTest : public testing::Test {
 protected:
  base::Result<VerifiedClaims> validate(std::string_view token, Trace* trace = nullptr) const {
    auto parsed = UnverifiedToken::parse(token, trace);
    if (!parsed) return tl::make_unexpected(parsed.error());
    const auto validator = Validator::make(policy_).value();
    return validator.validate(std::move(*parsed), KeySet::make(keys_).value(),
                              base::from_millis(kNow * 1'000), trace);
  }

  void expect_accepted(std::string_view token) const {
    const auto claims = validate(token);
    EXPECT_TRUE(claims) << token << ": " << claims.error().detail;
  }

  void expect_refused(std::string_view token, Refusal refusal) const {
    const auto claims = validate(token);
    ASSERT_FALSE(claims) << token;
    EXPECT_EQ(base::code(claims.error().refusal), base::code(refusal)) << token;
  }

  Policy policy_;
  std::vector<VerificationKey> keys_{symmetric_key()};
};

TEST_F(ValidatorTest, AcceptsATokenInWhichEverythingIsRight) {
  const auto claims = validate(make_token(
      R"({"sub":"user-123","exp":1767229200,"iss":"joe","jti":"t-1","permissions":["a:b"]})"));
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->subject(), "user-123");
  EXPECT_EQ(claims->issuer(), "joe");
  EXPECT_EQ(claims->token_id(), "t-1");
  EXPECT_EQ(claims->expires_at(), base::from_millis(1'767'229'200'000));
  EXPECT_EQ(claims->all().member("permissions")->kind(), json::Kind::array);
}

TEST_F(ValidatorTest, AcceptsEachHmacThatTheKeyAllows) {
  expect_accepted(make_token(kClaims, R"({"alg":"HS256"})", Algorithm::hs256));
  expect_accepted(make_token(kClaims, R"({"alg":"HS384"})", Algorithm::hs384));
  expect_accepted(make_token(kClaims, R"({"alg":"HS512"})", Algorithm::hs512));
}

TEST_F(ValidatorTest, FindsOnlyTheSubjectMissingInTheExampleOfRfc7515AppendixA1) {
  keys_ = {symmetric_key(base::as_text(
      base::from_base64url("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcg"
                           "UuTwjAzZr1Z9CAow")
          .value()))};
  Trace trace;
  const auto claims = validate(
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0"
      "dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
      &trace);
  ASSERT_FALSE(claims);
  EXPECT_EQ(claims.error().refusal, Refusal::missing_sub);
  EXPECT_EQ(claims.error().detail, "JWT missing required 'sub' claim");
  ASSERT_EQ(trace.checks().size(), 6U);
  EXPECT_EQ(trace.checks()[4].name, "signature");
  EXPECT_EQ(trace.checks()[4].outcome, Outcome::passed);
}

TEST_F(ValidatorTest, RefusesEveryAlgorithmThatNoKeyAllows) {
  for (const std::string_view alg : {"none", "None", "nOnE", "NONE", "none ", "", "RS256", "RS512",
                                     "PS256", "ES256", "EdDSA", "hs256", "HS256 ", "HS1", "dir"}) {
    const std::string header = "{\"alg\":\"" + std::string(alg) + "\"}";
    expect_refused(make_token(kClaims, header), Refusal::invalid_algorithm);
    // With the signature that such tokens come with: any, since none may be empty.
    expect_refused(signing_input(header, kClaims) + ".AAAA", Refusal::invalid_algorithm);
  }
}

TEST_F(ValidatorTest, RefusesAlgNoneWithAnEmptySignatureForItsForm) {
  const std::string input = signing_input(R"({"alg":"none"})", kClaims);
  expect_refused(input + ".", Refusal::malformed_token);
  expect_refused(input, Refusal::malformed_token);
}

TEST_F(ValidatorTest, SaysThatTheAlgorithmIsInvalid) {
  const auto claims = validate(make_token(kClaims, R"({"alg":"RS256"})"));
  ASSERT_FALSE(claims);
  EXPECT_EQ(claims.error().detail, "invalid algorithm");
}

TEST_F(ValidatorTest, TheKeyDecidesWhichHmacIsAllowedNotTheToken) {
  const VerificationKey key = symmetric_key(std::string(32, 'k'));
  keys_ = {key};
  expect_accepted(make_token(kClaims, R"({"alg":"HS256"})", Algorithm::hs256, key));
  expect_refused(make_token(kClaims, R"({"alg":"HS384"})", Algorithm::hs256, key),
                 Refusal::invalid_algorithm);
  expect_refused(make_token(kClaims, R"({"alg":"HS512"})", Algorithm::hs256, key),
                 Refusal::invalid_algorithm);
}

TEST_F(ValidatorTest, RefusesASignatureMadeWithAnotherAlgorithmThanTheHeaderNames) {
  expect_refused(make_token(kClaims, R"({"alg":"HS256"})", Algorithm::hs512),
                 Refusal::invalid_signature);
  expect_refused(make_token(kClaims, R"({"alg":"HS512"})", Algorithm::hs256),
                 Refusal::invalid_signature);
}

TEST_F(ValidatorTest, RefusesEveryFlippedBitOfTheSignature) {
  const std::string input = signing_input(test::kHs256Header, kClaims);
  base::Bytes signature = sign(Algorithm::hs256, symmetric_key(), base::as_bytes(input)).value();
  expect_accepted(input + "." + base::to_base64url(signature));
  for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
    const auto mask = static_cast<std::byte>(1U << (bit % 8));
    signature[bit / 8] ^= mask;
    expect_refused(input + "." + base::to_base64url(signature), Refusal::invalid_signature);
    signature[bit / 8] ^= mask;
  }
}

TEST_F(ValidatorTest, RefusesEveryShorterAndEveryLongerSignature) {
  const std::string input = signing_input(test::kHs256Header, kClaims);
  base::Bytes signature = sign(Algorithm::hs256, symmetric_key(), base::as_bytes(input)).value();
  for (std::size_t size = 1; size < signature.size(); ++size) {
    expect_refused(input + "." + base::to_base64url(base::ByteView(signature).first(size)),
                   Refusal::invalid_signature);
  }
  signature.push_back(std::byte{0});
  expect_refused(input + "." + base::to_base64url(signature), Refusal::invalid_signature);
}

TEST_F(ValidatorTest, RefusesEveryTruncationOfTheToken) {
  const std::string token = make_token(kClaims);
  expect_accepted(token);
  for (std::size_t size = 0; size < token.size(); ++size) {
    EXPECT_FALSE(validate(std::string_view(token).substr(0, size))) << size;
  }
}

TEST_F(ValidatorTest, RefusesEveryOtherByteInTheWholeToken) {
  const std::string token = make_token(kClaims);
  for (std::size_t at = 0; at < token.size(); ++at) {
    for (const char other : {'A', 'B', '.', '=', ' ', '\0', '\xff'}) {
      std::string changed = token;
      changed[at] = other;
      if (changed != token) {
        EXPECT_FALSE(validate(changed)) << at << " " << other;
      }
    }
  }
}

TEST_F(ValidatorTest, RefusesATokenOfAnotherSecret) {
  const auto other = symmetric_key("another secret of at least 32 bytes, which is not the one");
  const auto claims = validate(make_token(kClaims, test::kHs256Header, Algorithm::hs256, other));
  ASSERT_FALSE(claims);
  EXPECT_EQ(claims.error().refusal, Refusal::invalid_signature);
  EXPECT_EQ(claims.error().detail, "invalid signature");
}

TEST_F(ValidatorTest, RefusesTheSignatureOfOtherClaims) {
  const std::string good = make_token(kClaims);
  const std::string input = signing_input(test::kHs256Header, R"({"sub":"admin"})");
  expect_refused(input + good.substr(good.rfind('.')), Refusal::invalid_signature);
}

TEST_F(ValidatorTest, NeverUsesAKeyThatTheTokenBrings) {
  // {"kty":"oct","k":"AAAA…"} and a signature by that key.
  const VerificationKey brought = symmetric_key(std::string(32, '\0'));
  for (const std::string_view member :
       {R"("jwk":{"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})",
        R"("jku":"https://evil.example/keys")", R"("x5u":"https://evil.example/cert")",
        R"("x5c":["AAAA"])"}) {
    const std::string header = "{\"alg\":\"HS256\"," + std::string(member) + "}";
    expect_refused(make_token(kClaims, header, Algorithm::hs256, brought),
                   Refusal::invalid_signature);
    expect_accepted(make_token(kClaims, header));
  }
}

TEST_F(ValidatorTest, AKidChoosesTheKeyAndOnlyThatOne) {
  const VerificationKey a = symmetric_key(std::string(32, 'a'), "a");
  const VerificationKey b = symmetric_key(std::string(32, 'b'), "b");
  keys_ = {a, b};
  const std::string_view header = R"({"alg":"HS256","kid":"b"})";
  expect_accepted(make_token(kClaims, header, Algorithm::hs256, b));
  expect_refused(make_token(kClaims, header, Algorithm::hs256, a), Refusal::invalid_signature);
}

TEST_F(ValidatorTest, AKidThatNoKeyHasIsUnknownWhateverItSays) {
  keys_ = {symmetric_key(test::kSecretText, "a")};
  for (const std::string_view kid :
       {"b", "../../../dev/null", "/proc/self/environ", "a' UNION SELECT 'x", "a;id", "A"}) {
    expect_refused(make_token(kClaims, "{\"alg\":\"HS256\",\"kid\":\"" + std::string(kid) + "\"}"),
                   Refusal::unknown_key);
  }
}

TEST_F(ValidatorTest, ATokenWithoutAKidIsUnknownWhereTwoKeysWouldFit) {
  keys_ = {symmetric_key(test::kSecretText, "a"), symmetric_key(std::string(32, 'b'), "b")};
  const auto claims = validate(make_token(kClaims));
  ASSERT_FALSE(claims);
  EXPECT_EQ(claims.error().refusal, Refusal::unknown_key);
  EXPECT_EQ(claims.error().detail, "no key for this kid");
}

TEST_F(ValidatorTest, LooksAtTheAlgorithmBeforeTheKeyAndTheSignatureBeforeTheClaims) {
  keys_ = {symmetric_key(test::kSecretText, "a")};
  expect_refused(make_token("{}", R"({"alg":"none","kid":"b"})"), Refusal::invalid_algorithm);
  expect_refused(make_token("{}", R"({"alg":"HS256","kid":"b"})"), Refusal::unknown_key);
  expect_refused(signing_input(R"({"alg":"HS256","kid":"a"})", "{}") + ".AAAA",
                 Refusal::invalid_signature);
  expect_refused(make_token("{}", R"({"alg":"HS256","kid":"a"})"), Refusal::missing_sub);
}

TEST_F(ValidatorTest, ClaimsStayReadableWhenTheyAreMoved) {
  auto claims = validate(make_token(kClaims));
  ASSERT_TRUE(claims);
  const VerifiedClaims moved = std::move(*claims);
  EXPECT_EQ(moved.subject(), "user-123");
}

TEST(Validator, AClockSkewOfMoreThan300SecondsOrLessThanNoneIsAnError) {
  const auto with_skew = [](int millis) {
    Policy policy;
    policy.clock_skew = std::chrono::milliseconds(millis);
    return Validator::make(policy).has_value();
  };
  EXPECT_TRUE(with_skew(0));
  EXPECT_TRUE(with_skew(300'000));
  EXPECT_FALSE(with_skew(300'001));
  EXPECT_FALSE(with_skew(-1));
}

TEST_F(ValidatorTest, ATraceHasEveryCheckOfAnAcceptedTokenInOrder) {
  Trace trace;
  ASSERT_TRUE(validate(make_token(kClaims), &trace));
  ASSERT_EQ(trace.checks().size(), kChecks.size());
  for (std::size_t i = 0; i < kChecks.size(); ++i) {
    EXPECT_EQ(trace.checks()[i].name, kChecks[i]);
    EXPECT_NE(trace.checks()[i].outcome, Outcome::failed) << kChecks[i];
  }
}

TEST_F(ValidatorTest, ATraceEndsAtTheFirstFailureAndTheRestCanBeNotedAsSkipped) {
  Trace trace;
  ASSERT_FALSE(validate(make_token(R"({"sub":"u","exp":1})"), &trace));
  const Check& last = trace.checks().back();
  EXPECT_EQ(last.name, "exp");
  EXPECT_EQ(last.outcome, Outcome::failed);
  EXPECT_EQ(last.expected, "later than 2026-01-01T00:00:00Z (30000 ms of clock skew allowed)");
  EXPECT_EQ(last.found, "1970-01-01T00:00:01Z");
  trace.skip_missing(kChecks);
  ASSERT_EQ(trace.checks().size(), kChecks.size());
  EXPECT_EQ(trace.checks().back().name, "jti");
  EXPECT_EQ(trace.checks().back().outcome, Outcome::skipped);
}

TEST_F(ValidatorTest, ATraceHoldsNeitherTheTokenNorTheSubjectNorOtherClaims) {
  policy_.issuer = "someone";
  for (const std::string_view claims :
       {R"({"sub":"secret-subject","exp":1767229200,"x":"secret-x","jti":"secret-j","iss":"joe"})",
        R"({"sub":["secret-subject"]})", R"({"sub":"secret-subject","exp":"secret-e"})",
        R"({"sub":"u","exp":1767229200,"nbf":"secret-n"})",
        R"({"sub":"u","exp":1767229200,"aud":{"secret-a":1}})"}) {
    Trace trace;
    const std::string token = make_token(claims);
    EXPECT_FALSE(validate(token, &trace));
    for (const Check& check : trace.checks()) {
      const std::string text = check.expected + check.found;
      EXPECT_EQ(text.find("secret"), text.npos) << check.name << ": " << text;
      EXPECT_EQ(text.find(token.substr(token.rfind('.') + 1)), text.npos) << check.name;
    }
  }
}

TEST_F(ValidatorTest, ATraceShowsTextFromTheTokenEscapedAndCut) {
  policy_.issuer = "joe";
  Trace trace;
  const std::string issuer = "evil\\u001f" + std::string(500, 'x');
  EXPECT_FALSE(
      validate(make_token(R"({"sub":"u","exp":1767229200,"iss":")" + issuer + "\"}"), &trace));
  for (const Check& check : trace.checks()) {
    EXPECT_EQ(check.found.find('\x1f'), std::string::npos);
    EXPECT_LT(check.found.size(), 300U);
  }
}

}  // namespace
}  // namespace sealbus::jwt
