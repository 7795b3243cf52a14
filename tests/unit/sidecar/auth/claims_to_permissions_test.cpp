#include "sidecar/auth/claims_to_permissions.hpp"

#include <gtest/gtest.h>

namespace sealbus::auth {
namespace {

using base::Refusal;
using List = std::vector<std::string>;

base::Result<GrantedPermissions> from(std::string_view claims, const List& sources = {}) {
  const auto document = jwt::json::parse(base::as_bytes(claims)).value();
  return permissions_from(document.root(), sources);
}

void expect(std::string_view claims, const List& values, std::string_view source,
            const List& sources = {}) {
  const auto granted = from(claims, sources);
  ASSERT_TRUE(granted) << claims << ": " << granted.error().detail;
  EXPECT_EQ(granted->values, values) << claims;
  EXPECT_EQ(granted->source, source) << claims;
}

void expect_refused(std::string_view claims, std::string_view detail, const List& sources = {}) {
  const auto granted = from(claims, sources);
  ASSERT_FALSE(granted) << claims;
  EXPECT_EQ(granted.error().refusal, Refusal::invalid_claim) << claims;
  EXPECT_EQ(granted.error().detail, detail) << claims;
}

TEST(Permissions, ComeFromThePermissionsArray) {
  expect(R"({"permissions":["users:create","users:read"]})", {"users:create", "users:read"},
         "permissions");
}

TEST(Permissions, ComeFromAClaimNamedByAUrlThatEndsInPermissions) {
  expect(R"({"https://api.yourapp.com/permissions":["users:create"]})", {"users:create"},
         "https://api.yourapp.com/permissions");
  expect(R"({"http://x/permissions":[]})", {}, "http://x/permissions");
}

TEST(Permissions, ComeFromTheScopeSplitAtSpaces) {
  expect(R"({"scope":"users:create users:read"})", {"users:create", "users:read"}, "scope");
  expect(R"({"scope":" a:b  c:d "})", {"a:b", "c:d"}, "scope");
  expect(R"({"scope":""})", {}, "scope");
}

TEST(Permissions, ComeFromScpAsStringOrArray) {
  expect(R"({"scp":"a:b c:d"})", {"a:b", "c:d"}, "scp");
  expect(R"({"scp":["a:b","c:d"]})", {"a:b", "c:d"}, "scp");
}

TEST(Permissions, AreNoneWhereNoClaimListsThem) {
  expect(R"({"sub":"u","roles":["admin"],"Permissions":["a:b"],"x/permissions":["a:b"],
             "urn:x/permissions":["a:b"],"https://x/permissions/":["a:b"]})",
         {}, "");
}

TEST(Permissions, TheFirstPresentClaimWinsAlsoWhenItIsEmpty) {
  expect(R"({"scp":"d","scope":"c","https://x/permissions":["b"],"permissions":["a"]})", {"a"},
         "permissions");
  expect(R"({"scp":"d","scope":"c","https://x/permissions":["b"]})", {"b"},
         "https://x/permissions");
  expect(R"({"scp":"d","scope":"c"})", {"c"}, "scope");
  expect(R"({"scope":"c","permissions":[]})", {}, "permissions");
}

TEST(Permissions, TwoUrlClaimsAreARefusal) {
  expect_refused(R"({"https://a/permissions":["a"],"https://b/permissions":["b"]})",
                 "JWT claim 'https://…/permissions' is there twice, under different names");
  expect(R"({"permissions":["p"],"https://a/permissions":["a"],"https://b/permissions":["b"]})",
         {"p"}, "permissions");
}

TEST(Permissions, OfAWrongTypeAreARefusalAndNoEmptyList) {
  for (const std::string_view value : {R"("a b")", "1", "null", "true", R"({"a":1})"}) {
    expect_refused("{\"permissions\":" + std::string(value) + "}",
                   "JWT claim 'permissions' must be an array of strings");
    expect_refused("{\"https://x/permissions\":" + std::string(value) + "}",
                   "JWT claim 'https://…/permissions' must be an array of strings");
  }
  for (const std::string_view value : {R"(["a"])", "1", "null", R"({"a":1})"}) {
    expect_refused("{\"scope\":" + std::string(value) + "}", "JWT claim 'scope' must be a string");
  }
  expect_refused(R"({"scp":1})", "JWT claim 'scp' must be a string or an array");
  for (const std::string_view element : {"1", "null", R"(["a"])", R"({"a":1})"}) {
    expect_refused("{\"permissions\":[\"a\"," + std::string(element) + "]}",
                   "JWT claim 'permissions' must hold strings only");
  }
}

TEST(Permissions, WithACommaASpaceOrAControlByteAreARefusal) {
  for (const std::string_view bad :
       {"a,b", "a b", "a\\tb", "a\\nb", "a\\u0000", "a\\u007f", "", " ", "*,a"}) {
    expect_refused("{\"permissions\":[\"ok\",\"" + std::string(bad) + "\"]}",
                   "JWT claim 'permissions' holds something that is no permission");
  }
  expect_refused(R"({"scope":"a\tb"})", "JWT claim 'scope' holds something that is no permission");
  expect_refused(R"({"scope":"a,b"})", "JWT claim 'scope' holds something that is no permission");
}

TEST(Permissions, AreAtMost1024) {
  std::string list = "\"p\"";
  for (int i = 1; i < 1'024; ++i) list += ",\"p\"";
  EXPECT_EQ(from("{\"permissions\":[" + list + "]}")->values.size(), 1'024U);
  expect_refused("{\"permissions\":[" + list + ",\"p\"]}",
                 "JWT claim 'permissions' holds more than 1024 permissions");
}

TEST(Permissions, ComeFromTheConfiguredSourcesInTheirOrder) {
  const List sources = {"realm_access.roles", "groups"};
  expect(R"({"groups":["g"],"realm_access":{"roles":["admin","user"]}})", {"admin", "user"},
         "realm_access.roles", sources);
  expect(R"({"groups":"g h"})", {"g", "h"}, "groups", sources);
  expect(R"({"groups":["g"],"realm_access":{"other":1}})", {"g"}, "groups", sources);
  expect(R"({"permissions":["a:b"],"scope":"c"})", {}, "", sources);
}

TEST(Permissions, AConfiguredNameWithDotsIsFirstAClaimOfThatName) {
  expect(R"({"https://x.example/roles":["a"]})", {"a"}, "https://x.example/roles",
         {"https://x.example/roles"});
  expect(R"({"a.b":["x"],"a":{"b":["y"]}})", {"x"}, "a.b", {"a.b"});
}

TEST(Permissions, APathThroughSomethingElseThanObjectsIsARefusal) {
  for (const std::string_view value : {"\"admin\"", "[\"roles\"]", "1", "null"}) {
    expect_refused("{\"realm_access\":" + std::string(value) + "}",
                   "JWT claim 'realm_access.roles' leads through a value that is no object",
                   {"realm_access.roles", "groups"});
  }
  expect_refused(R"({"a":{"b":5}})", "JWT claim 'a.b' must be a string or an array", {"a.b"});
}

TEST(Permissions, NoRefusalHoldsTextThatTheTokenChose) {
  for (const std::string_view claims :
       {R"({"permissions":["secret x"]})", R"({"https://secret/permissions":1})",
        R"({"https://secret/a/permissions":[],"https://secret/b/permissions":[]})",
        R"({"scope":"secret,x"})"}) {
    EXPECT_EQ(from(claims).error().detail.find("secret"), std::string::npos) << claims;
  }
}

}  // namespace
}  // namespace sealbus::auth
