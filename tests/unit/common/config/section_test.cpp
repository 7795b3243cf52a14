#include "common/config/section.hpp"

#include <gtest/gtest.h>

#include "common/config/parse.hpp"

namespace sealbus::config {
namespace {

using std::chrono::seconds;
using Lines = std::vector<std::string>;

class SectionTest : public testing::Test {
 protected:
  Section read(const std::string& text) {
    return Section(parse_yaml(text, "x.yaml").documents.at(0), "", report_);
  }
  Lines problems() {
    Lines lines;
    for (const Problem& problem : report_.take()) lines.push_back(to_string(problem));
    return lines;
  }

  Report report_;
};

TEST_F(SectionTest, ReadsEachType) {
  Section map = read("t: text\nb: true\ni: 7\nd: 5s\ns: 64KiB\nl: [a, b]\no: one\n");
  EXPECT_EQ(map.text("t"), "text");
  EXPECT_EQ(map.boolean("b"), true);
  EXPECT_EQ(map.integer("i", {0, 10}), 7U);
  EXPECT_EQ(map.duration("d", {seconds(1), seconds(9)}), seconds(5));
  EXPECT_EQ(map.size("s", {{0}, {65'536}}), base::ByteCount{65'536});
  EXPECT_EQ(map.texts("l"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(map.texts("o"), (std::vector<std::string>{"one"}));
  map.report_unknown();
  EXPECT_EQ(problems(), Lines{});
}

TEST_F(SectionTest, ReadsWhatIsAbsentAsNothingWithoutAProblem) {
  Section map = read("{}");
  EXPECT_FALSE(map.text("t"));
  EXPECT_FALSE(map.boolean("b"));
  EXPECT_FALSE(map.integer("i", {0, 10}));
  EXPECT_FALSE(map.duration("d", {seconds(1), seconds(9)}));
  EXPECT_FALSE(map.size("s", {{0}, {1}}));
  EXPECT_FALSE(map.texts("l"));
  EXPECT_TRUE(map.sections("m").empty());
  EXPECT_FALSE(map.section("n").has("x"));
  EXPECT_EQ(problems(), Lines{});
}

TEST_F(SectionTest, SaysWhatWasExpectedAndFoundForEachType) {
  Section map = read("t: [x]\nb: yes\ni: many\nd: 5\ns: 1KB\nl: {}\nm: x\nn: []\nz:\n");
  map.text("t");
  map.boolean("b");
  map.integer("i", {1, 10});
  map.duration("d", {seconds(1), seconds(9)});
  map.size("s", {{0}, {1'024}});
  map.texts("l");
  map.sections("m");
  map.section("n");
  map.text("z");
  EXPECT_EQ(
      problems(),
      (Lines{"x.yaml:1:4: t: expected text; found a list",
             "x.yaml:2:4: b: expected true or false; found 'yes'",
             "x.yaml:3:4: i: expected a whole number from 1 to 10; found 'many'",
             "x.yaml:4:4: d: expected a duration (500ms, 5s, 2m, 1h) from 1s to 9s; found '5'",
             "x.yaml:5:4: s: expected a size (65536, 64KiB, 1MiB) from 0 to 1KiB; found '1KB'",
             "x.yaml:6:4: l: expected text or a list of texts; found a map",
             "x.yaml:7:4: m: expected a list of maps; found 'x'",
             "x.yaml:8:4: n: expected a map of keys; found a list",
             "x.yaml:9:1: z: expected text; found nothing"}));
}

TEST_F(SectionTest, AcceptsBothEndsOfARangeAndNothingBeyond) {
  Section map = read("a: 1\nb: 10\nc: 0\nd: 11\n");
  EXPECT_EQ(map.integer("a", {1, 10}), 1U);
  EXPECT_EQ(map.integer("b", {1, 10}), 10U);
  EXPECT_FALSE(map.integer("c", {1, 10}));
  EXPECT_FALSE(map.integer("d", {1, 10}));
  EXPECT_EQ(problems().size(), 2U);
}

TEST_F(SectionTest, NamesTheNearestKnownKeyAtTheUnknownOnesOwnPlace) {
  Section map = read("auth:\n  development: true\n  providres: []\n");
  Section auth = map.section("auth");
  auth.boolean("development");
  auth.sections("providers");
  auth.report_unknown();
  EXPECT_EQ(problems(),
            Lines{"x.yaml:3:3: auth.providres: unknown key; did you mean 'providers'?"});
}

TEST_F(SectionTest, NamesAllKnownKeysWhenNoneIsNear) {
  Section map = read("colour: red\n");
  map.text("listen");
  map.text("admin");
  map.report_unknown();
  EXPECT_EQ(problems(), Lines{"x.yaml:1:1: colour: unknown key; known here: admin, listen"});
}

TEST_F(SectionTest, RefusesAKeyForItsOwnReason) {
  Section map = read("tap: x\nlisten: y\n");
  map.refuse("tap", "not yet");
  map.refuse("http", "not yet");
  map.text("listen");
  map.report_unknown();
  EXPECT_EQ(problems(), Lines{"x.yaml:1:1: tap: not yet"});
}

TEST_F(SectionTest, NumbersTheItemsOfLists) {
  Section map = read("m:\n  - {a: x}\n  - {b: y}\nl: [x, [y]]\n");
  auto items = map.sections("m");
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].text("a"), "x");
  items[1].text("a");
  items[1].report_unknown();
  map.texts("l");
  EXPECT_EQ(problems(), (Lines{"x.yaml:3:6: m[1].b: unknown key; known here: a",
                               "x.yaml:4:8: l[1]: expected text; found a list"}));
}

TEST_F(SectionTest, TakesTheNamesThatTheUserChose) {
  Section map = read("users: {a: 1}\norders:\n");
  EXPECT_EQ(map.names(), (std::vector<std::string>{"users", "orders"}));
  EXPECT_EQ(map.section("users").path(), "users");
  map.report_unknown();
  EXPECT_EQ(problems(), Lines{});
}

TEST_F(SectionTest, NeverShowsTextThatStandsWhereAMapBelongs) {
  read("key: sealbus-root-v1:secret\n").section("key");
  EXPECT_EQ(problems(), Lines{"x.yaml:1:6: key: expected a map of keys; found text"});
}

TEST_F(SectionTest, SortsProblemsByTheirPlace) {
  Section map = read("a: x\nb: y\n");
  map.boolean("b");
  map.boolean("a");
  const Lines lines = problems();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_TRUE(lines[0].starts_with("x.yaml:1:"));
}

TEST_F(SectionTest, ReportsARuleAtTheKeyOrAtWhatItIsMissingFrom) {
  Section map = read("bus:\n  listen: x\n");
  map.section("bus").text("listen");
  report_.add("bus.listen", "one");
  report_.add("bus.connect", "two");
  report_.add("key", "three");
  EXPECT_EQ(problems(), (Lines{"x.yaml: key: three", "x.yaml:2:3: bus.connect: two",
                               "x.yaml:2:11: bus.listen: one"}));
}

TEST_F(SectionTest, NamesAVariableInPlaceOfTheKeyThatItHolds) {
  report_.locate("auth.development", {"DEVELOPMENT_AUTH_ENABLED"});
  report_.add("auth.development", "expected true or false");
  EXPECT_EQ(problems(), Lines{"DEVELOPMENT_AUTH_ENABLED: expected true or false"});
}

TEST_F(SectionTest, KnowsWhichKeysAreWrong) {
  report_.add("auth.providers[0].issuer", "bad");
  EXPECT_TRUE(report_.is_wrong("auth"));
  EXPECT_TRUE(report_.is_wrong("auth.providers"));
  EXPECT_TRUE(report_.is_wrong("auth.providers[0].issuer"));
  EXPECT_FALSE(report_.is_wrong("auth.provider"));
  EXPECT_FALSE(report_.is_wrong("auth.providers[0].issuers"));
  EXPECT_FALSE(report_.is_wrong("bus"));
  report_.add("bus", "no map");
  EXPECT_TRUE(report_.is_wrong("bus.listen"));
  report_.add("", "no map");
  EXPECT_TRUE(report_.is_wrong("drain"));
}

TEST(ProblemText, IsOneLineWithoutTerminalCodes) {
  const Problem problem{{"a\nb.yaml", 1, 2}, "k\x1b[31m", "bad"};
  EXPECT_EQ(to_string(problem), R"(a\x0ab.yaml:1:2: k\x1b[31m: bad)");
}

}  // namespace
}  // namespace sealbus::config
