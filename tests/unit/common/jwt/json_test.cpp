#include "common/jwt/json.hpp"

#include <string>

#include <gtest/gtest.h>

namespace sealbus::jwt::json {
namespace {

base::Result<Document, Problem> parsed(std::string_view text) {
  return parse(base::as_bytes(text));
}

void expect_problem(std::string_view text, Problem problem) {
  const auto document = parsed(text);
  ASSERT_FALSE(document) << text;
  EXPECT_EQ(document.error(), problem) << text;
}

std::string nested(std::string_view open, unsigned levels, std::string_view close) {
  std::string text = "{\"a\":";
  for (unsigned i = 1; i < levels; ++i) text += open;
  text += "1";
  for (unsigned i = 1; i < levels; ++i) text += close;
  return text + "}";
}

TEST(Json, ReadsEveryKindOfValue) {
  const auto document =
      parsed(R"({"n":null,"t":true,"f":false,"i":-5,"r":1.5,"s":"é\n","a":[1,"x"],"o":{"k":2}})");
  ASSERT_TRUE(document);
  const Value root = document->root();
  EXPECT_EQ(root.member("n")->kind(), Kind::null);
  EXPECT_EQ(root.member("t")->boolean(), true);
  EXPECT_EQ(root.member("f")->boolean(), false);
  EXPECT_EQ(root.member("i")->integer(), -5);
  EXPECT_EQ(root.member("r")->real(), 1.5);
  EXPECT_EQ(root.member("s")->text(), "é\n");
  EXPECT_EQ(root.member("a")->kind(), Kind::array);
  EXPECT_EQ(root.member("o")->member("k")->integer(), 2);
}

TEST(Json, GivesNothingForAnotherKindOrAnAbsentMember) {
  const auto document = parsed(R"({"i":1,"s":"1"})");
  ASSERT_TRUE(document);
  const Value root = document->root();
  EXPECT_FALSE(root.member("I"));
  EXPECT_FALSE(root.member("i")->text());
  EXPECT_FALSE(root.member("i")->real());
  EXPECT_FALSE(root.member("i")->boolean());
  EXPECT_FALSE(root.member("s")->integer());
  EXPECT_FALSE(root.member("s")->member("x"));
}

TEST(Json, WalksElementsAndMembersInOrderPastWhatTheyContain) {
  const auto document = parsed(R"({"a":[[1,2],{"b":3},4],"c":5})");
  ASSERT_TRUE(document);
  std::string names;
  for (const Value member : document->root()) names += member.name();
  EXPECT_EQ(names, "ac");
  std::string kinds;
  const Value array = *document->root().member("a");
  for (const Value element : array) {
    kinds += std::to_string(static_cast<int>(element.kind()));
  }
  EXPECT_EQ(kinds, "562");
}

TEST(Json, ADocumentStaysReadableWhenItIsMoved) {
  auto document = parsed(R"({"s":"x"})");
  ASSERT_TRUE(document);
  const Value before = document->root();
  const Document moved = std::move(*document);
  EXPECT_EQ(before.member("s")->text(), "x");
  EXPECT_EQ(moved.root().member("s")->text(), "x");
}

TEST(Json, ADocumentOutlivesTheNextOneOfItsThread) {
  const auto first = parsed(R"({"s":"first"})");
  const auto second = parsed(R"({"s":"other"})");
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->root().member("s")->text(), "first");
}

TEST(Json, RefusesWhatIsNotWellFormed) {
  for (const std::string_view text :
       {"", " ", "{", "}", "{\"a\"}", "{\"a\":1,}", "{a:1}", "{'a':1}", "{\"a\":NaN}",
        "{\"a\":Infinity}", "{\"a\":tru}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\n\"}",
        "{\"a\":1}{\"a\":1}", "{\"a\":1} x", "\xef\xbb\xbf{\"a\":1}", "{\"a\":\"\\x\"}",
        "/**/{\"a\":1}"}) {
    expect_problem(text, Problem::syntax);
  }
  expect_problem(std::string_view("{\"a\":1}\0", 8), Problem::syntax);
}

TEST(Json, RefusesIllFormedUtf8) {
  for (const std::string_view bytes :
       {"\x80", "\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
    expect_problem("{\"a\":\"" + std::string(bytes) + "\"}", Problem::syntax);
    expect_problem("{\"" + std::string(bytes) + "\":1}", Problem::syntax);
  }
}

TEST(Json, RefusesNumbersThatAreIllFormedOrTooLarge) {
  for (const std::string_view number :
       {"01", "1.", "-", "1e309", "-1e309", "99999999999999999999999", "1e"}) {
    expect_problem("{\"a\":" + std::string(number) + "}", Problem::number);
  }
}

TEST(Json, AnIntegerBeyond63BitsIsNoInteger) {
  const auto document = parsed(R"({"most":9223372036854775807,"more":9223372036854775808})");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().member("most")->integer(), 9223372036854775807LL);
  EXPECT_FALSE(document->root().member("more")->integer());
  EXPECT_EQ(document->root().member("more")->real(), 9223372036854775808.0);
}

TEST(Json, RefusesWhatIsNoObject) {
  for (const std::string_view text : {"[]", "1", "\"a\"", "null", "true", "[{\"a\":1}]"}) {
    expect_problem(text, Problem::not_an_object);
  }
}

TEST(Json, RefusesANameTwiceInOneObject) {
  expect_problem(R"({"a":1,"a":1})", Problem::duplicate_name);
  expect_problem(R"({"a":1,"b":[[1]],"a":2})", Problem::duplicate_name);
  expect_problem(R"({"a":1,"\u0061":2})", Problem::duplicate_name);
  expect_problem(R"({"o":{"a":1,"a":2}})", Problem::duplicate_name);
  expect_problem(R"({"o":[{"a":1,"a":2}]})", Problem::duplicate_name);
  expect_problem(R"({"":1,"":2})", Problem::duplicate_name);
}

TEST(Json, TheSameNameInDifferentObjectsIsNoDuplicate) {
  EXPECT_TRUE(parsed(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}],"A":1})"));
}

TEST(Json, AcceptsTheDeepestNestingAndRefusesOneLevelMore) {
  EXPECT_TRUE(parsed(nested("[", kMostDepth, "]")));
  EXPECT_TRUE(parsed(nested("{\"a\":", kMostDepth, "}")));
  expect_problem(nested("[", kMostDepth + 1, "]"), Problem::too_large);
  expect_problem(nested("{\"a\":", kMostDepth + 1, "}"), Problem::too_large);
  expect_problem(nested("[", 3'000, "]"), Problem::too_large);
}

std::string object_of(std::size_t members) {
  std::string text = "{";
  for (std::size_t i = 0; i < members; ++i) {
    text += (i == 0 ? "\"m" : ",\"m") + std::to_string(i) + "\":1";
  }
  return text + "}";
}

TEST(Json, AcceptsTheMostMembersAndRefusesOneMore) {
  EXPECT_TRUE(parsed(object_of(kMostMembers)));
  expect_problem(object_of(kMostMembers + 1), Problem::too_large);
}

TEST(Json, AcceptsTheLongestTextAndRefusesOneByteMore) {
  const std::string padding(kMostBytes - 8, 'x');
  EXPECT_TRUE(parsed("{\"a\":\"" + padding + "\"}"));
  expect_problem("{\"a\":\"" + padding + "x\"}", Problem::too_large);
}

TEST(Json, IsReadableAgainAfterARefusal) {
  expect_problem("{", Problem::syntax);
  EXPECT_TRUE(parsed("{}"));
}

}  // namespace
}  // namespace sealbus::jwt::json
