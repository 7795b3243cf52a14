#include "common/base/refusal.hpp"

#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "common/base/refusal_counters.hpp"

namespace sealbus::base {
namespace {

TEST(Refusal, HasACodeOfItsOwnInSnakeCaseAndASentence) {
  std::set<std::string_view> codes;
  for (const Refusal refusal : all_refusals()) {
    const std::string_view name = code(refusal);
    EXPECT_TRUE(codes.insert(name).second) << name;
    EXPECT_TRUE(std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || c == '_';
    })) << name;
    EXPECT_FALSE(sentence(refusal).empty()) << name;
  }
}

TEST(Refusal, IsFoundByItsCodeAndByNothingElse) {
  for (const Refusal refusal : all_refusals()) EXPECT_EQ(refusal_named(code(refusal)), refusal);
  EXPECT_FALSE(refusal_named(""));
  EXPECT_FALSE(refusal_named("Internal"));
  EXPECT_FALSE(refusal_named("internal_error"));
}

TEST(RefusalCounters, CountEachRefusalForItself) {
  RefusalCounters counters;
  for (const Refusal refusal : all_refusals()) EXPECT_EQ(counters.of(refusal), 0U);
  counters.count(Refusal::bad_tag);
  counters.count(Refusal::bad_tag);
  counters.count(Refusal::too_many_sessions);
  EXPECT_EQ(counters.of(Refusal::bad_tag), 2U);
  EXPECT_EQ(counters.of(Refusal::too_many_sessions), 1U);
  EXPECT_EQ(counters.of(Refusal::replayed), 0U);
}

}  // namespace
}  // namespace sealbus::base
