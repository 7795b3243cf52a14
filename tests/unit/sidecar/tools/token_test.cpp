#include "sidecar/tools/token.hpp"

#include <functional>
#include <sstream>

#include <gtest/gtest.h>

#include "sidecar/auth/authenticator.hpp"
#include "tests/support/counting_random.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/memory_files.hpp"
#include "tests/support/token_maker.hpp"

namespace sealbus::tools {
namespace {

constexpr std::int64_t kNow = 1'767'225'600;

class TokenMintTest : public testing::Test {
 protected:
  TokenMintTest() {
    request_.subject = "user-123";
    request_.permissions = "users:create, users:read";
  }

  base::OrError<std::string> minted() {
    return mint(request_, base::Secret(base::as_bytes(test::kSecretText)), clock_, random_);
  }

  // Part 0 or 1 of the token, as text.
  std::string part(int index) {
    std::string rest = minted().value();
    if (index == 1) rest = rest.substr(rest.find('.') + 1);
    return std::string(base::as_text(base::from_base64url(rest.substr(0, rest.find('.'))).value()));
  }

  // What an ingress with the same secret makes of the token.
  base::Result<identity::Identity> accepted() {
    settings::AuthConfig config;
    config.providers.emplace_back().secret = test::shared_secret();
    return auth::Authenticator::make(config, clock_)->authenticate_token(minted().value());
  }

  void expect_error(const std::function<void(MintRequest&)>& change, std::string_view option) {
    MintRequest request = request_;
    change(request);
    const auto token =
        mint(request, base::Secret(base::as_bytes(test::kSecretText)), clock_, random_);
    ASSERT_FALSE(token) << option;
    EXPECT_EQ(token.error().message.find(option), 0U) << token.error().message;
  }

  test::ManualClock clock_{base::from_millis(kNow * 1'000 + 999)};
  test::CountingRandom random_;
  MintRequest request_;
};

TEST_F(TokenMintTest, MakesATokenThatAnIngressAccepts) {
  request_.issuer = "https://issuer.example/";
  const auto identity = accepted();
  ASSERT_TRUE(identity) << identity.error().detail;
  const identity::AuthContext& context = identity->context();
  EXPECT_EQ(context.user_id, "user-123");
  EXPECT_EQ(context.permissions, (std::vector<std::string>{"users:create", "users:read"}));
  EXPECT_EQ(context.issuer, "https://issuer.example/");
  EXPECT_EQ(context.expires_at, base::from_millis((kNow + 3'600) * 1'000));
  EXPECT_EQ(context.token_id.size(), 36U) << context.token_id;
}

TEST_F(TokenMintTest, LeavesOutWhatWasNotAskedFor) {
  request_.permissions.clear();
  EXPECT_EQ(part(0), R"({"alg":"HS256","typ":"JWT"})");
  const std::string claims = part(1);
  EXPECT_EQ(claims.find(R"({"sub":"user-123","iat":1767225600,"exp":1767229200,"jti":")"), 0U)
      << claims;
}

TEST_F(TokenMintTest, PutsEveryOptionInItsPlace) {
  request_.kid = "k\"1";
  request_.algorithm = "HS512";
  request_.issuer = "joe";
  request_.audience = {"api"};
  request_.expires_in = "90s";
  EXPECT_EQ(part(0), R"({"alg":"HS512","typ":"JWT","kid":"k\"1"})");
  EXPECT_EQ(part(1).find(R"({"sub":"user-123","permissions":["users:create","users:read"],)"
                         R"("iss":"joe","aud":"api","iat":1767225600,"exp":1767225690,"jti":")"),
            0U)
      << part(1);
  EXPECT_TRUE(accepted());
}

TEST_F(TokenMintTest, SeveralAudiencesAreAnArray) {
  request_.audience = {"api", "other"};
  EXPECT_NE(part(1).find(R"("aud":["api","other"])"), std::string::npos);
}

TEST_F(TokenMintTest, NoTwoTokensHaveTheSameId) {
  const auto first = accepted();
  const auto second = accepted();
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->context().token_id, second->context().token_id);
}

TEST_F(TokenMintTest, NamesTheOptionThatIsWrong) {
  expect_error([](auto& r) { r.subject = ""; }, "--sub");
  expect_error([](auto& r) { r.subject = std::string(257, 's'); }, "--sub");
  expect_error([](auto& r) { r.subject = "a\nb"; }, "--sub");
  expect_error([](auto& r) { r.subject = "\xff"; }, "--sub");
  expect_error([](auto& r) { r.permissions = "a b"; }, "--permissions");
  expect_error([](auto& r) { r.kid = std::string(257, 'k'); }, "--kid");
  expect_error([](auto& r) { r.issuer = "a\nb"; }, "--issuer");
  expect_error([](auto& r) { r.audience = {"api", ""}; }, "--audience");
  for (const std::string_view algorithm : {"none", "hs256", "RS256", ""}) {
    expect_error([&](auto& r) { r.algorithm = algorithm; }, "--algorithm");
  }
  for (const std::string_view expiry : {"", "1", "-1h", "0s", "999ms", "1 h", "never"}) {
    expect_error([&](auto& r) { r.expires_in = expiry; }, "--expires-in");
  }
}

TEST_F(TokenMintTest, RefusesASecretThatIsTooShortForTheAlgorithm) {
  const auto with = [&](std::size_t bytes, std::string_view algorithm) {
    request_.algorithm = algorithm;
    const std::string secret(bytes, 's');
    return mint(request_, base::Secret(base::as_bytes(secret)), clock_, random_).has_value();
  };
  EXPECT_FALSE(with(31, "HS256"));
  EXPECT_TRUE(with(32, "HS256"));
  EXPECT_FALSE(with(47, "HS384"));
  EXPECT_TRUE(with(48, "HS384"));
  EXPECT_FALSE(with(63, "HS512"));
  EXPECT_TRUE(with(64, "HS512"));
}

TEST_F(TokenMintTest, RefusesToMakeATokenThatIsTooLong) {
  for (int i = 0; i < 8; ++i) request_.audience.emplace_back(1'000, 'a');
  const auto token = minted();
  ASSERT_FALSE(token);
  EXPECT_NE(token.error().message.find("at most 8192"), std::string::npos);
}

class TokenMintCommandTest : public TokenMintTest {
 protected:
  int run() {
    out_.str("");
    errors_.str("");
    return token_mint(request_, files_, clock_, random_, out_, errors_);
  }

  test::MemoryFiles files_;
  std::ostringstream out_;
  std::ostringstream errors_;
};

TEST_F(TokenMintCommandTest, TheSecretsFileMayEndInALineBreak) {
  files_["jwt.secret"] = std::string(test::kSecretText) + "\r\n";
  request_.secret_file = "jwt.secret";
  ASSERT_EQ(run(), 0) << errors_.str();
  const std::string line = out_.str();
  ASSERT_TRUE(line.ends_with('\n'));
  const std::string token = line.substr(0, line.size() - 1);
  settings::AuthConfig config;
  config.providers.emplace_back().secret = test::shared_secret();
  EXPECT_TRUE(auth::Authenticator::make(config, clock_)->authenticate_token(token));
}

TEST_F(TokenMintCommandTest, WithoutAFileItTakesTheSecretThatWasGiven) {
  request_.secret = test::kSecretText;
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(errors_.str(), "");
}

TEST_F(TokenMintCommandTest, SaysWhatIsMissingAndExitsWith64) {
  EXPECT_EQ(run(), 64);
  EXPECT_EQ(errors_.str(), "name a --secret-file, or set JWT_SECRET or JWT_SECRET_FILE\n");
  request_.secret_file = "absent";
  EXPECT_EQ(run(), 64);
  EXPECT_EQ(errors_.str(), "cannot read absent: No such file or directory\n");
  EXPECT_EQ(out_.str(), "");
}

TEST_F(TokenMintCommandTest, NeverSaysTheSecret) {
  request_.secret = "a secret too short";
  EXPECT_EQ(run(), 64);
  EXPECT_EQ(errors_.str(), "the secret has 18 bytes; at least 32 are needed\n");
}

}  // namespace
}  // namespace sealbus::tools
