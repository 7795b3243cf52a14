#include "common/wire/reader.hpp"

#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/common/wire/reader_fixture.hpp"

namespace sealbus::wire {
namespace {

using namespace test;

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

}  // namespace
}  // namespace sealbus::wire
