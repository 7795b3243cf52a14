#include "sidecar/auth/log_lines.hpp"

#include <gtest/gtest.h>

#include "common/base/log.hpp"
#include "sidecar/auth/authenticator.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/token_maker.hpp"

namespace sealbus::auth {
namespace {

using Headers = std::vector<HeaderField>;

constexpr std::string_view kDevelopmentWarning =
    "DEVELOPMENT_AUTH_ENABLED=true: whoever reaches this port can be any user with any permission; "
    "never set it in production";
constexpr std::string_view kHs256Mode = "JWTAuthenticationEngine: Configured for HS256 mode";

settings::AuthConfig config(bool development, bool tokens) {
  settings::AuthConfig auth;
  auth.development = development;
  if (tokens) auth.providers.emplace_back().secret = test::shared_secret();
  return auth;
}

// What log_outcome writes for a request with these headers.
std::string logged(const settings::AuthConfig& auth, const Headers& headers) {
  const test::ManualClock clock;
  const auto outcome = Authenticator::make(auth, clock).value().authenticate(headers);
  testing::internal::CaptureStderr();
  log_outcome(outcome, headers);
  return testing::internal::GetCapturedStderr();
}

void expect_line(const std::string& text, std::string_view level, std::string_view message) {
  EXPECT_NE(text.find(level), std::string::npos) << text;
  EXPECT_NE(text.find(std::string(message) + "\n"), std::string::npos) << text;
}

std::string token_line(std::string_view detail, std::string_view token) {
  return "JWT validation failed: " + std::string(detail) + " (token " + jwt::fingerprint(token) +
         ")";
}

TEST(StartupLines, SayWhichModesAreOn) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(startup_lines(config(false, true)), Lines{std::string(kHs256Mode)});
  EXPECT_EQ(startup_lines(config(true, false)), Lines{std::string(kDevelopmentWarning)});
  EXPECT_EQ(startup_lines(config(true, true)),
            (Lines{std::string(kHs256Mode), std::string(kDevelopmentWarning)}));
}

TEST(LogOutcome, NamesTheAuthenticatedUser) {
  const std::string value = "Bearer " + test::make_token(R"({"sub":"user-123","email":"secret"})");
  const std::string text = logged(config(false, true), {{"Authorization", value}});
  expect_line(text, "info", "Authenticated user: user-123");
  EXPECT_EQ(text.find("Development"), std::string::npos) << text;
  EXPECT_EQ(text.find("secret"), std::string::npos) << text;
}

TEST(LogOutcome, SaysThatDevelopmentAuthWasUsed) {
  const std::string text = logged(config(true, false), {{"X-Dev-User-Id", "test-user"}});
  expect_line(text, "info", "Development auth: Using development auth");
  expect_line(text, "info", "Authenticated user: test-user");
}

TEST(LogOutcome, EscapesTheUser) {
  const std::string text = logged(config(true, false), {{"X-Dev-User-Id", "a\"b\\c"}});
  expect_line(text, "info", R"(Authenticated user: a\x22b\x5cc)");
}

TEST(LogOutcome, SaysWhyATokenWasRefusedAndNamesItByItsHashOnly) {
  const std::string token = test::make_token(R"({"sub":"user-123","exp":1})");
  const std::string value = "Bearer " + token;
  const std::string text = logged(config(false, true), {{"Authorization", value}});
  expect_line(text, "warn", token_line("jwt expired", token));
  EXPECT_EQ(text.find(token.substr(token.rfind('.'))), std::string::npos) << text;
  EXPECT_EQ(text.find("user-123"), std::string::npos) << text;
}

TEST(LogOutcome, SaysInvalidSignatureForATamperedToken) {
  std::string token = test::make_token(R"({"sub":"user-123"})");
  token[token.rfind('.') + 1] ^= 1;
  const std::string value = "Bearer " + token;
  expect_line(logged(config(false, true), {{"Authorization", value}}), "warn",
              token_line("invalid signature", token));
}

TEST(LogOutcome, HashesTheWholeHeaderWhereThereIsNoToken) {
  expect_line(logged(config(false, true), {{"Authorization", "Bearer  secret"}}), "warn",
              token_line("jwt malformed", "Bearer  secret"));
}

TEST(LogOutcome, SaysThatTokensAreNotConfigured) {
  expect_line(logged(config(true, false), {{"Authorization", "Bearer a.b.c"}}), "warn",
              token_line("Neither JWT_SECRET nor JWKS_URI is set", "a.b.c"));
}

TEST(LogOutcome, SaysThatDevelopmentModeIsOff) {
  expect_line(logged(config(false, true), {{"X-Dev-User-Id", "u"}}), "warn",
              "Development auth: development headers sent, DEVELOPMENT_AUTH_ENABLED is not true");
}

TEST(LogOutcome, SaysThatThereWereNoCredentials) {
  expect_line(logged(config(false, true), {}), "info",
              "Authentication failed: no credentials were sent");
}

}  // namespace
}  // namespace sealbus::auth
