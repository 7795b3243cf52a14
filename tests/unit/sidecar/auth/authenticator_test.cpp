#include "sidecar/auth/authenticator.hpp"

#include <array>
#include <thread>
#include <type_traits>

#include <gtest/gtest.h>

#include "tests/support/manual_clock.hpp"
#include "tests/support/token_maker.hpp"

namespace sealbus::auth {
namespace {

using base::Refusal;
using identity::Identity;
using identity::Method;
using identity::Wildcards;
using settings::ProviderConfig;
using test::make_token;
using Headers = std::vector<HeaderField>;

constexpr std::string_view kClaims =
    R"({"sub":"user-123","exp":1767229200,"permissions":["users:create"]})";
constexpr std::string_view kOtherSecret = "another secret of at least 32 bytes, not the usual one";

static_assert(!std::is_constructible_v<Identity, identity::AuthContext>);

ProviderConfig provider(std::string issuer = {}, std::string_view secret = test::kSecretText) {
  ProviderConfig config;
  config.issuer = std::move(issuer);
  config.secret = test::shared_secret(secret);
  config.secret_origin = "JWT_SECRET";
  return config;
}

class AuthenticatorTest : public testing::Test {
 protected:
  base::Result<Identity> authenticate(const Headers& headers) const {
    return Authenticator::make(config_, clock_).value().authenticate(headers);
  }
  base::Result<Identity> with_token(std::string_view claims) const {
    const std::string value = "Bearer " + make_token(claims);
    return authenticate({{"Authorization", value}});
  }

  void expect_refused(const Headers& headers, Refusal refusal) const {
    const auto identity = authenticate(headers);
    ASSERT_FALSE(identity);
    EXPECT_EQ(base::code(identity.error().refusal), base::code(refusal));
  }

  void only_tokens() {
    config_.development = false;
    config_.providers = {provider()};
  }
  void only_development() {
    config_.development = true;
    config_.providers.clear();
  }
  void both() {
    config_.development = true;
    config_.providers = {provider()};
  }

  test::ManualClock clock_;
  settings::AuthConfig config_;
  const std::string good_ = "Bearer " + make_token(kClaims);
  const std::string bad_ =
      "Bearer " + make_token(kClaims, test::kHs256Header, jwt::Algorithm::hs256,
                             test::symmetric_key(kOtherSecret));
};

// Modes

TEST_F(AuthenticatorTest, NoModeAtAllIsAnErrorThatNamesTheSettings) {
  const auto made = Authenticator::make(config_, clock_);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("JWT_SECRET"), std::string::npos);
  EXPECT_NE(made.error().message.find("DEVELOPMENT_AUTH_ENABLED"), std::string::npos);
}

TEST_F(AuthenticatorTest, ASecretOf31BytesIsAnErrorThatNamesItsOrigin) {
  config_.providers = {provider({}, std::string(31, 's'))};
  const auto made = Authenticator::make(config_, clock_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message, "JWT_SECRET: the secret has 31 bytes; at least 32 are needed");
}

TEST_F(AuthenticatorTest, AMissingSecretAndASkewOutOfRangeAreErrors) {
  config_.providers = {ProviderConfig{}};
  EXPECT_FALSE(Authenticator::make(config_, clock_));
  only_tokens();
  config_.clock_skew = std::chrono::milliseconds(300'001);
  EXPECT_FALSE(Authenticator::make(config_, clock_));
}

TEST_F(AuthenticatorTest, WithoutCredentialsAuthenticationIsRequiredInEveryMode) {
  only_tokens();
  expect_refused({{"Host", "x"}}, Refusal::authentication_required);
  only_development();
  expect_refused({}, Refusal::authentication_required);
  both();
  expect_refused({}, Refusal::authentication_required);
}

// Tokens

TEST_F(AuthenticatorTest, ATokenMakesAnIdentityWithAllThatItSays) {
  only_tokens();
  config_.providers[0].claims = {"email", "admin", "age", "address", "absent"};
  clock_.advance(std::chrono::milliseconds(7));
  const auto identity = with_token(
      R"({"sub":"user-123","iss":"joe","jti":"t-1","exp":1767229200,"permissions":["a:b","c:d"],
          "email":"u@example.com","admin":true,"age":7,"address":{"x":1},"other":"o"})");
  ASSERT_TRUE(identity);
  identity::AuthContext expected;
  expected.user_id = "user-123";
  expected.permissions = {"a:b", "c:d"};
  expected.method = Method::jwt;
  expected.issuer = "joe";
  expected.token_id = "t-1";
  expected.authenticated_at = base::from_millis(1'767'225'600'007);
  expected.expires_at = base::from_millis(1'767'229'200'000);
  expected.permissions_source = "permissions";
  expected.claims = {{"email", "u@example.com"}, {"admin", "true"}, {"age", "7"}};
  EXPECT_EQ(identity->context(), expected);
}

TEST_F(AuthenticatorTest, EachFormatOfPermissionsIsRecognised) {
  only_tokens();
  EXPECT_EQ(with_token(R"({"sub":"u","permissions":["a:b"]})")->context().permissions_source,
            "permissions");
  EXPECT_EQ(
      with_token(R"({"sub":"u","https://a.b/permissions":["a:b"]})")->context().permissions_source,
      "https://a.b/permissions");
  EXPECT_EQ(with_token(R"({"sub":"u","scope":"a:b"})")->context().permissions_source, "scope");
  EXPECT_EQ(with_token(R"({"sub":"u"})")->context().permissions_source, "");
}

TEST_F(AuthenticatorTest, WildcardsInATokenCountOnlyWhereTheProviderSaysSo) {
  only_tokens();
  EXPECT_EQ(with_token(R"({"sub":"u","permissions":["*"]})")->context().wildcards, Wildcards::off);
  config_.providers[0].permissions.wildcards = true;
  EXPECT_EQ(with_token(R"({"sub":"u","permissions":["*"]})")->context().wildcards, Wildcards::on);
}

TEST_F(AuthenticatorTest, TheProvidersSettingsReachTheValidator) {
  only_tokens();
  ProviderConfig& one = config_.providers[0];
  EXPECT_TRUE(with_token(R"({"sub":"u"})"));
  one.require_exp = true;
  EXPECT_EQ(with_token(R"({"sub":"u"})").error().refusal, Refusal::missing_exp);
  one.require_exp = false;
  one.audience = {"api"};
  EXPECT_EQ(with_token(R"({"sub":"u","aud":"x"})").error().refusal, Refusal::invalid_audience);
  one.issuer = "joe";
  EXPECT_EQ(with_token(R"({"sub":"u","iss":"x"})").error().refusal, Refusal::invalid_issuer);
  EXPECT_TRUE(with_token(R"({"sub":"u","iss":"joe","aud":["api"]})"));
  config_.clock_skew = std::chrono::milliseconds(0);
  EXPECT_EQ(with_token(R"({"sub":"u","exp":1767225599})").error().refusal, Refusal::token_expired);
  config_.clock_skew = std::chrono::milliseconds(2'000);
  EXPECT_TRUE(with_token(R"({"sub":"u","exp":1767225599,"iss":"joe","aud":"api"})"));
}

TEST_F(AuthenticatorTest, AClaimToHandOnThatIsTooLongIsARefusal) {
  only_tokens();
  config_.providers[0].claims = {"name"};
  const auto named = [&](std::size_t size) {
    return with_token(R"({"sub":"u","name":")" + std::string(size, 'n') + "\"}");
  };
  EXPECT_TRUE(named(1'024));
  EXPECT_EQ(named(1'025).error().refusal, Refusal::invalid_claim);
}

TEST_F(AuthenticatorTest, MoreClaimsThanAMessageCarriesAreAnError) {
  only_tokens();
  config_.providers[0].claims.assign(33, "c");
  EXPECT_FALSE(Authenticator::make(config_, clock_));
  config_.providers[0].claims = {std::string(65, 'c')};
  EXPECT_FALSE(Authenticator::make(config_, clock_));
}

TEST_F(AuthenticatorTest, ABadTokenIsRefusedForWhatIsWrongWithIt) {
  only_tokens();
  expect_refused({{"Authorization", bad_}}, Refusal::invalid_signature);
  expect_refused({{"Authorization", "Bearer a.b.c"}}, Refusal::malformed_token);
  const std::string rs256 = "Bearer " + make_token(kClaims, R"({"alg":"RS256"})");
  expect_refused({{"Authorization", rs256}}, Refusal::invalid_algorithm);
  EXPECT_EQ(with_token(R"({"email":"e"})").error().detail, "JWT missing required 'sub' claim");
  EXPECT_EQ(with_token(R"({"sub":"u","exp":1})").error().detail, "jwt expired");
  EXPECT_EQ(with_token(R"({"sub":"u","permissions":"x"})").error().refusal, Refusal::invalid_claim);
}

TEST_F(AuthenticatorTest, WhiteSpaceOrACommaAroundATokenIsMalformed) {
  only_tokens();
  const std::string token = make_token(kClaims);
  for (const std::string& value :
       {"Bearer  " + token, "Bearer\t" + token, "Bearer " + token + ", Bearer " + token,
        "Bearer " + token + " x", std::string("Bearer"), std::string("Bearer ")}) {
    expect_refused({{"Authorization", value}}, Refusal::malformed_token);
  }
}

TEST_F(AuthenticatorTest, AnotherSchemeIsNoCredential) {
  both();
  expect_refused({{"Authorization", "Basic dTpw"}}, Refusal::authentication_required);
  expect_refused({{"Authorization", ""}}, Refusal::authentication_required);
  only_development();
  expect_refused({{"Authorization", "Basic dTpw"}}, Refusal::authentication_required);
}

TEST_F(AuthenticatorTest, ATokenWhereNoProviderIsConfiguredSaysSo) {
  only_development();
  const auto identity = authenticate({{"Authorization", good_}});
  ASSERT_FALSE(identity);
  EXPECT_EQ(identity.error().refusal, Refusal::token_auth_disabled);
  EXPECT_EQ(identity.error().detail, "Neither JWT_SECRET nor JWKS_URI is set");
  expect_refused({{"Authorization", "Bearer"}}, Refusal::token_auth_disabled);
}

// Development

TEST_F(AuthenticatorTest, DevelopmentHeadersMakeAnIdentityWithWildcards) {
  only_development();
  const auto identity = authenticate(
      {{"X-Dev-User-Id", "test-user"}, {"X-Dev-Permissions", "users:create, users:read"}});
  ASSERT_TRUE(identity);
  identity::AuthContext expected;
  expected.user_id = "test-user";
  expected.permissions = {"users:create", "users:read"};
  expected.wildcards = Wildcards::on;
  expected.method = Method::development;
  expected.authenticated_at = clock_.wall();
  expected.permissions_source = "X-Dev-Permissions";
  EXPECT_EQ(identity->context(), expected);
}

TEST_F(AuthenticatorTest, DevelopmentWithoutPermissionsHasNone) {
  only_development();
  const auto identity = authenticate({{"X-Dev-User-Id", "test-user"}});
  ASSERT_TRUE(identity);
  EXPECT_TRUE(identity->context().permissions.empty());
  EXPECT_EQ(identity->context().permissions_source, "");
}

TEST_F(AuthenticatorTest, DevelopmentHeadersAreRefusedByNameWhenTheModeIsOff) {
  only_tokens();
  const auto identity = authenticate({{"X-Dev-User-Id", "u"}, {"X-Dev-Permissions", "*"}});
  ASSERT_FALSE(identity);
  EXPECT_EQ(identity.error().refusal, Refusal::development_disabled);
  EXPECT_EQ(identity.error().detail,
            "development headers sent, DEVELOPMENT_AUTH_ENABLED is not true");
  expect_refused({{"X-Dev-Permissions", "*"}}, Refusal::development_disabled);
}

TEST_F(AuthenticatorTest, DevelopmentPermissionsAloneAreNoCredential) {
  only_development();
  expect_refused({{"X-Dev-Permissions", "*"}}, Refusal::authentication_required);
}

TEST_F(AuthenticatorTest, UnusableDevelopmentHeadersAreABadRequest) {
  only_development();
  expect_refused({{"X-Dev-User-Id", ""}}, Refusal::bad_request);
  expect_refused({{"X-Dev-User-Id", "a\x1b[2J"}}, Refusal::bad_request);
  expect_refused({{"X-Dev-User-Id", "u"}, {"X-Dev-Permissions", "a b"}}, Refusal::bad_request);
}

// Both

TEST_F(AuthenticatorTest, BothModesWorkSideBySide) {
  both();
  EXPECT_EQ(authenticate({{"Authorization", good_}})->context().method, Method::jwt);
  EXPECT_EQ(authenticate({{"X-Dev-User-Id", "u"}})->context().method, Method::development);
}

TEST_F(AuthenticatorTest, AnAuthorizationHeaderAloneDecides) {
  both();
  const HeaderField user{"X-Dev-User-Id", "admin"};
  EXPECT_EQ(authenticate({user, {"Authorization", good_}})->context().user_id, "user-123");
  expect_refused({user, {"Authorization", bad_}}, Refusal::invalid_signature);
  expect_refused({user, {"Authorization", "Basic dTpw"}}, Refusal::authentication_required);
  expect_refused({user, {"Authorization", ""}}, Refusal::authentication_required);
  only_development();
  expect_refused({user, {"Authorization", good_}}, Refusal::token_auth_disabled);
}

TEST_F(AuthenticatorTest, DuplicatesAndLookAlikesAreABadRequestInEveryMode) {
  const auto expect_bad_requests = [&] {
    expect_refused({{"Authorization", good_}, {"Authorization", good_}}, Refusal::bad_request);
    expect_refused({{"Authorization", good_}, {"X_Dev_User_Id", "u"}}, Refusal::bad_request);
    expect_refused({{"X-Dev-User-Id", "u"}, {"x-dev-user-id", "v"}}, Refusal::bad_request);
    expect_refused({{"X-Dev-User-Id", "u"}, {"Connection", "X-Dev-User-Id"}}, Refusal::bad_request);
  };
  only_tokens();
  expect_bad_requests();
  only_development();
  expect_bad_requests();
  both();
  expect_bad_requests();
}

// Several providers

TEST_F(AuthenticatorTest, TheIssuerChoosesAmongProvidersAndTheirKeysStayApart) {
  config_.providers = {provider("a"), provider("b", kOtherSecret)};
  const auto of = [&](std::string_view issuer, std::string_view secret) {
    const std::string value =
        "Bearer " + make_token("{\"sub\":\"u\",\"iss\":\"" + std::string(issuer) + "\"}",
                               test::kHs256Header, jwt::Algorithm::hs256,
                               test::symmetric_key(secret));
    return authenticate({{"Authorization", value}});
  };
  EXPECT_TRUE(of("a", test::kSecretText));
  EXPECT_TRUE(of("b", kOtherSecret));
  EXPECT_EQ(of("a", kOtherSecret).error().refusal, Refusal::invalid_signature);
  EXPECT_EQ(of("b", test::kSecretText).error().refusal, Refusal::invalid_signature);
  EXPECT_EQ(of("c", test::kSecretText).error().refusal, Refusal::invalid_issuer);
}

TEST_F(AuthenticatorTest, ATokenWithoutIssuerNeedsAProviderWithoutOne) {
  config_.providers = {provider("a"), provider("b", kOtherSecret)};
  EXPECT_EQ(with_token(R"({"sub":"u"})").error().refusal, Refusal::invalid_issuer);
  config_.providers[0].issuer.clear();
  EXPECT_TRUE(with_token(R"({"sub":"u"})"));
  EXPECT_TRUE(with_token(R"({"sub":"u","iss":"anybody"})"));
  EXPECT_EQ(with_token(R"({"sub":"u","iss":"b"})").error().refusal, Refusal::invalid_signature);
}

TEST_F(AuthenticatorTest, TwoProvidersForOneIssuerAreAnError) {
  config_.providers = {provider("a"), provider("a", kOtherSecret)};
  EXPECT_FALSE(Authenticator::make(config_, clock_));
  config_.providers = {provider(), provider({}, kOtherSecret)};
  EXPECT_FALSE(Authenticator::make(config_, clock_));
}

// The rest

TEST_F(AuthenticatorTest, AnonymousIsNobodyWithNoPermissions) {
  only_tokens();
  const auto context = Authenticator::make(config_, clock_)->anonymous().context();
  EXPECT_EQ(context.user_id, "");
  EXPECT_EQ(context.method, Method::anonymous);
  EXPECT_TRUE(context.permissions.empty());
  EXPECT_EQ(context.authenticated_at, clock_.wall());
}

std::string outline(const jwt::Trace& trace) {
  std::string text;
  for (const jwt::Check& check : trace.checks()) {
    const char mark = check.outcome == jwt::Outcome::passed   ? '+'
                      : check.outcome == jwt::Outcome::failed ? '!'
                                                              : '-';
    text += mark + std::string(check.name) + " ";
  }
  return text;
}

TEST_F(AuthenticatorTest, ATraceHasEveryCheckWhetherReachedOrNot) {
  only_tokens();
  const auto authenticator = Authenticator::make(config_, clock_).value();
  jwt::Trace good;
  EXPECT_TRUE(authenticator.authenticate_token(make_token(kClaims), &good));
  EXPECT_EQ(outline(good),
            "+form +header +algorithm +key +signature +sub +exp -nbf -iat -iss -aud -jti "
            "+permissions ");
  EXPECT_EQ(good.checks().back().found, "1 from permissions");

  jwt::Trace bad;
  EXPECT_FALSE(authenticator.authenticate_token(make_token(R"({"sub":"u","exp":1})"), &bad));
  EXPECT_EQ(outline(bad),
            "+form +header +algorithm +key +signature +sub !exp -nbf -iat -iss -aud -jti "
            "-permissions ");
}

TEST_F(AuthenticatorTest, ATraceNamesTheProviderOnlyWhereThereAreSeveral) {
  config_.providers = {provider("a"), provider("b", kOtherSecret)};
  jwt::Trace trace;
  EXPECT_FALSE(Authenticator::make(config_, clock_)
                   ->authenticate_token(make_token(R"({"sub":"u","iss":"c"})"), &trace));
  EXPECT_EQ(outline(trace),
            "+form +header !provider -algorithm -key -signature -sub -exp -nbf -iat -iss -aud -jti "
            "-permissions ");
}

TEST_F(AuthenticatorTest, ManyThreadsAuthenticateAtOnce) {
  both();
  const auto authenticator = Authenticator::make(config_, clock_).value();
  std::array<int, 4> right{};
  std::array<std::thread, 4> threads;
  for (std::size_t t = 0; t < threads.size(); ++t) {
    threads[t] = std::thread([&, t] {
      const Headers good = {{"Authorization", good_}};
      const Headers bad = {{"Authorization", bad_}};
      for (int i = 0; i < 100; ++i) {
        const auto identity = authenticator.authenticate(good);
        const bool fine = identity && identity->context().user_id == "user-123";
        right[t] += fine && !authenticator.authenticate(bad) ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int count : right) EXPECT_EQ(count, 100);
}

}  // namespace
}  // namespace sealbus::auth
