#include "common/base/bytes.hpp"

#include <gtest/gtest.h>

namespace sealbus::base {
namespace {

TEST(Hex, WritesTwoLowerCaseDigitsForEachByteAndReadsBothCases) {
  EXPECT_EQ(to_hex(as_bytes(std::string_view("\x00\xab\xff", 3))), "00abff");
  EXPECT_EQ(from_hex("00AbfF"), to_bytes(std::string_view("\x00\xab\xff", 3)));
}

TEST(Hex, RefusesOddLengthsAndOtherCharacters) {
  EXPECT_FALSE(from_hex("abc"));
  EXPECT_FALSE(from_hex("0g"));
  EXPECT_FALSE(from_hex("0 "));
}

TEST(Base64Url, WritesAndReadsTheVectorsOfRfc4648WithoutPadding) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : cases) {
    EXPECT_EQ(to_base64url(as_bytes(plain)), encoded);
    EXPECT_EQ(from_base64url(encoded), to_bytes(plain));
  }
}

TEST(Base64Url, UsesTheUrlAlphabet) {
  EXPECT_EQ(to_base64url(as_bytes("\xfb\xff")), "-_8");
  EXPECT_FALSE(from_base64url("+/8"));
}

TEST(Base64Url, RefusesPaddingWhiteSpaceTrailingBitsAndImpossibleLengths) {
  for (const char* text : {"Zg==", "Zm8=", "Zm 9", "Zm9v\n", "Zh", "Zm9", "Z", "Zm9vY", "Zm.9"}) {
    EXPECT_FALSE(from_base64url(text)) << text;
  }
}

TEST(Base64Url, ReadsWhatItWroteForEveryByteAndLength) {
  Bytes bytes;
  for (unsigned i = 0; i < 300; ++i) {
    EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes) << i;
    EXPECT_EQ(from_hex(to_hex(bytes)), bytes) << i;
    bytes.push_back(static_cast<std::byte>(i * 7));
  }
}

TEST(Base64Url, HasOneTextOnlyForEachByteString) {
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (const char first : alphabet) {
    for (const char second : alphabet) {
      const std::string text{first, second};
      const auto bytes = from_base64url(text);
      EXPECT_TRUE(!bytes || to_base64url(*bytes) == text) << text;
    }
  }
}

TEST(Utf8, TakesWellFormedTextOfEveryLength) {
  for (const char* text : {"", "abc", "é", "€", "😀", "\xef\xbf\xbf", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
}

TEST(Utf8, RefusesOverlongFormsSurrogatesAndWhatIsBeyondUnicode) {
  for (const char* text :
       {"\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\x80", "\xff"}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

TEST(Utf8, RefusesTextThatEndsInTheMiddleOfACharacterWhereverItStands) {
  for (std::size_t before = 0; before < 20; ++before) {
    const std::string padding(before, 'a');
    EXPECT_FALSE(is_utf8(padding + "\xe2\x82"));
    EXPECT_FALSE(is_utf8(padding + "\xe2\x82" + padding + "a"));
    EXPECT_TRUE(is_utf8(padding + "\xe2\x82\xac" + padding));
  }
}

TEST(Utf8Character, IsTheFirstOneAndNothingIfThatIsIllFormed) {
  EXPECT_EQ(utf8_character(""), 0U);
  EXPECT_EQ(utf8_character("ab"), 1U);
  EXPECT_EQ(utf8_character(std::string_view("\0", 1)), 1U);
  EXPECT_EQ(utf8_character("\xc3\xa9\xff"), 2U);
  EXPECT_EQ(utf8_character("\xe2\x82\xac\xff"), 3U);
  EXPECT_EQ(utf8_character("\xf0\x9f\x98\x80\xff"), 4U);
  for (const char* text :
       {"\x80", "\xc3", "\xc3z", "\xe2\x82", "\xe2\x82z", "\xf0\x9f\x98", "\xff"}) {
    EXPECT_EQ(utf8_character(text), 0U);
  }
}

TEST(Utf8, AgreesWithTheTableOfRfc3629OnEveryPairOfBytes) {
  for (unsigned first = 0x80; first <= 0xff; ++first) {
    for (unsigned second = 0; second <= 0xff; ++second) {
      const std::string text{static_cast<char>(first), static_cast<char>(second)};
      const bool well_formed = first >= 0xc2 && first <= 0xdf && second >= 0x80 && second <= 0xbf;
      EXPECT_EQ(is_utf8(text), well_formed) << first << ' ' << second;
    }
  }
}

}  // namespace
}  // namespace sealbus::base
