#include "common/contract/path_pattern.hpp"

#include <gtest/gtest.h>

namespace sealbus::contract {
namespace {

using Segments = std::vector<std::string>;

PathPattern pattern(std::string_view text) {
  auto parsed = PathPattern::parse(text);
  EXPECT_TRUE(parsed) << text << ": " << parsed.error().message;
  return parsed ? *parsed : PathPattern{};
}

std::string joined(std::string_view segment, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += "/" + std::string(segment);
  return out;
}

TEST(PathPattern, KeepsItsText) {
  for (const auto* text : {"/", "/api", "/api/users/{id}", "/api/*", "/api/**", "/**", "/*/x",
                           "/a.b-c_d~e!f$g&h'i(j)k+l,m=n:o@p", "/...", "/{a}/{b}"}) {
    EXPECT_EQ(pattern(text).text(), text);
  }
}

TEST(PathPattern, RefusesWhatIsNoPath) {
  for (const auto* text :
       {"",       "api",           "api/users", "//",     "/api/",  "/api//users", "/.",
        "/..",    "/api/../admin", "/a b",      "/a%20b", "/a?b",   "/a#b",        "/a;b",
        "/é",     "/a\\b",         "/a|b",      "/a\n",   "/***",   "/a*",         "/**/a",
        "/**/**", "/{}",           "/{1a}",     "/{a-b}", "/{a b}", "/{a",         "/a}",
        "/x{a}",  "/{a}x",         "/{a}/{a}",  "/{",     "/}",     "/{{a}}"}) {
    EXPECT_FALSE(PathPattern::parse(text)) << text;
  }
  EXPECT_FALSE(PathPattern::parse(std::string_view("/a\0b", 4)));
}

TEST(PathPattern, HasBoundsOnSizeSegmentsAndNames) {
  EXPECT_TRUE(PathPattern::parse("/" + std::string(511, 'a')));
  EXPECT_FALSE(PathPattern::parse("/" + std::string(512, 'a')));
  EXPECT_TRUE(PathPattern::parse(joined("a", 32)));
  EXPECT_FALSE(PathPattern::parse(joined("a", 33)));
  EXPECT_TRUE(PathPattern::parse("/{" + std::string(64, 'a') + "}"));
  EXPECT_FALSE(PathPattern::parse("/{" + std::string(65, 'a') + "}"));
}

TEST(PathPattern, KnowsWhetherItHasWildcards) {
  EXPECT_TRUE(pattern("/api/*").has_wildcards());
  EXPECT_TRUE(pattern("/api/**").has_wildcards());
  EXPECT_FALSE(pattern("/api/{id}").has_wildcards());
  EXPECT_FALSE(pattern("/").has_wildcards());
}

TEST(PathPatternMatch, CapturesWhatStandsInTheBraces) {
  const auto captured = pattern("/api/users/{id}/{part}").match({"api", "users", "7", "a/b"});
  ASSERT_TRUE(captured);
  EXPECT_EQ(*captured, (Parameters{{"id", "7"}, {"part", "a/b"}}));
}

TEST(PathPatternMatch, NeedsEverySegmentAndNoMore) {
  const PathPattern users = pattern("/api/users/{id}");
  EXPECT_FALSE(users.match({"api", "users"}));
  EXPECT_FALSE(users.match({"api", "users", "7", "x"}));
  EXPECT_FALSE(users.match({}));
  EXPECT_TRUE(pattern("/").match({}));
  EXPECT_FALSE(pattern("/").match({"api"}));
}

TEST(PathPatternMatch, MindsTheCase) {
  EXPECT_FALSE(pattern("/api/users").match({"api", "Users"}));
}

TEST(PathPatternMatch, TakesAnyOneSegmentForAStarAndAnyRestForTwo) {
  EXPECT_TRUE(pattern("/api/*").match({"api", "x"}));
  EXPECT_FALSE(pattern("/api/*").match({"api"}));
  EXPECT_FALSE(pattern("/api/*").match({"api", "x", "y"}));
  EXPECT_TRUE(pattern("/api/**").match({"api"}));
  EXPECT_TRUE(pattern("/api/**").match({"api", "x", "y"}));
  EXPECT_FALSE(pattern("/api/**").match({"apis"}));
  EXPECT_TRUE(pattern("/**").match({}));
}

struct Pair {
  std::string_view a;
  std::string_view b;
  bool overlap;
  bool a_covers_b;
  bool b_covers_a;
};

TEST(PathPattern, OverlapsAndCovers) {
  for (const Pair& pair : {
           Pair{"/api/users", "/api/users", true, true, true},
           Pair{"/api/users", "/api/orders", false, false, false},
           Pair{"/api/users", "/api/users/x", false, false, false},
           Pair{"/api/users", "/api/{id}", true, false, true},
           Pair{"/api/{a}", "/api/{b}", true, true, true},
           Pair{"/api/{a}/x", "/api/{b}/y", false, false, false},
           Pair{"/api/{a}/x", "/api/b/{c}", true, false, false},
           Pair{"/api/*", "/api/users", true, true, false},
           Pair{"/api/*", "/api/{id}", true, true, true},
           Pair{"/api/*", "/api/users/x", false, false, false},
           Pair{"/api/*", "/api", false, false, false},
           Pair{"/api/**", "/api", true, true, false},
           Pair{"/api/**", "/api/users/{id}", true, true, false},
           Pair{"/api/**", "/api/*", true, true, false},
           Pair{"/api/**", "/admin", false, false, false},
           Pair{"/api/**", "/", false, false, false},
           Pair{"/api/users/**", "/api/**", true, false, true},
           Pair{"/api/users/**", "/api/orders/**", false, false, false},
           Pair{"/**", "/", true, true, false},
           Pair{"/**", "/api/{id}", true, true, false},
           Pair{"/{a}", "/", false, false, false},
       }) {
    SCOPED_TRACE(std::string(pair.a) + " and " + std::string(pair.b));
    const PathPattern a = pattern(pair.a);
    const PathPattern b = pattern(pair.b);
    EXPECT_EQ(a.overlaps(b), pair.overlap);
    EXPECT_EQ(b.overlaps(a), pair.overlap);
    EXPECT_EQ(a.covers(b), pair.a_covers_b);
    EXPECT_EQ(b.covers(a), pair.b_covers_a);
  }
}

TEST(PathPattern, IsMoreParticularWhereItHasTheFirstLiteral) {
  const auto more = [](std::string_view a, std::string_view b) {
    return pattern(a).more_particular_than(pattern(b));
  };
  EXPECT_TRUE(more("/api/users/me", "/api/users/{id}"));
  EXPECT_FALSE(more("/api/users/{id}", "/api/users/me"));
  EXPECT_TRUE(more("/api/b/{c}", "/api/{a}/x"));
  EXPECT_FALSE(more("/api/{a}/x", "/api/b/{c}"));
  EXPECT_FALSE(more("/api/{a}", "/api/{b}"));
  EXPECT_FALSE(more("/api/users", "/api/users"));
}

}  // namespace
}  // namespace sealbus::contract
