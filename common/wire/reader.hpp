#pragma once
// Reads msgpack that a peer may have made to harm us. Stricter than the specification: every value
// has a bound that the caller names, integers and lengths must be in their shortest form, text must
// be UTF-8, map keys must be text and differ, ext types and floats do not exist, and nothing may
// follow the value. Nothing is allocated from a declared length.
//
// A Reader pulls values from left to right. The first thing that does not fit makes it fail for
// good: every later call returns an empty value, so a caller reads on and asks `failed()` once.
// Views point into the bytes that were given and live as long as they do. Not thread-safe.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/bytes.hpp"

namespace sealbus::wire {

class Reader {
 public:
  explicit Reader(base::ByteView bytes) : bytes_(bytes) {}

  enum class Kind : std::uint8_t { nil, boolean, integer, text, bin, array, map, none };
  // The kind of the next value; `none` at the end, after a failure, or for what is not allowed.
  [[nodiscard]] Kind next() const;

  std::string_view text(std::size_t most);
  base::ByteView bin(std::size_t most);
  // Exactly `size` bytes, or it fails.
  base::ByteView fixed_bin(std::size_t size);
  std::uint64_t unsigned_integer();
  std::int64_t integer();
  bool boolean();
  void nil();
  // The number of elements, or of key-value pairs, that follow.
  std::uint32_t array(std::uint32_t most);
  std::uint32_t map(std::uint32_t most);
  // Passes over one value of any kind, at most `depth` levels deep, checking all of it but whether
  // a map's keys differ: of what nobody reads it does no harm (envelope/FORMAT.md §5.1).
  void skip(unsigned depth = 8);
  // Passes over the value of a key that the caller does not know (a newer neighbour's), unless the
  // key begins with `!`: that one must be understood (envelope/FORMAT.md §10), and it fails.
  void pass_over(std::string_view unknown_key);

  // Reads a map of at most `most` entries, calling `entry(key)` with the reader at the value, which
  // it must read or skip. Fails at a key longer than 64 bytes or one that was there before.
  template <typename Entry>
  void each_entry(std::uint32_t most, Entry entry) {
    constexpr std::uint32_t kMostKeys = 64;
    std::array<std::string_view, kMostKeys> seen;
    const std::uint32_t count = map(most < kMostKeys ? most : kMostKeys);
    for (std::uint32_t i = 0; i < count && !failed(); ++i) {
      const std::string_view key = text(64);
      for (std::uint32_t j = 0; j < i; ++j) {
        if (seen[j] == key) fail("duplicate key");
      }
      seen[i] = key;
      if (!failed()) entry(key);
    }
  }

  // Fails if anything is left.
  void end();

  // The first reason wins. For callers too: a value of the right kind that is not acceptable.
  void fail(std::string_view reason);
  [[nodiscard]] bool failed() const { return !error_.empty(); }
  // What was wrong and at which byte; holds nothing of the content.
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  [[nodiscard]] std::uint8_t lead() const;
  [[nodiscard]] std::size_t short_text() const;
  std::uint8_t take();
  std::uint64_t big_endian(unsigned bytes);
  base::ByteView take(std::uint64_t size, std::size_t most);
  std::uint64_t length(std::uint8_t fix_base, std::uint8_t fix_mask, std::uint8_t lead8,
                       std::uint8_t lead16);
  void skip_elements(std::uint64_t count, unsigned depth);

  base::ByteView bytes_;
  std::size_t at_ = 0;
  std::string error_;
};

}  // namespace sealbus::wire
