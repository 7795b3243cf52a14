#include "common/wire/reader.hpp"

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/wire/writer.hpp"

namespace sealbus::wire {
namespace {

using base::Bytes;
using Kind = Reader::Kind;

Bytes hex(std::string_view digits) {
  std::string packed;
  for (const char c : digits) {
    if (c != ' ') packed.push_back(c);
  }
  const auto bytes = base::from_hex(packed);
  EXPECT_TRUE(bytes) << digits;
  return bytes.value_or(Bytes{});
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes filled(std::size_t size, char with = 'x') { return base::to_bytes(std::string(size, with)); }

constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();
constexpr std::uint32_t kAnyCount = std::numeric_limits<std::uint32_t>::max();

// One way to read a value; gives back whether the reader accepted it to the last byte.
using Read = std::function<void(Reader&)>;
bool accepts(const Bytes& bytes, const Read& read) {
  Reader reader(bytes);
  read(reader);
  reader.end();
  return !reader.failed();
}
void read_text(Reader& reader) { reader.text(kAny); }
void read_bin(Reader& reader) { reader.bin(kAny); }
void read_unsigned(Reader& reader) { reader.unsigned_integer(); }
void read_signed(Reader& reader) { reader.integer(); }
void read_boolean(Reader& reader) { reader.boolean(); }
void read_nil(Reader& reader) { reader.nil(); }
void read_array(Reader& reader) {
  for (std::uint32_t i = reader.array(kAnyCount); i > 0 && !reader.failed(); --i) reader.skip();
}
void read_map(Reader& reader) {
  reader.each_entry(kAnyCount, [&](std::string_view) { reader.skip(); });
}
void skip_it(Reader& reader) { reader.skip(); }

struct Reading {
  const char* name;
  Read read;
};
const std::vector<Reading>& every_reading() {
  static const std::vector<Reading> all = {
      {"text", read_text},         {"bin", read_bin},
      {"unsigned", read_unsigned}, {"signed", read_signed},
      {"boolean", read_boolean},   {"nil", read_nil},
      {"array", read_array},       {"map", read_map},
      {"skip", skip_it},           {"fixed", [](Reader& reader) { reader.fixed_bin(16); }}};
  return all;
}

// Integers.

struct UnsignedCase {
  std::uint64_t value;
  const char* bytes;
};

TEST(Reader, ReadsUnsignedIntegersInTheirShortestForm) {
  for (const auto& [value, bytes] :
       std::initializer_list<UnsignedCase>{{0, "00"},
                                           {0x7f, "7f"},
                                           {0x80, "cc80"},
                                           {0xff, "ccff"},
                                           {0x100, "cd0100"},
                                           {0xffff, "cdffff"},
                                           {0x10000, "ce00010000"},
                                           {0xffffffff, "ceffffffff"},
                                           {0x100000000, "cf0000000100000000"},
                                           {0xffffffffffffffff, "cfffffffffffffffff"}}) {
    const Bytes encoded = hex(bytes);
    Reader reader(encoded);
    EXPECT_EQ(reader.next(), Kind::integer);
    EXPECT_EQ(reader.unsigned_integer(), value) << bytes;
    reader.end();
    EXPECT_FALSE(reader.failed()) << bytes << ": " << reader.error();
  }
}

struct SignedCase {
  std::int64_t value;
  const char* bytes;
};

TEST(Reader, ReadsSignedIntegersInTheirShortestForm) {
  for (const auto& [value, bytes] : std::initializer_list<SignedCase>{
           {0, "00"},
           {0x7fffffffffffffff, "cf7fffffffffffffff"},
           {-1, "ff"},
           {-32, "e0"},
           {-33, "d0df"},
           {-128, "d080"},
           {-129, "d1ff7f"},
           {-32768, "d18000"},
           {-32769, "d2ffff7fff"},
           {-2147483648LL, "d280000000"},
           {-2147483649LL, "d3ffffffff7fffffff"},
           {std::numeric_limits<std::int64_t>::min(), "d38000000000000000"}}) {
    const Bytes encoded = hex(bytes);
    Reader reader(encoded);
    EXPECT_EQ(reader.integer(), value) << bytes;
    reader.end();
    EXPECT_FALSE(reader.failed()) << bytes << ": " << reader.error();
  }
}

TEST(Reader, RefusesIntegersThatAreNotInTheirShortestForm) {
  for (const char* bytes : {"cc00",
                            "cc7f",
                            "cd0000",
                            "cd00ff",
                            "ce00000000",
                            "ce0000ffff",
                            "cf0000000000000000",
                            "cf00000000ffffffff",
                            "d000",
                            "d07f",
                            "d0ff",
                            "d0e0",
                            "d10000",
                            "d100ff",
                            "d17fff",
                            "d1ff80",
                            "d1ffff",
                            "d200000000",
                            "d27fffffff",
                            "d2ffff8000",
                            "d2ffffffff",
                            "d30000000000000000",
                            "d37fffffffffffffff",
                            "d3ffffffff80000000",
                            "d3ffffffffffffffff"}) {
    EXPECT_FALSE(accepts(hex(bytes), read_signed)) << bytes;
    EXPECT_FALSE(accepts(hex(bytes), read_unsigned)) << bytes;
    EXPECT_FALSE(accepts(hex(bytes), skip_it)) << bytes;
  }
}

TEST(Reader, RefusesNegativeIntegersWhereTheyMayNotBe) {
  for (const char* bytes : {"ff", "e0", "d0df", "d1ff7f", "d2ffff7fff", "d38000000000000000"}) {
    EXPECT_FALSE(accepts(hex(bytes), read_unsigned)) << bytes;
    EXPECT_TRUE(accepts(hex(bytes), read_signed)) << bytes;
  }
}

TEST(Reader, RefusesAnIntegerThatASignedOneCannotHold) {
  EXPECT_TRUE(accepts(hex("cf7fffffffffffffff"), read_signed));
  EXPECT_FALSE(accepts(hex("cf8000000000000000"), read_signed));
  EXPECT_TRUE(accepts(hex("cf8000000000000000"), read_unsigned));
  EXPECT_TRUE(accepts(hex("cf8000000000000000"), skip_it));
}

// Text, bytes, lengths.

struct LengthCase {
  const char* head;
  std::size_t size;
};

TEST(Reader, ReadsTextOfEveryLengthForm) {
  for (const auto& [head, size] : std::initializer_list<LengthCase>{{"a0", 0},
                                                                    {"a1", 1},
                                                                    {"bf", 31},
                                                                    {"d920", 32},
                                                                    {"d9ff", 255},
                                                                    {"da0100", 256},
                                                                    {"daffff", 65'535},
                                                                    {"db00010000", 65'536}}) {
    const Bytes encoded = hex(head) + filled(size);
    Reader reader(encoded);
    EXPECT_EQ(reader.next(), Kind::text);
    EXPECT_EQ(reader.text(size), std::string(size, 'x')) << head;
    reader.end();
    EXPECT_FALSE(reader.failed()) << head;
  }
}

TEST(Reader, ReadsBytesOfEveryLengthForm) {
  for (const auto& [head, size] : std::initializer_list<LengthCase>{{"c400", 0},
                                                                    {"c401", 1},
                                                                    {"c4ff", 255},
                                                                    {"c50100", 256},
                                                                    {"c5ffff", 65'535},
                                                                    {"c600010000", 65'536}}) {
    const Bytes encoded = hex(head) + filled(size);
    Reader reader(encoded);
    EXPECT_EQ(reader.next(), Kind::bin);
    EXPECT_EQ(reader.bin(size).size(), size) << head;
    reader.end();
    EXPECT_FALSE(reader.failed()) << head;
  }
}

TEST(Reader, RefusesLengthsThatAreNotInTheirShortestForm) {
  for (const auto& [head, size] : std::initializer_list<LengthCase>{{"d900", 0},
                                                                    {"d91f", 31},
                                                                    {"da0000", 0},
                                                                    {"da001f", 31},
                                                                    {"da00ff", 255},
                                                                    {"db00000000", 0},
                                                                    {"db000000ff", 255},
                                                                    {"db0000ffff", 65'535}}) {
    EXPECT_FALSE(accepts(hex(head) + filled(size), read_text)) << head;
    EXPECT_FALSE(accepts(hex(head) + filled(size), skip_it)) << head;
  }
  for (const auto& [head, size] : std::initializer_list<LengthCase>{
           {"c50000", 0}, {"c500ff", 255}, {"c600000000", 0}, {"c60000ffff", 65'535}}) {
    EXPECT_FALSE(accepts(hex(head) + filled(size), read_bin)) << head;
    EXPECT_FALSE(accepts(hex(head) + filled(size), skip_it)) << head;
  }
  for (const auto& [head, size] : std::initializer_list<LengthCase>{{"dc0000", 0},
                                                                    {"dc000f", 15},
                                                                    {"dd00000000", 0},
                                                                    {"dd0000000f", 15},
                                                                    {"dd0000ffff", 65'535}}) {
    EXPECT_FALSE(accepts(hex(head) + filled(size, '\x01'), read_array)) << head;
    EXPECT_FALSE(accepts(hex(head) + filled(size, '\x01'), skip_it)) << head;
  }
  for (const auto& [head, size] : std::initializer_list<LengthCase>{
           {"de0000", 0}, {"de0001", 1}, {"df00000000", 0}, {"df00000001", 1}}) {
    Bytes entries;
    for (std::size_t i = 0; i < size; ++i) entries = entries + hex("a16101");
    EXPECT_FALSE(accepts(hex(head) + entries, read_map)) << head;
    EXPECT_FALSE(accepts(hex(head) + entries, skip_it)) << head;
  }
}

TEST(Reader, KeepsToTheBoundThatTheCallerNames) {
  const Bytes text = hex("a3") + filled(3);
  const Bytes bin = hex("c403") + filled(3);
  EXPECT_TRUE(accepts(text, [](Reader& reader) { reader.text(3); }));
  EXPECT_FALSE(accepts(text, [](Reader& reader) { reader.text(2); }));
  EXPECT_TRUE(accepts(bin, [](Reader& reader) { reader.bin(3); }));
  EXPECT_FALSE(accepts(bin, [](Reader& reader) { reader.bin(2); }));
  EXPECT_TRUE(accepts(bin, [](Reader& reader) { reader.fixed_bin(3); }));
  EXPECT_FALSE(accepts(bin, [](Reader& reader) { reader.fixed_bin(2); }));
  EXPECT_FALSE(accepts(bin, [](Reader& reader) { reader.fixed_bin(4); }));
  const Bytes array = hex("9301 01 01");
  EXPECT_TRUE(accepts(array, [](Reader& reader) {
    EXPECT_EQ(reader.array(3), 3U);
    for (int i = 0; i < 3; ++i) reader.skip();
  }));
  EXPECT_FALSE(accepts(array, [](Reader& reader) { EXPECT_EQ(reader.array(2), 0U); }));
  const Bytes map = hex("82 a161 01 a162 01");
  EXPECT_TRUE(accepts(
      map, [](Reader& reader) { reader.each_entry(2, [&](std::string_view) { reader.skip(); }); }));
  EXPECT_FALSE(accepts(
      map, [](Reader& reader) { reader.each_entry(1, [&](std::string_view) { reader.skip(); }); }));
}

TEST(Reader, RefusesDeclaredLengthsBeyondTheBytesWithoutTakingMemoryForThem) {
  for (const char* bytes : {"dbffffffff",
                            "c6ffffffff",
                            "ddffffffff",
                            "dfffffffff",
                            "db00010000",
                            "daffff",
                            "d9ff",
                            "c5ffff",
                            "c4ff",
                            "dcffff",
                            "deffff",
                            "bf",
                            "9f",
                            "8f",
                            "c7ff00",
                            "c8ffff00",
                            "c9ffffffff00",
                            "81 a161 dbffffffff",
                            "91 c6ffffffff",
                            "91 ddffffffff"}) {
    for (const Reading& reading : every_reading()) {
      EXPECT_FALSE(accepts(hex(bytes), reading.read)) << reading.name << " " << bytes;
      EXPECT_FALSE(accepts(hex(bytes) + filled(10), reading.read)) << reading.name << " " << bytes;
    }
  }
}

TEST(Reader, SeesThatAValueIsLongerThanTheBytesBeforeItLooksAtIt) {
  struct Cut {
    const char* bytes;
    Read read;
    const char* reason;
  };
  for (const auto& [bytes, read, reason] : std::initializer_list<Cut>{
           {"dbffffffff61", read_text, "cut short"},
           {"a26162", read_text, ""},
           {"a361ff", read_text, "cut short"},
           {"d92061", read_text, "cut short"},
           {"c6ffffffff61", read_bin, "cut short"},
           {"c40261", read_bin, "cut short"},
           {"ddffffffffc0", [](Reader& reader) { reader.array(kAnyCount); }, "too many elements"},
           {"92c0", [](Reader& reader) { reader.array(kAnyCount); }, "too many elements"},
           {"dfffffffffa0c0", [](Reader& reader) { reader.map(kAnyCount); }, "too many entries"},
           {"82a0c0a0", [](Reader& reader) { reader.map(kAnyCount); }, "too many entries"}}) {
    const Bytes encoded = hex(bytes);
    Reader reader(encoded);
    read(reader);
    EXPECT_EQ(reader.error().substr(0, std::string_view(reason).size()), reason) << bytes;
    EXPECT_EQ(reader.failed(), *reason != '\0') << bytes;
  }
}

TEST(Reader, TakesOnlyTextThatIsUtf8) {
  EXPECT_TRUE(accepts(hex("a6 c3a9 f09f9880"), read_text));
  for (const char* bytes :
       {"a1 80", "a1 ff", "a1 c3", "a2 c0af", "a3 e08080", "a3 eda080", "a4 f0808080",
        "a4 f4908080", "a4 f8888080", "a2 c328", "a3 e28028", "a2 61c3"}) {
    EXPECT_FALSE(accepts(hex(bytes), read_text)) << bytes;
    EXPECT_FALSE(accepts(hex(bytes), skip_it)) << bytes;
    EXPECT_FALSE(accepts(hex("81") + hex(bytes) + hex("01"), read_map)) << bytes;
  }
  // The same in every length form.
  EXPECT_FALSE(accepts(hex("d920") + filled(31) + hex("ff"), read_text));
  EXPECT_FALSE(accepts(hex("da0100") + filled(255) + hex("ff"), read_text));
}

// Kinds.

TEST(Reader, TakesNoKindForAnother) {
  const std::vector<std::pair<const char*, const char*>> values = {
      {"text", "a161"}, {"bin", "c40161"}, {"unsigned", "05"}, {"boolean", "c3"},
      {"nil", "c0"},    {"array", "9105"}, {"map", "81a16105"}};
  for (const auto& [kind, bytes] : values) {
    for (const Reading& reading : every_reading()) {
      const std::string name = reading.name;
      const bool same =
          name == kind || name == "skip" || (name == "signed" && std::string(kind) == "unsigned");
      EXPECT_EQ(accepts(hex(bytes), reading.read), same) << name << " reads " << kind;
    }
  }
}

TEST(Reader, KnowsNoFloatsExtensionsTimestampsNorTheUnusedByte) {
  for (const char* bytes :
       {"ca3f800000", "cb3ff0000000000000", "c1", "d4ff00", "d50000 00", "d6ff00000000",
        "d7ff0000000000000000", "d80000000000000000000000000000000000", "c70400 00000000",
        "c8000100 00", "c90000000100 00", "c70cff 000000000000000000000000"}) {
    const Bytes encoded = hex(bytes);
    EXPECT_EQ(Reader(encoded).next(), Kind::none) << bytes;
    for (const Reading& reading : every_reading()) {
      EXPECT_FALSE(accepts(encoded, reading.read)) << reading.name << " " << bytes;
      EXPECT_FALSE(accepts(hex("91") + encoded, reading.read)) << reading.name << " in an array";
      EXPECT_FALSE(accepts(hex("81a161") + encoded, reading.read)) << reading.name << " in a map";
    }
  }
}

TEST(Reader, TellsTheKindOfEveryLeadByte) {
  for (unsigned lead = 0; lead <= 0xff; ++lead) {
    const Bytes one{static_cast<std::byte>(lead)};
    Kind expected = Kind::none;
    if (lead < 0x80 || lead >= 0xe0 || (lead >= 0xcc && lead <= 0xd3)) expected = Kind::integer;
    if ((lead >= 0x80 && lead < 0x90) || lead == 0xde || lead == 0xdf) expected = Kind::map;
    if ((lead >= 0x90 && lead < 0xa0) || lead == 0xdc || lead == 0xdd) expected = Kind::array;
    if ((lead >= 0xa0 && lead < 0xc0) || (lead >= 0xd9 && lead <= 0xdb)) expected = Kind::text;
    if (lead >= 0xc4 && lead <= 0xc6) expected = Kind::bin;
    if (lead == 0xc2 || lead == 0xc3) expected = Kind::boolean;
    if (lead == 0xc0) expected = Kind::nil;
    EXPECT_EQ(Reader(one).next(), expected) << lead;
  }
  EXPECT_EQ(Reader({}).next(), Kind::none);
}

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
