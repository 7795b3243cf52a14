#include "common/config/value.hpp"

#include <gtest/gtest.h>

#include "common/config/parse.hpp"

namespace sealbus::config {
namespace {

ValuePtr tree(const std::string& text) { return parse_yaml(text, "x.yaml").documents.at(0); }
ValuePtr scalar(const std::string& text) { return make_scalar(text, {"VARIABLE"}); }

TEST(ValueWith, PutsAValueInPlaceOfAnother) {
  const ValuePtr before = tree("bus: {listen: a, queue: 1}\nlog: x\n");
  const ValuePtr after = with(before, "bus.listen", scalar("b"));
  EXPECT_EQ(after->find("bus")->value->find("listen")->value->text, "b");
  EXPECT_EQ(after->find("bus")->value->find("queue")->value->text, "1");
  EXPECT_EQ(after->find("log")->value->text, "x");
  EXPECT_EQ(before->find("bus")->value->find("listen")->value->text, "a");
}

TEST(ValueWith, MakesTheMapsOnTheWay) {
  EXPECT_EQ(with(nullptr, "a.b.c", scalar("x"))
                ->find("a")
                ->value->find("b")
                ->value->find("c")
                ->value->text,
            "x");
  EXPECT_EQ(with(tree("a:\n"), "a.b", scalar("x"))->find("a")->value->find("b")->value->text, "x");
}

TEST(ValueWith, LeavesATreeInWhichSomethingElseStandsInTheWay) {
  const ValuePtr after = with(tree("a: text\n"), "a.b", scalar("x"));
  EXPECT_EQ(after->find("a")->value->text, "text");
}

TEST(ValueWith, DoesNotChangeWhatAnAliasShares) {
  const ValuePtr after = with(tree("a: &s {k: 1}\nb: *s\n"), "a.k", scalar("2"));
  EXPECT_EQ(after->find("a")->value->find("k")->value->text, "2");
  EXPECT_EQ(after->find("b")->value->find("k")->value->text, "1");
}

TEST(ValueWithout, TakesAwayAKeyAndNothingElse) {
  const ValuePtr after = without(tree("key: {file: a, previous: []}\n"), "key.file");
  EXPECT_EQ(after->find("key")->value->find("file"), nullptr);
  EXPECT_NE(after->find("key")->value->find("previous"), nullptr);
  EXPECT_EQ(without(nullptr, "a.b"), nullptr);
  const ValuePtr same = tree("a: 1\n");
  EXPECT_EQ(without(same, "b.c"), same);
}

TEST(MakeList, SplitsAtCommasAndTrims) {
  const ValuePtr list = make_list(" a ,b,, c", {"VARIABLE"});
  ASSERT_EQ(list->items.size(), 4U);
  EXPECT_EQ(list->items[0]->text, "a");
  EXPECT_EQ(list->items[2]->text, "");
  EXPECT_EQ(list->items[3]->text, "c");
}

TEST(Found, ShowsAValueOnOneLineAndCut) {
  EXPECT_EQ(found(*tree("[]")), "a list");
  EXPECT_EQ(found(*tree("{}")), "a map");
  EXPECT_EQ(found(*tree("~")), "nothing");
  EXPECT_EQ(found(*tree("\"a\\nb\\e[31m\"")), R"('a\x0ab\x1b[31m')");
  EXPECT_LT(found(*tree(std::string(1'000, 'x'))).size(), 80U);
}

}  // namespace
}  // namespace sealbus::config
