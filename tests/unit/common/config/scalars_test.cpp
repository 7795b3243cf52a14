#include "common/config/scalars.hpp"

#include <gtest/gtest.h>

namespace sealbus::config {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

TEST(Scalars, ReadsTheBooleansOfYaml12AndNoOthers) {
  for (const char* text : {"true", "True", "TRUE"}) EXPECT_EQ(parse_bool(text), true) << text;
  for (const char* text : {"false", "False", "FALSE"}) EXPECT_EQ(parse_bool(text), false) << text;
  for (const char* text : {"", "yes", "no", "on", "off", "1", "0", "tRUE", " true", "true "}) {
    EXPECT_FALSE(parse_bool(text)) << text;
  }
}

TEST(Scalars, ReadsWholeNumbersExactly) {
  EXPECT_EQ(parse_integer("0"), 0U);
  EXPECT_EQ(parse_integer("18446744073709551615"), 18'446'744'073'709'551'615U);
  for (const char* text :
       {"", "-1", "+1", "1.0", "1e3", "0x10", " 1", "1 ", "1_000", "18446744073709551616"}) {
    EXPECT_FALSE(parse_integer(text)) << text;
  }
}

TEST(Scalars, ReadsDurationsInEachUnit) {
  EXPECT_EQ(parse_duration("500ms"), milliseconds(500));
  EXPECT_EQ(parse_duration("5s"), seconds(5));
  EXPECT_EQ(parse_duration("2m"), seconds(120));
  EXPECT_EQ(parse_duration("1h"), hours(1));
  EXPECT_EQ(parse_duration("0s"), seconds(0));
}

TEST(Scalars, RefusesDurationsWithoutAUnitOrWithAnother) {
  for (const char* text : {"", "5", "s", "5 s", "5S", "1.5s", "-5s", "5sec", "1m30s", "5d"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Scalars, RefusesDurationsThatWouldOverflow) {
  EXPECT_EQ(parse_duration("240000h"), hours(240'000));
  EXPECT_FALSE(parse_duration("240001h"));
  EXPECT_FALSE(parse_duration("18446744073709551615h"));
  EXPECT_FALSE(parse_duration("99999999999999999999999ms"));
}

TEST(Scalars, ReadsSizesInEachUnit) {
  EXPECT_EQ(parse_size("0"), base::ByteCount{0});
  EXPECT_EQ(parse_size("4096"), base::ByteCount{4'096});
  EXPECT_EQ(parse_size("64KiB"), base::ByteCount{65'536});
  EXPECT_EQ(parse_size("1MiB"), base::ByteCount{1'048'576});
  EXPECT_EQ(parse_size("2GiB"), base::ByteCount{2'147'483'648});
}

TEST(Scalars, RefusesSizesWithOtherUnitsAndThoseThatWouldOverflow) {
  for (const char* text : {"", "KiB", "1KB", "1kib", "1 KiB", "1.5MiB", "-1", "1B"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
  EXPECT_TRUE(parse_size("1048576GiB"));
  EXPECT_FALSE(parse_size("1048577GiB"));
  EXPECT_FALSE(parse_size("18446744073709551615GiB"));
}

TEST(Scalars, WritesInTheLargestUnitThatKeepsAWholeNumber) {
  EXPECT_EQ(to_text(milliseconds(0)), "0ms");
  EXPECT_EQ(to_text(milliseconds(1'500)), "1500ms");
  EXPECT_EQ(to_text(seconds(90)), "90s");
  EXPECT_EQ(to_text(seconds(60)), "1m");
  EXPECT_EQ(to_text(hours(24)), "24h");
  EXPECT_EQ(to_text(base::ByteCount{0}), "0");
  EXPECT_EQ(to_text(base::ByteCount{1'025}), "1025");
  EXPECT_EQ(to_text(base::ByteCount{16'384}), "16KiB");
}

}  // namespace
}  // namespace sealbus::config
