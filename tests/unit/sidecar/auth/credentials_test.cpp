#include "sidecar/auth/credentials.hpp"

#include <gtest/gtest.h>

namespace sealbus::auth {
namespace {

using base::Refusal;

base::Result<Credentials> read(const std::vector<HeaderField>& headers) {
  return read_credentials(headers);
}

void expect_bad_request(const std::vector<HeaderField>& headers) {
  const auto credentials = read(headers);
  ASSERT_FALSE(credentials) << headers.back().name << ": " << headers.back().value;
  EXPECT_EQ(credentials.error().refusal, Refusal::bad_request);
}

TEST(Credentials, AreFoundAmongOtherHeadersInAnyCase) {
  const auto credentials = read({{"Host", "x"},
                                 {"AUTHORIZATION", "Bearer t"},
                                 {"x-dev-user-id", "u"},
                                 {"X-DEV-permissions", "a:b"},
                                 {"Accept", "*/*"}});
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->authorization, "Bearer t");
  EXPECT_EQ(credentials->dev_user_id, "u");
  EXPECT_EQ(credentials->dev_permissions, "a:b");
}

TEST(Credentials, AreAbsentFromARequestWithoutThem) {
  const auto credentials =
      read({{"Host", "x"}, {"X-User-Id", "admin"}, {"Proxy-Authorization", "x"}});
  ASSERT_TRUE(credentials);
  EXPECT_FALSE(credentials->authorization || credentials->dev_user_id ||
               credentials->dev_permissions);
}

TEST(Credentials, SentTwiceAreABadRequestAlsoWhenEqual) {
  expect_bad_request({{"Authorization", "Bearer a"}, {"authorization", "Bearer a"}});
  expect_bad_request({{"Authorization", "Bearer a"}, {"Authorization", "Bearer b"}});
  expect_bad_request({{"X-Dev-User-Id", "a"}, {"X-Dev-User-Id", "a"}});
  expect_bad_request({{"X-Dev-Permissions", "a"}, {"x-dev-permissions", "b"}});
  expect_bad_request({{"Authorization", ""}, {"Authorization", "Bearer a"}});
}

TEST(Credentials, LookAlikesOfDevelopmentHeadersAreABadRequest) {
  for (const std::string_view name :
       {"X_Dev_User_Id", "x_dev_user_id", "X-Dev_User-Id", "X-Dev-User_Id", "XDevUserId",
        "X.Dev.User.Id", "X-Dev-UserId", "X--Dev-User-Id", "X-Dev-User-Id-", "X_Dev_Permissions",
        "X-Dev_Permissions", "xdevpermissions", "Authorization_"}) {
    expect_bad_request({{name, "a"}});
  }
}

TEST(Credentials, HeadersThatOnlyShareWordsAreNoLookAlikes) {
  EXPECT_TRUE(read({{"X-Dev-User", "a"},
                    {"X-Dev-User-Ids", "a"},
                    {"Dev-User-Id", "a"},
                    {"X-Dev-Permission", "a"},
                    {"X-User-Id", "a"}}));
}

TEST(Credentials, AConnectionHeaderMayNotNameAHeaderOfIdentity) {
  for (const std::string_view value :
       {"X-Dev-User-Id", "close, X-Dev-User-Id", "keep-alive,x_dev_permissions", "Authorization",
        "close ,\tAUTHORIZATION ,", "X-User-Id", "x-user-permissions"}) {
    expect_bad_request({{"Connection", value}});
  }
  EXPECT_TRUE(read({{"Connection", "keep-alive, Upgrade"}, {"Connection", ""}}));
}

TEST(BearerToken, IsWhatFollowsTheSchemeAndOneSpace) {
  for (const std::string_view scheme : {"Bearer", "bearer", "BEARER", "bEaReR"}) {
    const std::string value = std::string(scheme) + " a.b.c";
    EXPECT_TRUE(is_bearer(value));
    EXPECT_EQ(bearer_token(value), "a.b.c");
  }
}

TEST(BearerToken, IsMalformedWithAnyOtherWhiteSpaceOrAComma) {
  for (const std::string_view value :
       {"Bearer", "Bearer ", "Bearer  a.b.c", "Bearer\ta.b.c", "Bearer \ta.b.c", "Bearer a.b.c ",
        "Bearer a.b.c\t", "Bearer a.b.c d", "Bearer a.b.c,d", "Bearer a.b.c, Bearer d.e.f",
        "Bearer ,", "Bearer a.b.c,"}) {
    EXPECT_TRUE(is_bearer(value)) << value;
    const auto token = bearer_token(value);
    ASSERT_FALSE(token) << value;
    EXPECT_EQ(token.error().refusal, Refusal::malformed_token) << value;
  }
}

TEST(BearerToken, OtherSchemesAreNotBearer) {
  for (const std::string_view value :
       {"", " ", "Basic dTpw", "Bearers a", "Beare a", "a.b.c", "Bearer,a", "Bearer:a", " Bearer a",
        "DPoP a.b.c", "Digest x, Bearer a"}) {
    EXPECT_FALSE(is_bearer(value)) << value;
  }
}

TEST(DevelopmentUser, IsAnyShortTextWithoutControlCharacters) {
  for (const std::string& good : {std::string("test-user"), std::string("auth0|12 3"),
                                  std::string("jürgen"), std::string(256, 'u')}) {
    EXPECT_EQ(development_user(good), good);
  }
  for (const std::string& bad :
       {std::string(), std::string(257, 'u'), std::string("a\tb"), std::string("a\x1b[31m"),
        std::string("a\x7f"), std::string("\xff"), std::string("\xc2\x85"), std::string("a\0b", 3),
        std::string("a\r\nb")}) {
    const auto user = development_user(bad);
    ASSERT_FALSE(user) << bad;
    EXPECT_EQ(user.error().refusal, Refusal::bad_request);
  }
}

TEST(DevelopmentPermissions, AreSeparatedByCommasAndTrimmed) {
  using List = std::vector<std::string>;
  EXPECT_EQ(development_permissions("users:create,users:read"),
            (List{"users:create", "users:read"}));
  EXPECT_EQ(development_permissions(" a:b ,\tc:d "), (List{"a:b", "c:d"}));
  EXPECT_EQ(development_permissions("a:b,,c:d,"), (List{"a:b", "c:d"}));
  EXPECT_EQ(development_permissions("*"), List{"*"});
  EXPECT_EQ(development_permissions(""), List{});
  EXPECT_EQ(development_permissions(" , "), List{});
}

TEST(DevelopmentPermissions, AreABadRequestWhenOneIsUnusable) {
  for (const std::string& bad : {std::string("a b"), std::string("a:b,c d"), std::string("a\x01"),
                                 std::string("\xff"), std::string(257, 'p')}) {
    const auto permissions = development_permissions(bad);
    ASSERT_FALSE(permissions) << bad;
    EXPECT_EQ(permissions.error().refusal, Refusal::bad_request);
  }
}

TEST(DevelopmentPermissions, AreAtMost1024) {
  std::string list = "p";
  for (int i = 1; i < 1'024; ++i) list += ",p";
  EXPECT_EQ(development_permissions(list)->size(), 1'024U);
  EXPECT_FALSE(development_permissions(list + ",p"));
}

}  // namespace
}  // namespace sealbus::auth
