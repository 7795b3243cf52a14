#include "common/jwt/claim_checks.hpp"

#include <string>

#include <gtest/gtest.h>

namespace sealbus::jwt {
namespace {

using base::Refusal;
using std::chrono::milliseconds;

constexpr std::int64_t kNow = 1'767'225'600'000;  // 2026-01-01T00:00:00Z
constexpr std::string_view kLastSecond = "253402300799";

class ClaimChecksTest : public testing::Test {
 protected:
  ClaimChecksTest() { policy_.exp = Expiry::optional; }

  base::Result<std::optional<base::WallTime>> check(std::string_view claims) const {
    const auto document = json::parse(base::as_bytes(claims)).value();
    return ClaimChecks(policy_, document.root(), base::from_millis(now_), nullptr).run();
  }

  // A good set of claims with one more.
  static std::string with(std::string_view name, std::string_view value) {
    return R"({"sub":"user-123",")" + std::string(name) + "\":" + std::string(value) + "}";
  }

  void expect_accepted(std::string_view claims) const {
    const auto checked = check(claims);
    EXPECT_TRUE(checked) << claims << ": " << checked.error().detail;
  }
  void expect_refused(std::string_view claims, Refusal refusal,
                      std::string_view detail = {}) const {
    const auto checked = check(claims);
    ASSERT_FALSE(checked) << claims;
    EXPECT_EQ(base::code(checked.error().refusal), base::code(refusal)) << claims;
    if (!detail.empty()) {
      EXPECT_EQ(checked.error().detail, detail) << claims;
    }
  }

  Policy policy_;
  std::int64_t now_ = kNow;
};

// sub

TEST_F(ClaimChecksTest, ASubjectIsRequiredAndMayNotBeEmpty) {
  expect_accepted(R"({"sub":"auth0|123456789"})");
  expect_refused("{}", Refusal::missing_sub, "JWT missing required 'sub' claim");
  expect_refused(R"({"sub":""})", Refusal::missing_sub);
  expect_refused(R"({"Sub":"user-123"})", Refusal::missing_sub);
}

TEST_F(ClaimChecksTest, ASubjectOfAnotherTypeIsInvalid) {
  for (const std::string_view value : {"1", "null", "true", "[\"u\"]", "{\"u\":1}"}) {
    expect_refused("{\"sub\":" + std::string(value) + "}", Refusal::invalid_claim,
                   "JWT claim 'sub' must be a string of at most 256 bytes without control bytes");
  }
}

TEST_F(ClaimChecksTest, ASubjectHasAtMost256BytesAndNoControlCharacters) {
  expect_accepted("{\"sub\":\"" + std::string(256, 'u') + "\"}");
  expect_refused("{\"sub\":\"" + std::string(257, 'u') + "\"}", Refusal::invalid_claim);
  for (const std::string_view control : {"\\u0000", "\\n", "\\u001b", "\\u007f", "\\u0085"}) {
    expect_refused("{\"sub\":\"u" + std::string(control) + "\"}", Refusal::invalid_claim);
  }
  expect_accepted("{\"sub\":\"\\u00e9\\u00a0\"}");
}

// exp

TEST_F(ClaimChecksTest, ATokenExpiresExactlyWhenTheSkewIsUsedUp) {
  policy_.clock_skew = milliseconds(30'000);
  expect_accepted(with("exp", "1767225571"));  // 29 s ago
  expect_refused(with("exp", "1767225570"), Refusal::token_expired, "jwt expired");
  now_ = kNow - 1;
  expect_accepted(with("exp", "1767225570"));
}

TEST_F(ClaimChecksTest, WithoutSkewATokenExpiresAtItsVerySecond) {
  policy_.clock_skew = milliseconds(0);
  expect_refused(with("exp", "1767225600"), Refusal::token_expired);
  now_ = kNow - 1;
  expect_accepted(with("exp", "1767225600"));
}

TEST_F(ClaimChecksTest, AFractionOfASecondCounts) {
  policy_.clock_skew = milliseconds(0);
  expect_accepted(with("exp", "1767225600.5"));
  now_ = kNow + 499;
  expect_accepted(with("exp", "1767225600.5"));
  now_ = kNow + 500;
  expect_refused(with("exp", "1767225600.5"), Refusal::token_expired);
}

TEST_F(ClaimChecksTest, SaysWhenATokenExpires) {
  EXPECT_EQ(check(with("exp", "1767229200")).value(), base::from_millis(1'767'229'200'000));
  EXPECT_EQ(check(with("exp", "1767229200.25")).value(), base::from_millis(1'767'229'200'250));
  EXPECT_EQ(check(with("exp", "1.7672292e9")).value(), base::from_millis(1'767'229'200'000));
  EXPECT_EQ(check(R"({"sub":"u"})").value(), std::nullopt);
}

TEST_F(ClaimChecksTest, AnExpiryIsMissingOnlyWhereItIsRequired) {
  expect_accepted(R"({"sub":"u"})");
  policy_.exp = Expiry::required;
  expect_refused(R"({"sub":"u"})", Refusal::missing_exp, "JWT missing required 'exp' claim");
  expect_accepted(R"({"sub":"u","exp":1767229200})");
}

TEST_F(ClaimChecksTest, TheLastSecondOfTheYear9999IsTheLastDate) {
  expect_accepted(with("exp", kLastSecond));
  expect_refused(with("exp", "253402300800"), Refusal::invalid_claim);
  expect_refused(with("exp", "253402300799.5"), Refusal::invalid_claim);
}

TEST_F(ClaimChecksTest, ADateOfTheWrongTypeOrOutOfRangeIsInvalidAndNamed) {
  for (const std::string_view name : {"exp", "nbf", "iat"}) {
    for (const std::string_view value :
         {"\"1767229200\"", "\"\"", "null", "true", "[]", "[1767229200]", "{}", "-1", "-0.5",
          "-9223372036854775808", "9223372036854775807", "18446744073709551615", "1e300",
          "253402300800"}) {
      expect_refused(with(name, value), Refusal::invalid_claim,
                     "JWT claim '" + std::string(name) +
                         "' must be a number of seconds from 0 to 253402300799");
    }
  }
}

TEST_F(ClaimChecksTest, ZeroIsADateLongPast) {
  expect_refused(with("exp", "0"), Refusal::token_expired);
  expect_accepted(with("nbf", "0"));
  expect_accepted(with("iat", "-0"));
}

// nbf, iat

TEST_F(ClaimChecksTest, ATokenIsActiveExactlyFromTheSkewBeforeItsStart) {
  for (const std::string_view name : {"nbf", "iat"}) {
    now_ = kNow;
    expect_accepted(with(name, "1767225630"));  // in 30 s
    expect_refused(with(name, "1767225631"), Refusal::token_not_active, "jwt not active");
    now_ = kNow - 1;
    expect_refused(with(name, "1767225630"), Refusal::token_not_active);
  }
}

TEST_F(ClaimChecksTest, WithoutSkewATokenIsActiveFromItsVerySecond) {
  policy_.clock_skew = milliseconds(0);
  expect_accepted(with("nbf", "1767225600"));
  expect_refused(with("nbf", "1767225600.001"), Refusal::token_not_active);
}

// iss

TEST_F(ClaimChecksTest, TheIssuerMustBeExactlyTheConfiguredOne) {
  policy_.issuer = "https://kc.example/realms/x";
  expect_accepted(with("iss", "\"https://kc.example/realms/x\""));
  expect_refused(R"({"sub":"u"})", Refusal::invalid_issuer, "jwt issuer invalid");
  for (const std::string_view other :
       {"https://kc.example/realms/x/", "https://kc.example/realms/", "https://KC.example/realms/x",
        "http://kc.example/realms/x"}) {
    expect_refused(with("iss", "\"" + std::string(other) + "\""), Refusal::invalid_issuer);
  }
}

TEST_F(ClaimChecksTest, AnyIssuerWillDoWhereNoneIsConfigured) {
  expect_accepted(with("iss", "\"anybody\""));
}

TEST_F(ClaimChecksTest, AnIssuerThatIsNoPlainStringIsInvalidAlsoWhereNoneIsConfigured) {
  for (const std::string& issuer : {std::string(), std::string("joe")}) {
    policy_.issuer = issuer;
    for (const std::string& value :
         {std::string("1"), std::string("null"), std::string("[\"joe\"]"), std::string("\"\""),
          std::string("\"a\\nb\""), "\"" + std::string(1'025, 'i') + "\""}) {
      expect_refused(with("iss", value), Refusal::invalid_claim);
    }
  }
}

// aud

TEST_F(ClaimChecksTest, OneOfTheConfiguredAudiencesMustBeThere) {
  policy_.audiences = {"api", "other"};
  for (const std::string_view good : {R"("api")", R"("other")", R"(["x","api"])", R"(["api"])"}) {
    expect_accepted(with("aud", good));
  }
  for (const std::string_view bad : {R"("API")", R"("ap")", R"("api ")", R"("")", R"([])",
                                     R"(["x"])", R"("api,other")", R"(["api other"])"}) {
    expect_refused(with("aud", bad), Refusal::invalid_audience, "jwt audience invalid");
  }
  expect_refused(R"({"sub":"u"})", Refusal::invalid_audience);
}

TEST_F(ClaimChecksTest, AnAudienceOfTheWrongTypeIsInvalidAlsoWhereNoneIsConfigured) {
  for (const bool configured : {false, true}) {
    policy_.audiences.clear();
    if (configured) policy_.audiences.emplace_back("api");
    for (const std::string_view value :
         {"1", "null", "{\"api\":1}", "[\"api\",1]", "[[\"api\"]]", "[null]"}) {
      expect_refused(with("aud", value), Refusal::invalid_claim,
                     "JWT claim 'aud' must be a string or an array of strings");
    }
  }
}

// jti

TEST_F(ClaimChecksTest, ATokenIdMustBeAPlainString) {
  expect_accepted(with("jti", "\"" + std::string(256, 'j') + "\""));
  for (const std::string& value :
       {std::string("1"), std::string("null"), std::string("\"\""), std::string("\"a\\u0000\""),
        "\"" + std::string(257, 'j') + "\""}) {
    expect_refused(with("jti", value), Refusal::invalid_claim);
  }
}

TEST_F(ClaimChecksTest, TheFirstFailureInTheWrittenOrderDecides) {
  policy_.issuer = "joe";
  policy_.audiences = {"api"};
  expect_refused(R"({"exp":1,"iss":"x"})", Refusal::missing_sub);
  expect_refused(R"({"sub":"u","exp":1,"nbf":9999999999})", Refusal::token_expired);
  expect_refused(R"({"sub":"u","nbf":9999999999,"iss":"x"})", Refusal::token_not_active);
  expect_refused(R"({"sub":"u","iss":"x","aud":"x"})", Refusal::invalid_issuer);
  expect_refused(R"({"sub":"u","iss":"joe","aud":"x","jti":1})", Refusal::invalid_audience);
  expect_refused(R"({"sub":"u","iss":"joe","aud":"api","jti":1})", Refusal::invalid_claim);
  expect_accepted(R"({"sub":"u","iss":"joe","aud":"api","jti":"1"})");
}

TEST_F(ClaimChecksTest, NoRefusalHoldsTextOfTheClaims) {
  policy_.issuer = "joe";
  for (const std::string_view name : {"sub", "exp", "nbf", "iat", "iss", "aud", "jti"}) {
    for (const std::string_view value :
         {R"(["secret",1])", R"({"secret":1})", R"("secret\u0000")"}) {
      const std::string other = name == "sub" ? "" : R"("sub":"u",)";
      const auto checked =
          check("{" + other + "\"" + std::string(name) + "\":" + std::string(value) + "}");
      ASSERT_FALSE(checked) << name;
      EXPECT_EQ(checked.error().detail.find("secret"), std::string::npos) << name;
    }
  }
}

}  // namespace
}  // namespace sealbus::jwt
