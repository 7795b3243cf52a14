#include "common/base/json_writer.hpp"

#include <cstdint>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace sealbus::base {
namespace {

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(JsonWriter, SetsCommasBetweenValuesAndNowhereElse) {
  JsonWriter json;
  json.begin_object().key("a").number(1).key("b").begin_array().number(2).number(3).end_array();
  json.key("c").begin_object().end_object().key("d").null().end_object();
  EXPECT_EQ(json.take(), R"({"a":1,"b":[2,3],"c":{},"d":null})");
}

TEST(JsonWriter, SetsCommasBetweenObjectsOfAnArray) {
  JsonWriter json;
  json.begin_array();
  for (int i = 0; i < 2; ++i) json.begin_object().key("i").number(i).end_object();
  EXPECT_EQ(json.end_array().take(), R"([{"i":0},{"i":1}])");
}

TEST(JsonWriter, WritesTheExtremesOfIntegers) {
  JsonWriter json;
  json.begin_array()
      .number(std::numeric_limits<std::int64_t>::min())
      .number(std::numeric_limits<std::uint64_t>::max())
      .end_array();
  EXPECT_EQ(json.take(), "[-9223372036854775808,18446744073709551615]");
}

TEST(JsonWriter, WritesStringsBooleansAndLists) {
  JsonWriter json;
  json.begin_object().key("s").string("x").key("t").boolean(true).key("f").boolean(false);
  json.key("l").strings(std::vector<std::string>{"users:create", "users:read"});
  json.key("e").strings(std::vector<std::string>{}).end_object();
  EXPECT_EQ(json.take(),
            R"({"s":"x","t":true,"f":false,"l":["users:create","users:read"],"e":[]})");
}

TEST(JsonWriter, IsEmptyAfterItWasTaken) {
  JsonWriter json;
  json.string("first");
  EXPECT_EQ(json.take(), R"("first")");
  EXPECT_EQ(json.string("second").take(), R"("second")");
}

TEST(JsonString, EscapesQuotesAndBackslashes) { EXPECT_EQ(quoted(R"(a"b\c)"), R"("a\"b\\c")"); }

TEST(JsonString, EscapesControlBytesAndTerminalCodes) {
  EXPECT_EQ(quoted("a\nb\x1b[31m\x7f"), R"("a\u000ab\u001b[31m\u007f")");
  EXPECT_EQ(quoted(std::string_view("\0", 1)), R"("\u0000")");
  EXPECT_EQ(quoted("\xc2\x9b"
                   "31m"),
            R"("\u009b31m")");
}

TEST(JsonString, EscapesLineSeparatorsAndMarksThatTurnTheDirectionOfWriting) {
  EXPECT_EQ(quoted("\u2028\u2029\u202a\u202e\u2066\u2069"),
            R"("\u2028\u2029\u202a\u202e\u2066\u2069")");
  for (const char* text : {"\u2027", "\u202f", "\u2065", "\u206a"}) {
    EXPECT_EQ(quoted(text), '"' + std::string(text) + '"');
  }
}

TEST(JsonString, KeepsWellFormedCharactersOfEveryLength) {
  EXPECT_EQ(quoted("é€😀\xc2\xa0"), "\"é€😀\xc2\xa0\"");
}

TEST(JsonString, ReplacesEachIllFormedByte) {
  EXPECT_EQ(quoted("a\xff"
                   "b"),
            "\"a\xef\xbf\xbd"
            "b\"");
  EXPECT_EQ(quoted("\xe2\x82"), "\"\xef\xbf\xbd\xef\xbf\xbd\"");
  EXPECT_EQ(quoted("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace sealbus::base
