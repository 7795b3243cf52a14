#include "common/identity/auth_context.hpp"

#include <gtest/gtest.h>

#include "common/wire/writer.hpp"
#include "tests/support/json_vectors.hpp"

namespace sealbus::identity {
namespace {

AuthContext user() {
  AuthContext context;
  context.user_id = "user-123";
  context.permissions = {"users:create", "users:read"};
  context.method = Method::jwt;
  context.authenticated_at = base::from_millis(1'767'225'600'000);
  return context;
}

AuthContext user_with_everything() {
  AuthContext context = user();
  context.wildcards = Wildcards::on;
  context.method = Method::service;
  context.issuer = "https://id.example/realms/x";
  context.token_id = "token-1";
  context.expires_at = base::from_millis(1'767'225'660'000);
  context.permissions_source = "permissions";
  context.claims = {{"email", "ada@example.org"}, {"name", "Ada"}};
  context.actor = {"orders", "mail"};
  return context;
}

// What is decoded, in the form in which the vectors have it. What is absent and what is empty are
// the same to the code, so empty fields are left out here as they are when encoding.
test::Shown shown_context(const AuthContext& context) {
  test::Shown out = {
      {"userId", context.user_id},
      {"permissions", test::shown(context.permissions)},
      {"wildcards", context.wildcards == Wildcards::on ? "true" : "false"},
      {"method", std::string(name(context.method))},
      {"authenticatedAt", std::to_string(base::to_millis(context.authenticated_at))}};
  const auto text = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) out.emplace(key, value);
  };
  text("issuer", context.issuer);
  text("tokenId", context.token_id);
  text("permissionsSource", context.permissions_source);
  if (context.expires_at) {
    out.emplace("expiresAt", std::to_string(base::to_millis(*context.expires_at)));
  }
  if (!context.claims.empty()) {
    out.emplace("claims", test::shown(test::Shown(context.claims.begin(), context.claims.end())));
  }
  if (!context.actor.empty()) out.emplace("actor", test::shown(context.actor));
  return out;
}

test::Shown without_empty(test::Shown fields) {
  std::erase_if(fields, [](const auto& field) {
    const bool optional = field.first != "userId" && field.first != "permissions";
    return optional && (field.second.empty() || field.second == "[]" || field.second == "{}");
  });
  return fields;
}

TEST(AuthContextVectors, EndAsTheFileSays) {
  const test::VectorFile file("envelope/authcontext.json");
  for (const auto raw : file.list("cases")) {
    SCOPED_TRACE(test::text_of(raw, "name"));
    const auto context = decode_auth_context(test::unhex(test::text_of(raw, "bytes")));
    ASSERT_EQ(context.has_value(), test::text_of(raw, "result") == "accept");
    if (context) {
      EXPECT_EQ(shown_context(*context), without_empty(test::fields_of(raw["decoded"])));
    } else {
      EXPECT_EQ(context.error().refusal, base::Refusal::malformed_header);
    }
  }
}

TEST(AuthContext, IsTheSameAfterEncodingAndDecoding) {
  EXPECT_EQ(decode_auth_context(encode(user())), user());
  EXPECT_EQ(decode_auth_context(encode(user_with_everything())), user_with_everything());
}

TEST(AuthContext, OfNobodyHasNoUserId) {
  AuthContext nobody;
  EXPECT_EQ(decode_auth_context(encode(nobody)), nobody);
}

TEST(AuthContext, LeavesOutWhatIsEmpty) {
  const base::Bytes bytes = encode(user());
  ASSERT_FALSE(bytes.empty());
  EXPECT_EQ(bytes.front(), std::byte{0x85});  // a map of the five required fields
}

TEST(AuthContext, IsRefusedAtEveryLengthButItsOwn) {
  const base::Bytes whole = encode(user_with_everything());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode_auth_context(base::ByteView(whole).first(size))) << size;
  }
  base::Bytes longer = whole;
  longer.push_back(std::byte{0xc0});
  EXPECT_FALSE(decode_auth_context(longer));
}

TEST(AuthContext, NeverCrashesOnAFlippedBit) {
  base::Bytes bytes = encode(user_with_everything());
  for (std::byte& byte : bytes) {
    const std::byte good = byte;
    for (unsigned bit = 0; bit < 8; ++bit) {
      byte = good ^ static_cast<std::byte>(1U << bit);
      const auto context = decode_auth_context(bytes);
      // Whatever is still accepted can be encoded and read again.
      if (context) {
        EXPECT_EQ(decode_auth_context(encode(*context)), *context);
      }
    }
    byte = good;
  }
}

TEST(AuthContext, SaysWhatWasWrongButNotWhatWasInIt) {
  AuthContext context = user();
  context.permissions = {"secret,permission"};
  const auto refused = decode_auth_context(encode(context));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().detail.find("secret"), std::string::npos);
  EXPECT_NE(refused.error().detail.find("not a permission"), std::string::npos);
}

}  // namespace
}  // namespace sealbus::identity
