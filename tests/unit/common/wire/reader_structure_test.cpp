#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/wire/reader.hpp"
#include "common/wire/writer.hpp"
#include "tests/unit/common/wire/reader_fixture.hpp"

namespace sealbus::wire {
namespace {

using namespace test;

// Maps.

TEST(Reader, RefusesAKeyThatWasThereBefore) {
  EXPECT_TRUE(accepts(hex("82 a161 01 a162 01"), read_map));
  EXPECT_FALSE(accepts(hex("82 a161 01 a161 01"), read_map));
  EXPECT_FALSE(accepts(hex("82 a161 01 a161 02"), read_map));
  EXPECT_FALSE(accepts(hex("83 a161 01 a162 01 a161 01"), read_map));
  EXPECT_FALSE(accepts(hex("82 a0 01 a0 01"), read_map));
}

TEST(Reader, DoesNotHandOutARepeatedKey) {
  const Bytes encoded = hex("82 a161 01 a161 02");
  Reader reader(encoded);
  std::vector<std::uint64_t> seen;
  reader.each_entry(2, [&](std::string_view) { seen.push_back(reader.unsigned_integer()); });
  EXPECT_EQ(seen, std::vector<std::uint64_t>{1});
}

TEST(Reader, RefusesKeysThatAreNotText) {
  for (const char* key : {"01", "c40161", "c0", "c3", "90", "80", "ff", "ca3f800000", "d4ff00"}) {
    EXPECT_FALSE(accepts(hex("81") + hex(key) + hex("01"), read_map)) << key;
    EXPECT_FALSE(accepts(hex("81") + hex(key) + hex("01"), skip_it)) << key;
  }
}

TEST(Reader, RefusesAKeyOfMoreThanSixtyFourBytes) {
  EXPECT_TRUE(accepts(hex("81 d940") + filled(64) + hex("01"), read_map));
  EXPECT_FALSE(accepts(hex("81 d941") + filled(65) + hex("01"), read_map));
}

TEST(Reader, TakesSixtyFourEntriesAndNoMoreWhateverTheCallerAllows) {
  for (const std::uint32_t entries : {64U, 65U}) {
    Writer writer;
    writer.map(entries);
    for (std::uint32_t i = 0; i < entries; ++i) writer.text(std::to_string(i)).nil();
    EXPECT_EQ(accepts(writer.take(), read_map), entries == 64);
  }
}

TEST(Reader, PassesOverAnUnknownKeyUnlessItMustBeUnderstood) {
  const Bytes value = hex("01");
  EXPECT_TRUE(accepts(value, [](Reader& reader) { reader.pass_over("later"); }));
  EXPECT_TRUE(accepts(value, [](Reader& reader) { reader.pass_over("la!ter"); }));
  EXPECT_FALSE(accepts(value, [](Reader& reader) { reader.pass_over("!later"); }));
}

// Depth, ends, failing.

Bytes nested(std::size_t depth, std::string_view around) {
  Bytes bytes;
  for (std::size_t i = 0; i < depth; ++i) bytes = bytes + hex(around);
  return bytes + hex("c0");
}

TEST(Reader, SkipsAsDeepAsItIsToldAndNoDeeper) {
  for (const char* around : {"91", "81a161"}) {
    EXPECT_TRUE(accepts(nested(8, around), skip_it)) << around;
    EXPECT_FALSE(accepts(nested(9, around), skip_it)) << around;
    EXPECT_TRUE(accepts(nested(1, around), [](Reader& reader) { reader.skip(1); }));
    EXPECT_FALSE(accepts(nested(1, around), [](Reader& reader) { reader.skip(0); }));
    EXPECT_TRUE(accepts(nested(0, around), [](Reader& reader) { reader.skip(0); }));
  }
}

TEST(Reader, IsNotHarmedByTenThousandLevels) {
  const Bytes arrays = filled(10'000, '\x91') + hex("c0");
  EXPECT_FALSE(accepts(arrays, skip_it));
  Bytes maps;
  for (int i = 0; i < 10'000; ++i) maps.insert(maps.end(), {std::byte{0x81}, std::byte{0xa0}});
  EXPECT_FALSE(accepts(maps + hex("c0"), skip_it));
}

TEST(Reader, SkipsOneWholeValueOfEachKind) {
  for (const char* bytes :
       {"c0", "c2", "c3", "05", "ff", "cf8000000000000000", "d38000000000000000", "a0", "a161",
        "c400", "c40161", "90", "93 01 a161 90", "80", "82 a161 01 a162 80"}) {
    EXPECT_TRUE(accepts(hex(bytes), skip_it)) << bytes;
    EXPECT_FALSE(accepts(hex(bytes) + hex("c0"), skip_it)) << bytes << " and more";
  }
}

// A map with a value of every kind, read as a caller would.
Bytes specimen() {
  Writer inner;
  inner.map(2).text("k").boolean(true).text("long").text(std::string(300, 'y'));
  Writer writer;
  writer.map(9)
      .text("text")
      .text("value")
      .text("bin")
      .bin(base::as_bytes(std::string(300, 'z')))
      .text("unsigned")
      .unsigned_integer(70'000)
      .text("negative")
      .integer(-70'000)
      .text("yes")
      .boolean(true)
      .text("nothing")
      .nil()
      .text("list")
      .array(3)
      .unsigned_integer(1)
      .text("two")
      .array(0)
      .text("inner")
      .encoded(inner.take())
      .text("fixed")
      .bin(base::as_bytes("0123456789abcdef"));
  return writer.take();
}

void read_specimen(Reader& reader) {
  reader.each_entry(9, [&](std::string_view key) {
    if (key == "text") {
      reader.text(10);
    } else if (key == "bin") {
      reader.bin(300);
    } else if (key == "unsigned") {
      reader.unsigned_integer();
    } else if (key == "negative") {
      reader.integer();
    } else if (key == "yes") {
      reader.boolean();
    } else if (key == "nothing") {
      reader.nil();
    } else if (key == "list") {
      reader.array(3);
      reader.unsigned_integer();
      reader.text(3);
      reader.array(0);
    } else if (key == "fixed") {
      reader.fixed_bin(16);
    } else {
      reader.skip();
    }
  });
}

TEST(Reader, RefusesEveryTruncationAndEveryByteMore) {
  const Bytes whole = specimen();
  ASSERT_TRUE(accepts(whole, read_specimen));
  ASSERT_TRUE(accepts(whole, skip_it));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes prefix(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(accepts(prefix, read_specimen)) << size;
    EXPECT_FALSE(accepts(prefix, skip_it)) << size;
  }
  EXPECT_FALSE(accepts(whole + hex("c0"), read_specimen));
}

TEST(Reader, SurvivesEveryFlippedBit) {
  const Bytes whole = specimen();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      Bytes flipped = whole;
      flipped[at] ^= static_cast<std::byte>(1U << bit);
      // Some of these are other well-formed values; none may read past the end or hang.
      for (const Reading& reading : every_reading()) accepts(flipped, reading.read);
      accepts(flipped, read_specimen);
    }
  }
}

TEST(Reader, FailsForGoodWithItsFirstReason) {
  const Bytes encoded = hex("05 a161 c40161 c3 c0 91 05 81 a161 05");
  Reader reader(encoded);
  reader.text(10);
  ASSERT_TRUE(reader.failed());
  const std::string reason = reader.error();
  EXPECT_EQ(reader.next(), Kind::none);
  EXPECT_EQ(reader.text(10), "");
  EXPECT_TRUE(reader.bin(10).empty());
  EXPECT_TRUE(reader.fixed_bin(1).empty());
  EXPECT_EQ(reader.unsigned_integer(), 0U);
  EXPECT_EQ(reader.integer(), 0);
  EXPECT_FALSE(reader.boolean());
  reader.nil();
  EXPECT_EQ(reader.array(10), 0U);
  EXPECT_EQ(reader.map(10), 0U);
  reader.skip();
  reader.each_entry(10, [](std::string_view) { ADD_FAILURE() << "an entry after a failure"; });
  reader.end();
  reader.fail("another");
  EXPECT_EQ(reader.error(), reason);
}

TEST(Reader, SaysWhatWasWrongAndWhereButNothingOfTheContent) {
  const Bytes encoded = hex("01") + hex("a6") + base::to_bytes("secret");
  Reader reader(encoded);
  reader.unsigned_integer();
  reader.unsigned_integer();
  EXPECT_NE(reader.error().find("unexpected type"), std::string::npos) << reader.error();
  EXPECT_NE(reader.error().find("at byte"), std::string::npos) << reader.error();
  EXPECT_EQ(reader.error().find("secret"), std::string::npos);
}

TEST(Reader, LetsACallerFailIt) {
  const Bytes encoded = hex("05");
  Reader reader(encoded);
  reader.unsigned_integer();
  reader.fail("not acceptable");
  EXPECT_TRUE(reader.failed());
  EXPECT_TRUE(reader.error().starts_with("not acceptable"));
}

}  // namespace
}  // namespace sealbus::wire
