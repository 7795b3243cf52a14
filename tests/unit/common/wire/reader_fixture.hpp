#pragma once
// Bytes as digits, and every way to read a value.

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/wire/reader.hpp"

namespace sealbus::wire::test {

using base::Bytes;
using Kind = Reader::Kind;

inline Bytes hex(std::string_view digits) {
  std::string packed;
  for (const char c : digits) {
    if (c != ' ') packed.push_back(c);
  }
  const auto bytes = base::from_hex(packed);
  EXPECT_TRUE(bytes) << digits;
  return bytes.value_or(Bytes{});
}

inline Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline Bytes filled(std::size_t size, char with = 'x') {
  return base::to_bytes(std::string(size, with));
}

inline constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();
inline constexpr std::uint32_t kAnyCount = std::numeric_limits<std::uint32_t>::max();

// One way to read a value; gives back whether the reader accepted it to the last byte.
using Read = std::function<void(Reader&)>;
inline bool accepts(const Bytes& bytes, const Read& read) {
  Reader reader(bytes);
  read(reader);
  reader.end();
  return !reader.failed();
}
inline void read_text(Reader& reader) { reader.text(kAny); }
inline void read_bin(Reader& reader) { reader.bin(kAny); }
inline void read_unsigned(Reader& reader) { reader.unsigned_integer(); }
inline void read_signed(Reader& reader) { reader.integer(); }
inline void read_boolean(Reader& reader) { reader.boolean(); }
inline void read_nil(Reader& reader) { reader.nil(); }
inline void read_array(Reader& reader) {
  for (std::uint32_t i = reader.array(kAnyCount); i > 0 && !reader.failed(); --i) reader.skip();
}
inline void read_map(Reader& reader) {
  reader.each_entry(kAnyCount, [&](std::string_view) { reader.skip(); });
}
inline void skip_it(Reader& reader) { reader.skip(); }

struct Reading {
  const char* name;
  Read read;
};
inline const std::vector<Reading>& every_reading() {
  static const std::vector<Reading> all = {
      {"text", read_text},         {"bin", read_bin},
      {"unsigned", read_unsigned}, {"signed", read_signed},
      {"boolean", read_boolean},   {"nil", read_nil},
      {"array", read_array},       {"map", read_map},
      {"skip", skip_it},           {"fixed", [](Reader& reader) { reader.fixed_bin(16); }}};
  return all;
}

}  // namespace sealbus::wire::test
