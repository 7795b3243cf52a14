#include "common/envelope/mac.hpp"

#include <gtest/gtest.h>

#include "common/base/bytes.hpp"

namespace sealbus::envelope {
namespace {

base::Secret secret(std::string_view hex) { return base::Secret(*base::from_hex(hex)); }

base::Secret key_of(unsigned char byte) {
  return base::Secret(base::Bytes(kKeySize, std::byte{byte}));
}

// RFC 4231 has no key of 32 bytes: this one is Python's hmac over the same text.
TEST(HmacSha256, ComputesTheStandardsTag) {
  base::Bytes key(kKeySize);
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(i);
  HmacSha256 mac{base::Secret(key)};
  EXPECT_EQ(base::to_hex(mac.compute({base::as_bytes("what do ya want for nothing?")})),
            "099805f4ac310786968565c098db515cc50862b420ae31e20238312344bed36a");
}

TEST(HmacSha256, BeginsAfreshEachTime) {
  HmacSha256 mac(key_of(1));
  const Tag first = mac.compute({base::as_bytes("a")});
  EXPECT_NE(mac.compute({base::as_bytes("b")}), first);
  EXPECT_EQ(mac.compute({base::as_bytes("a")}), first);
}

TEST(HmacSha256, TakesItsPartsAsOne) {
  HmacSha256 mac(key_of(1));
  EXPECT_EQ(mac.compute({base::as_bytes("ab"), {}, base::as_bytes("c")}),
            mac.compute({base::as_bytes("abc")}));
  EXPECT_EQ(mac.compute({}), mac.compute({{}, {}}));
}

TEST(HmacSha256, KeepsItsKeyWhenItIsMoved) {
  HmacSha256 mac(key_of(1));
  const Tag tag = mac.compute({base::as_bytes("a")});
  HmacSha256 moved(std::move(mac));
  EXPECT_EQ(moved.compute({base::as_bytes("a")}), tag);
}

TEST(HmacSha256DeathTest, HasAKeyOf32Bytes) {
  EXPECT_DEATH(HmacSha256(base::Secret(31)), "");
  EXPECT_DEATH(HmacSha256(base::Secret(33)), "");
  EXPECT_DEATH(HmacSha256{base::Secret()}, "");
}

TEST(Tag, SeparatesTheFrames) {
  HmacSha256 mac(key_of(1));
  const base::Bytes seal(kTaggedSealSize);
  const auto tag = [&](std::string_view header, std::string_view payload) {
    return compute_tag(mac, seal, base::as_bytes(header), base::as_bytes(payload));
  };
  EXPECT_NE(tag("ab", "c"), tag("a", "bc"));
  EXPECT_NE(tag("ab", ""), tag("", "ab"));
  EXPECT_EQ(tag("ab", "c"), tag("ab", "c"));
}

TEST(Tag, MatchesOnlyItself) {
  HmacSha256 mac(key_of(1));
  base::Bytes seal(kSealSize);
  const auto header = base::as_bytes("header");
  const Tag tag = compute_tag(mac, base::ByteView(seal).first(kTaggedSealSize), header, {});
  std::copy(tag.begin(), tag.end(), seal.begin() + kTaggedSealSize);
  EXPECT_TRUE(tag_matches(mac, {seal, header, {}}));
  HmacSha256 other(key_of(2));
  EXPECT_FALSE(tag_matches(other, {seal, header, {}}));
  EXPECT_FALSE(tag_matches(mac, {base::ByteView(seal).first(kSealSize - 1), header, {}}));
  seal.back() ^= std::byte{1};
  EXPECT_FALSE(tag_matches(mac, {seal, header, {}}));
}

// Key and salt of RFC 5869, test case 1; the info is ours, so the output is Python's.
TEST(Hkdf, PutsALengthBeforeEachPartOfTheInfo) {
  const auto key = secret("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
  EXPECT_EQ(base::to_hex(hkdf(key, *base::from_hex("000102030405060708090a0b0c"),
                              {base::as_bytes("a"), base::as_bytes("")})
                             .reveal()),
            "09a10bd6ae325fcb84fba4357d9f26b2a1fdd975238d01cd0259051d48d1ae73");
}

TEST(Hkdf, TakesNoInfoAndNoSalt) {
  // RFC 5869, test case 3.
  const auto key = secret("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
  EXPECT_EQ(base::to_hex(hkdf(key, {}, {}).reveal()),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

TEST(Hkdf, GivesAnotherKeyForEachInput) {
  const auto of = [](unsigned char key, std::string_view salt, std::string_view a,
                     std::string_view b) {
    return base::to_hex(
        hkdf(key_of(key), base::as_bytes(salt), {base::as_bytes(a), base::as_bytes(b)}).reveal());
  };
  const std::string good = of(1, "salt", "ab", "c");
  EXPECT_EQ(of(1, "salt", "ab", "c"), good);
  EXPECT_NE(of(2, "salt", "ab", "c"), good);
  EXPECT_NE(of(1, "sal", "ab", "c"), good);
  EXPECT_NE(of(1, "salt", "a", "bc"), good);
  EXPECT_NE(of(1, "salt", "abc", ""), good);
}

}  // namespace
}  // namespace sealbus::envelope
