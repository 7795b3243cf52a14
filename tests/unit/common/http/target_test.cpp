#include "common/http/target.hpp"

#include <gtest/gtest.h>

namespace sealbus::http {
namespace {

using Segments = std::vector<std::string>;

Segments segments_of(std::string_view target) {
  Request request;
  const auto parsed = parse_target(target, request);
  EXPECT_TRUE(parsed) << target << ": " << parsed.error().detail;
  return request.segments;
}

TEST(Target, SplitsThePathIntoSegments) {
  EXPECT_EQ(segments_of("/api/users/7"), (Segments{"api", "users", "7"}));
}

TEST(Target, HasNoSegmentsForTheRoot) { EXPECT_EQ(segments_of("/"), Segments{}); }

TEST(Target, KeepsATrailingSlashAsAnEmptyLastSegment) {
  EXPECT_EQ(segments_of("/api/"), (Segments{"api", ""}));
}

TEST(Target, DecodesEscapesOnceAndInBothCases) {
  EXPECT_EQ(segments_of("/caf%C3%a9/a%20b/%252e"), (Segments{"café", "a b", "%2e"}));
}

TEST(Target, LeavesAPlusAlone) { EXPECT_EQ(segments_of("/a+b"), (Segments{"a+b"})); }

TEST(Target, ForgetsTheSegmentsOfTheRequestBefore) {
  Request request;
  ASSERT_TRUE(parse_target("/a/b/c", request));
  ASSERT_TRUE(parse_target("/d", request));
  EXPECT_EQ(request.segments, (Segments{"d"}));
}

TEST(Target, SeparatesPathAndQueryAtTheFirstQuestionMark) {
  Request request;
  ASSERT_TRUE(parse_target("/a?b=c?d/..", request));
  EXPECT_EQ(request.target, "/a?b=c?d/..");
  EXPECT_EQ(request.path, "/a");
  EXPECT_EQ(request.query, "b=c?d/..");
  ASSERT_TRUE(parse_target("/a", request));
  EXPECT_EQ(request.query, "");
}

TEST(Target, RefusesEveryControlByteAndEveryByteAboveAscii) {
  Request request;
  for (unsigned byte = 0; byte < 256; ++byte) {
    if (byte > 0x20 && byte < 0x7f) continue;
    const std::string in_path = std::string("/a") + static_cast<char>(byte);
    const std::string in_query = std::string("/a?") + static_cast<char>(byte);
    EXPECT_FALSE(parse_target(in_path, request)) << byte;
    EXPECT_FALSE(parse_target(in_query, request)) << byte;
  }
}

TEST(Target, RefusesAnEmptyTarget) {
  Request request;
  EXPECT_FALSE(parse_target("", request));
}

}  // namespace
}  // namespace sealbus::http
