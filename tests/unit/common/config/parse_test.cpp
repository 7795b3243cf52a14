#include "common/config/parse.hpp"

#include <gtest/gtest.h>

namespace sealbus::config {
namespace {

using Kind = Value::Kind;

Parsed parse(const std::string& text) { return parse_yaml(text, "x.yaml"); }

// The only problem of a text that cannot be read.
std::string broken(const std::string& text) {
  const Parsed parsed = parse(text);
  EXPECT_TRUE(parsed.broken) << text.substr(0, 80);
  EXPECT_TRUE(parsed.documents.empty());
  EXPECT_EQ(parsed.problems.size(), 1U);
  return parsed.problems.empty() ? "" : to_string(parsed.problems.front());
}

TEST(ParseYaml, MakesATreeInWhichEverythingKnowsItsPlace) {
  const Parsed parsed = parse("a: 1\nb:\n  - x\n  - {c: y}\n");
  ASSERT_EQ(parsed.documents.size(), 1U);
  EXPECT_TRUE(parsed.problems.empty());
  const Value& root = *parsed.documents[0];
  ASSERT_EQ(root.kind, Kind::map);
  ASSERT_NE(root.find("a"), nullptr);
  EXPECT_EQ(root.find("a")->value->text, "1");
  EXPECT_EQ(root.find("a")->position, (Position{"x.yaml", 1, 1}));
  EXPECT_EQ(root.find("a")->value->position, (Position{"x.yaml", 1, 4}));
  const Value& list = *root.find("b")->value;
  ASSERT_EQ(list.items.size(), 2U);
  EXPECT_EQ(list.items[1]->find("c")->position, (Position{"x.yaml", 4, 6}));
  EXPECT_EQ(root.find("c"), nullptr);
}

TEST(ParseYaml, TellsNothingFromEmptyText) {
  const Parsed parsed = parse("a:\nb: ~\nc: ''\n");
  const Value& root = *parsed.documents.at(0);
  EXPECT_EQ(root.find("a")->value->kind, Kind::null);
  EXPECT_EQ(root.find("b")->value->kind, Kind::null);
  EXPECT_EQ(root.find("c")->value->kind, Kind::scalar);
}

TEST(ParseYaml, HasNoDocumentInAnEmptyText) {
  EXPECT_TRUE(parse("").documents.empty());
  EXPECT_TRUE(parse("").problems.empty());
  EXPECT_FALSE(parse("").broken);
}

TEST(ParseYaml, ReadsEachDocument) {
  const Parsed parsed = parse("a: 1\n---\nb: 2\n");
  ASSERT_EQ(parsed.documents.size(), 2U);
  EXPECT_NE(parsed.documents[1]->find("b"), nullptr);
}

TEST(ParseYaml, ReportsAKeyThatIsThereTwiceAndKeepsTheFirst) {
  const Parsed parsed = parse("a: 1\nb: 2\na: 3\n");
  ASSERT_EQ(parsed.problems.size(), 1U);
  EXPECT_EQ(to_string(parsed.problems[0]),
            "x.yaml:3:1: a: this key is there twice; first at line 1");
  EXPECT_EQ(parsed.documents.at(0)->find("a")->value->text, "1");
  EXPECT_FALSE(parsed.broken);
}

TEST(ParseYaml, SharesWhatAnAliasStandsFor) {
  const Parsed parsed = parse("a: &x {k: v}\nb: *x\n");
  const Value& root = *parsed.documents.at(0);
  EXPECT_EQ(root.find("a")->value, root.find("b")->value);
}

TEST(ParseYaml, SaysWhereItStoppedUnderstanding) {
  EXPECT_EQ(broken("a: 1\n b: 2\n").substr(0, 11), "x.yaml:2:3:");
  EXPECT_NE(broken("a: [1, 2\n"), "");
  EXPECT_NE(broken("a: *nowhere\n"), "");
  EXPECT_NE(broken("a:\n\t- x\n"), "");
}

TEST(ParseYaml, NoticesAQuoteThatSwallowsTheRest) {
  for (const std::string quote : {"\"", "'"}) {
    for (const std::string rest : {"", "\n", "\n\n", " \n", "\nb: 1\n", "\n# end\n"}) {
      broken("a: " + quote + "unfinished" + rest);
    }
    EXPECT_FALSE(parse("a: " + quote + "finished\n  later" + quote + "\n").broken);
  }
}

TEST(ParseYaml, RefusesTagsAndKeysThatAreNoText) {
  EXPECT_NE(broken("a: !!python/object x\n").find("tags"), std::string::npos);
  EXPECT_NE(broken("? [a, b]\n: c\n").find("a key must be text"), std::string::npos);
}

TEST(ParseYaml, RefusesAnAliasInsideOfItsOwnAnchor) {
  EXPECT_NE(broken("a: &x [*x]\n").find("alias"), std::string::npos);
}

TEST(ParseYaml, RefusesWhatIsNoText) {
  EXPECT_NE(broken("a: \xff\n").find("UTF-8"), std::string::npos);
  EXPECT_NE(broken(std::string("a: \0\n", 5)).find("NUL"), std::string::npos);
}

TEST(ParseYaml, AcceptsExactlyTheLargestText) {
  std::string text = "a: 1\n#";
  text.resize(kMostText.value, 'x');
  EXPECT_FALSE(parse(text).broken);
  EXPECT_NE(broken(text + "x").find("1 MiB"), std::string::npos);
}

TEST(ParseYaml, AcceptsExactlyTheDeepestNesting) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_FALSE(parse(nested(kMostDepth)).broken);
  EXPECT_NE(broken(nested(kMostDepth + 1)).find("levels"), std::string::npos);
  broken(std::string(100'000, '['));
  broken(std::string(100'000, '{'));
}

TEST(ParseYaml, AcceptsExactlyTheMostValues) {
  const auto list = [](std::size_t values) {  // the list itself is one
    std::string text = "[";
    for (std::size_t i = 1; i < values; ++i) text += "x,";
    return text + "]";
  };
  EXPECT_FALSE(parse(list(kMostValues)).broken);
  EXPECT_NE(broken(list(kMostValues + 1)).find("values"), std::string::npos);
}

TEST(ParseYaml, DoesNotLaughABillionTimes) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) text += before + ", ";
    text += "]\n";
  }
  EXPECT_NE(broken(text).find("values"), std::string::npos);
}

TEST(ParseYaml, CountsValuesOverAllDocuments) {
  std::string text;
  for (std::size_t i = 0; i < kMostValues; ++i) text += "---\n[x]\n";
  broken(text);
}

}  // namespace
}  // namespace sealbus::config
