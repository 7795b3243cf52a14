#include "common/wire/reader.hpp"

#include <limits>

#include <fmt/core.h>

namespace sealbus::wire {
namespace {

// Format bytes (the msgpack specification, "Formats").
constexpr std::uint8_t kNil = 0xc0;
constexpr std::uint8_t kFalse = 0xc2;
constexpr std::uint8_t kTrue = 0xc3;
constexpr std::uint8_t kBin8 = 0xc4;
constexpr std::uint8_t kUint8 = 0xcc;
constexpr std::uint8_t kInt8 = 0xd0;
constexpr std::uint8_t kStr8 = 0xd9;
constexpr std::uint8_t kArray16 = 0xdc;
constexpr std::uint8_t kMap16 = 0xde;
constexpr std::uint8_t kNoLead8 = 0x00;  // arrays and maps have no 8-bit length form
constexpr std::uint8_t kNoFix = 0xff;    // bin has no fix form

}  // namespace

Reader::Kind Reader::next() const {
  if (failed() || at_ >= bytes_.size()) return Kind::none;
  const std::uint8_t b = lead();
  if (b < 0x80 || b >= 0xe0 || (b >= kUint8 && b <= 0xd3)) return Kind::integer;
  if (b < 0x90 || b == kMap16 || b == kMap16 + 1) return Kind::map;
  if (b < 0xa0 || b == kArray16 || b == kArray16 + 1) return Kind::array;
  if (b < 0xc0 || (b >= kStr8 && b <= kStr8 + 2)) return Kind::text;
  if (b >= kBin8 && b <= kBin8 + 2) return Kind::bin;
  if (b == kTrue || b == kFalse) return Kind::boolean;
  return b == kNil ? Kind::nil : Kind::none;
}

void Reader::fail(std::string_view reason) {
  if (!failed()) error_ = fmt::format("{} at byte {}", reason, at_);
}

std::uint8_t Reader::lead() const { return std::to_integer<std::uint8_t>(bytes_[at_]); }

std::uint8_t Reader::take() {
  if (failed()) return 0;
  if (at_ >= bytes_.size()) {
    fail("cut short");
    return 0;
  }
  return std::to_integer<std::uint8_t>(bytes_[at_++]);
}

std::uint64_t Reader::big_endian(unsigned bytes) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < bytes; ++i) value = (value << 8U) | take();
  return value;
}

base::ByteView Reader::take(std::uint64_t size, std::size_t most) {
  if (size > most) fail("too long");
  if (!failed() && size > bytes_.size() - at_) fail("cut short");
  if (failed()) return {};
  const auto taken = bytes_.subspan(at_, static_cast<std::size_t>(size));
  at_ += taken.size();
  return taken;
}

// A length in its shortest form: in the lead byte itself, or in 1, 2 or 4 bytes after it.
std::uint64_t Reader::length(std::uint8_t fix_base, std::uint8_t fix_mask, std::uint8_t lead8,
                             std::uint8_t lead16) {
  const std::uint8_t b = take();
  if (failed()) return 0;
  const bool has_fix = fix_base != kNoFix;
  if (has_fix && (b & ~fix_mask & 0xff) == fix_base) return b & fix_mask;
  std::uint64_t value = 0;
  std::uint64_t least = 0;
  if (lead8 != kNoLead8 && b == lead8) {
    value = big_endian(1);
    least = has_fix ? fix_mask + 1U : 0;
  } else if (b == lead16) {
    value = big_endian(2);
    least = lead8 != kNoLead8 ? 0x100 : fix_mask + 1U;
  } else if (b == lead16 + 1) {
    value = big_endian(4);
    least = 0x10000;
  } else {
    fail("unexpected type");
    return 0;
  }
  if (value < least) fail("length not in its shortest form");
  return failed() ? 0 : value;
}

// Most text is shorter than 32 bytes, and its length stands in the lead byte. 0: something else.
std::size_t Reader::short_text() const {
  if (failed() || at_ >= bytes_.size() || (lead() & 0xe0) != 0xa0) return 0;
  const std::size_t size = lead() & 0x1fU;
  return size < bytes_.size() - at_ ? size : 0;
}

std::string_view Reader::text(std::size_t most) {
  if (const std::size_t size = short_text(); size != 0 && size <= most) {
    const std::string_view value = base::as_text(bytes_.subspan(at_ + 1, size));
    at_ += 1 + size;
    if (!base::is_utf8(value)) fail("text is not UTF-8");
    return failed() ? std::string_view{} : value;
  }
  const std::string_view value = base::as_text(take(length(0xa0, 0x1f, kStr8, kStr8 + 1), most));
  if (!failed() && !base::is_utf8(value)) fail("text is not UTF-8");
  return failed() ? std::string_view{} : value;
}

base::ByteView Reader::bin(std::size_t most) {
  return take(length(kNoFix, 0, kBin8, kBin8 + 1), most);
}

base::ByteView Reader::fixed_bin(std::size_t size) {
  const base::ByteView value = bin(size);
  if (!failed() && value.size() != size) fail("wrong length");
  return failed() ? base::ByteView{} : value;
}

std::uint64_t Reader::unsigned_integer() {
  const std::uint8_t b = take();
  if (failed() || b < 0x80) return b;
  if (b < kUint8 || b > kUint8 + 3) {
    fail("unexpected type, or a negative number");
    return 0;
  }
  const unsigned bytes = 1U << (b - kUint8);
  const std::uint64_t value = big_endian(bytes);
  const std::uint64_t least = bytes == 1 ? 0x80 : std::uint64_t{1} << (bytes * 4);
  if (value < least) fail("integer not in its shortest form");
  return failed() ? 0 : value;
}

std::int64_t Reader::integer() {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (failed() || at_ >= bytes_.size() || next() != Kind::integer) {
    fail(at_ >= bytes_.size() ? "cut short" : "unexpected type");
    return 0;
  }
  const std::uint8_t b = lead();
  if (b < 0x80 || (b >= kUint8 && b < kInt8)) {
    const std::uint64_t value = unsigned_integer();
    if (value > kMost) fail("integer too large");
    return failed() ? 0 : static_cast<std::int64_t>(value);
  }
  take();
  if (b >= 0xe0) return static_cast<std::int8_t>(b);
  const unsigned bytes = 1U << (b - kInt8);
  const unsigned shift = 64 - 8 * bytes;
  const auto value = static_cast<std::int64_t>(big_endian(bytes) << shift) >> shift;
  const std::int64_t most = bytes == 1 ? -33 : -(std::int64_t{1} << (bytes * 4 - 1)) - 1;
  if (value > most) fail("integer not in its shortest form");
  return failed() ? 0 : value;
}

bool Reader::boolean() {
  const std::uint8_t b = take();
  if (!failed() && b != kTrue && b != kFalse) fail("unexpected type");
  return !failed() && b == kTrue;
}

void Reader::nil() {
  if (take() != kNil) fail("unexpected type");
}

std::uint32_t Reader::array(std::uint32_t most) {
  const std::uint64_t count = length(0x90, 0x0f, kNoLead8, kArray16);
  if (count > most || count > bytes_.size() - at_) fail("too many elements");
  return failed() ? 0 : static_cast<std::uint32_t>(count);
}

std::uint32_t Reader::map(std::uint32_t most) {
  const std::uint64_t count = length(0x80, 0x0f, kNoLead8, kMap16);
  if (count > most || count > (bytes_.size() - at_) / 2) fail("too many entries");
  return failed() ? 0 : static_cast<std::uint32_t>(count);
}

void Reader::skip(unsigned depth) {
  const std::size_t rest = bytes_.size() - at_;
  switch (next()) {
    case Kind::nil:
      return nil();
    case Kind::boolean:
      boolean();
      return;
    case Kind::integer:
      if (lead() >= kUint8 && lead() < kInt8) {
        unsigned_integer();
      } else {
        integer();
      }
      return;
    case Kind::text:
      text(rest);
      return;
    case Kind::bin:
      bin(rest);
      return;
    case Kind::array:
      if (depth == 0) return fail("nested too deeply");
      return skip_elements(array(std::numeric_limits<std::uint32_t>::max()), depth - 1);
    case Kind::map:
      if (depth == 0) return fail("nested too deeply");
      // Duplicate keys in a value that nobody reads do no harm; a map of another kind of key does
      // not exist elsewhere either.
      for (std::uint32_t i = map(std::numeric_limits<std::uint32_t>::max()); i > 0 && !failed();
           --i) {
        text(rest);
        skip(depth - 1);
      }
      return;
    case Kind::none:
      return fail(rest == 0 ? "cut short" : "unexpected type");
  }
}

void Reader::pass_over(std::string_view unknown_key) {
  if (unknown_key.starts_with('!')) return fail("unknown key that must be understood");
  skip();
}

void Reader::skip_elements(std::uint64_t count, unsigned depth) {
  for (; count > 0 && !failed(); --count) skip(depth);
}

void Reader::end() {
  if (at_ != bytes_.size()) fail("trailing bytes");
}

}  // namespace sealbus::wire
