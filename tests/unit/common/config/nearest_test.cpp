#include "common/config/nearest.hpp"

#include <gtest/gtest.h>

namespace sealbus::config {
namespace {

TEST(EditDistance, CountsSingleEditsAndSwapsAsOne) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("listen", "listen"), 0U);
  EXPECT_EQ(edit_distance("liten", "listen"), 1U);
  EXPECT_EQ(edit_distance("lissten", "listen"), 1U);
  EXPECT_EQ(edit_distance("lasten", "listen"), 1U);
  EXPECT_EQ(edit_distance("providres", "providers"), 1U);
  EXPECT_EQ(edit_distance("abcd", "badc"), 2U);
}

TEST(Nearest, FindsWhatWasProbablyMeant) {
  EXPECT_EQ(nearest("providres", {"development", "providers"}), "providers");
  EXPECT_EQ(nearest("SEALBUS_HTPT", {"SEALBUS_BUS", "SEALBUS_HTTP"}), "SEALBUS_HTTP");
}

TEST(Nearest, PrefersTheNearest) { EXPECT_EQ(nearest("lists", {"list", "listen"}), "list"); }

TEST(Nearest, KeepsSilentWhenNothingIsNear) {
  EXPECT_EQ(nearest("colour", {"listen", "workers"}), "");
  EXPECT_EQ(nearest("x", {"y"}), "");
  EXPECT_EQ(nearest("listen", {}), "");
}

TEST(Nearest, DoesNotMeasureEndlessWords) {
  EXPECT_EQ(nearest(std::string(65, 'a'), {std::string(65, 'a') + "b"}), "");
}

}  // namespace
}  // namespace sealbus::config
