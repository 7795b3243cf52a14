#include "wire.hpp"

namespace sealbus::detail {
namespace {

using Kind = Item::Kind;

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

void put_big_endian(std::string& out, std::uint64_t value, unsigned width) {
  for (unsigned shift = 8 * width; shift > 0; shift -= 8) {
    out += static_cast<char>((value >> (shift - 8)) & 0xff);
  }
}

void put_byte(std::string& out, std::uint64_t value) { put_big_endian(out, value, 1); }

// A length whose long forms begin at `lead`, with `widths` of them up to 4 bytes.
void put_length(std::string& out, std::uint8_t lead, unsigned narrowest, std::uint64_t value) {
  unsigned width = narrowest;
  while (width < 4 && value >> (8 * width) != 0) {
    width *= 2;
    ++lead;
  }
  put_byte(out, lead);
  put_big_endian(out, value, width);
}

}  // namespace

Item Reader::fail() {
  failed_ = true;
  return {};
}

std::uint64_t Reader::big_endian(unsigned width) {
  if (bytes_.size() - at_ < width) {
    failed_ = true;
    return 0;
  }
  std::uint64_t value = 0;
  for (; width > 0; --width) value = value << 8U | byte_at(bytes_, at_++);
  return value;
}

// Each element has at least one byte, so a count that promises more is refused before any loop.
Item Reader::counted(Kind kind, std::uint64_t count) {
  const std::uint64_t least = kind == Kind::map ? 2 * count : count;
  if (failed_ || least > bytes_.size() - at_) return fail();
  return {kind, count, {}};
}

Item Reader::sized(Kind kind, std::uint64_t size) {
  if (failed_ || size > bytes_.size() - at_) return fail();
  const std::string_view taken = bytes_.substr(at_, static_cast<std::size_t>(size));
  at_ += taken.size();
  if (kind == Kind::text && !is_utf8(taken)) return fail();
  return {kind, 0, taken};
}

// Only negative numbers that no shorter form holds are written like this.
Item Reader::signed_integer(unsigned width) {
  const std::uint64_t value = big_endian(width);
  const std::uint64_t sign = std::uint64_t{1} << (8 * width - 1);
  if (failed_ || (value & sign) == 0) return fail();
  const std::uint64_t magnitude = sign - (value & (sign - 1));
  const std::uint64_t shorter = width == 1 ? 32 : std::uint64_t{1} << (4 * width - 1);
  if (magnitude <= shorter) return fail();
  return {Kind::negative, magnitude, {}};
}

Item Reader::in_long_form(std::uint8_t lead) {
  struct Form {
    std::uint8_t first;  // lead byte of the narrowest width
    std::uint8_t last;
    unsigned narrowest;   // in bytes
    std::uint64_t least;  // what does not fit into the lead byte itself
    Kind kind;
  };
  static constexpr Form kForms[] = {
      {0xc4, 0xc6, 1, 0, Kind::bin},   {0xcc, 0xcf, 1, 0x80, Kind::integer},
      {0xd9, 0xdb, 1, 32, Kind::text}, {0xdc, 0xdd, 2, 16, Kind::array},
      {0xde, 0xdf, 2, 16, Kind::map},
  };
  for (const Form& form : kForms) {
    if (lead < form.first || lead > form.last) continue;
    const unsigned width = form.narrowest << (lead - form.first);
    const std::uint64_t value = big_endian(width);
    const std::uint64_t least = lead == form.first ? form.least : std::uint64_t{1} << (4 * width);
    if (failed_ || value < least) return fail();
    if (form.kind == Kind::integer) return {Kind::integer, value, {}};
    const bool holds_bytes = form.kind == Kind::bin || form.kind == Kind::text;
    return holds_bytes ? sized(form.kind, value) : counted(form.kind, value);
  }
  return fail();
}

Item Reader::next() {
  if (failed_ || at_end()) return fail();
  const std::uint8_t lead = byte_at(bytes_, at_++);
  if (lead < 0x80) return {Kind::integer, lead, {}};
  if (lead < 0x90) return counted(Kind::map, lead & 0x0fU);
  if (lead < 0xa0) return counted(Kind::array, lead & 0x0fU);
  if (lead < 0xc0) return sized(Kind::text, lead & 0x1fU);
  if (lead >= 0xe0) return {Kind::negative, 0x100U - lead, {}};
  if (lead == 0xc0) return {Kind::nil, 0, {}};
  if (lead == 0xc2 || lead == 0xc3) return {Kind::boolean, lead & 1U, {}};
  if (lead >= 0xd0 && lead <= 0xd3) return signed_integer(1U << (lead - 0xd0U));
  return in_long_form(lead);
}

std::string_view Reader::skip(unsigned depth) {
  const std::size_t begin = at_;
  const Item item = next();
  if (item.kind == Kind::array || item.kind == Kind::map) {
    if (depth == 0) fail();
    for (std::uint64_t i = 0; i < item.number && !failed_; ++i) {
      if (item.kind == Kind::map && next().kind != Kind::text) fail();
      skip(depth - 1);
    }
  }
  return failed_ ? std::string_view() : bytes_.substr(begin, at_ - begin);
}

void put_map(std::string& out, std::uint32_t entries) {
  if (entries < 16) return put_byte(out, 0x80U | entries);
  put_length(out, 0xde, 2, entries);
}

void put_array(std::string& out, std::uint32_t elements) {
  if (elements < 16) return put_byte(out, 0x90U | elements);
  put_length(out, 0xdc, 2, elements);
}

void put_text(std::string& out, std::string_view value) {
  if (value.size() < 32) {
    put_byte(out, 0xa0U | value.size());
  } else {
    put_length(out, 0xd9, 1, value.size());
  }
  out += value;
}

void put_bin(std::string& out, std::string_view value) {
  put_length(out, 0xc4, 1, value.size());
  out += value;
}

void put_integer(std::string& out, std::uint64_t value) {
  if (value < 0x80) return put_byte(out, value);
  if (value >> 32U == 0) return put_length(out, 0xcc, 1, value);
  put_byte(out, 0xcf);
  put_big_endian(out, value, 8);
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::uint8_t lead = byte_at(text, at++);
    if (lead < 0x80) continue;
    const unsigned more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || text.size() - at < more) return false;
    std::uint32_t point = lead & (0x3fU >> more);
    for (unsigned i = 0; i < more; ++i) {
      const std::uint8_t next = byte_at(text, at++);
      if ((next & 0xc0U) != 0x80) return false;
      point = point << 6U | (next & 0x3fU);
    }
    static constexpr std::uint32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
    if (point < kLeast[more] || point > 0x10ffff) return false;
    if (point >= 0xd800 && point <= 0xdfff) return false;
  }
  return true;
}

}  // namespace sealbus::detail
