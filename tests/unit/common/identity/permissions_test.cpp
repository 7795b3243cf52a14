#include "common/identity/permissions.hpp"

#include <gtest/gtest.h>

#include "common/identity/identity.hpp"

namespace sealbus::identity {
namespace {

using Texts = std::vector<std::string>;

TEST(Permission, IsAnyWordOfUpTo256Bytes) {
  for (const std::string& good :
       Texts{"users:create", "*", "a", "é", std::string(256, 'p'), "a/b"}) {
    EXPECT_TRUE(is_valid_permission(good)) << good;
  }
  EXPECT_FALSE(is_valid_permission(""));
  EXPECT_FALSE(is_valid_permission(std::string(257, 'p')));
}

TEST(Permission, HasNoSeparatorAndNoControlByte) {
  for (const std::string& bad : Texts{"a,b", "a b", " a", "a\t", "a\nb", "a\x7f", "\x1b[0m"}) {
    EXPECT_FALSE(is_valid_permission(bad)) << bad;
  }
  EXPECT_FALSE(is_valid_permission(std::string_view("a\0b", 3)));
  EXPECT_FALSE(is_valid_permission("\xff"));
}

TEST(Grants, MatchesExactlyWithoutWildcards) {
  EXPECT_TRUE(grants({"a", "users:create"}, Wildcards::off, "users:create"));
  for (const std::string& near : Texts{"users", "users:", "users:*", "*", "Users:create",
                                       "users:create ", "users:created", "xusers:create"}) {
    EXPECT_FALSE(grants({near}, Wildcards::off, "users:create")) << near;
  }
  EXPECT_FALSE(grants({}, Wildcards::on, "users:create"));
}

TEST(Grants, TakesAStarForItselfWithoutWildcards) {
  EXPECT_TRUE(grants({"*"}, Wildcards::off, "*"));
  EXPECT_TRUE(grants({"users:*"}, Wildcards::off, "users:*"));
}

TEST(Grants, TakesAStarForEverythingWithWildcards) {
  EXPECT_TRUE(grants({"*"}, Wildcards::on, "users:create"));
  EXPECT_TRUE(grants({"*"}, Wildcards::on, "x"));
}

TEST(Grants, TakesAPrefixForWhatIsUnderItWithWildcards) {
  EXPECT_TRUE(grants({"users:*"}, Wildcards::on, "users:create"));
  EXPECT_TRUE(grants({"users:*"}, Wildcards::on, "users:create:own"));
  EXPECT_TRUE(grants({"users:admin:*"}, Wildcards::on, "users:admin:x"));
  for (const std::string& other : Texts{"users", "user:create", "userscreate", "xusers:create"}) {
    EXPECT_FALSE(grants({"users:*"}, Wildcards::on, other)) << other;
  }
}

TEST(Grants, KnowsNoOtherWildcard) {
  for (const std::string& none : Texts{"users*", "*:create", "users:cre*", "us?rs:create", "**"}) {
    EXPECT_FALSE(grants({none}, Wildcards::on, "users:create")) << none;
  }
}

TEST(Missing, IsNothingWhenNothingIsRequired) {
  EXPECT_TRUE(missing({}, {}, Wildcards::off).empty());
}

TEST(Missing, NamesEachOfAllThatIsNotThere) {
  const Requirement all{.all_of = {"a", "b", "c"}, .any_of = {}};
  EXPECT_TRUE(missing(all, {"c", "b", "a", "x"}, Wildcards::off).empty());
  EXPECT_EQ(missing(all, {"b"}, Wildcards::off), (Texts{"a", "c"}));
  EXPECT_EQ(missing(all, {}, Wildcards::off), (Texts{"a", "b", "c"}));
}

TEST(Missing, NamesAllOfAnyWhenNoneIsThere) {
  const Requirement any{.all_of = {}, .any_of = {"a", "b"}};
  EXPECT_TRUE(missing(any, {"b"}, Wildcards::off).empty());
  EXPECT_EQ(missing(any, {"c"}, Wildcards::off), (Texts{"a", "b"}));
}

TEST(Missing, AsksForBothWhenBothAreRequired) {
  const Requirement both{.all_of = {"a"}, .any_of = {"b", "c"}};
  EXPECT_TRUE(missing(both, {"a", "c"}, Wildcards::off).empty());
  EXPECT_EQ(missing(both, {"b"}, Wildcards::off), (Texts{"a"}));
  EXPECT_EQ(missing(both, {"a"}, Wildcards::off), (Texts{"b", "c"}));
  EXPECT_EQ(missing(both, {}, Wildcards::off), (Texts{"a", "b", "c"}));
  EXPECT_TRUE(missing(both, {"*"}, Wildcards::on).empty());
}

TEST(Method, IsTheSameAfterItsName) {
  for (const auto method : {Method::jwt, Method::development, Method::service, Method::anonymous}) {
    EXPECT_EQ(method_named(name(method)), method);
  }
  for (const auto* none : {"", "JWT", "jwt ", "hs256"}) EXPECT_FALSE(method_named(none)) << none;
}

}  // namespace
}  // namespace sealbus::identity
