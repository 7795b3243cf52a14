#include "common/base/json_writer.hpp"

#include <algorithm>

#include "common/base/bytes.hpp"

namespace sealbus::base {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

void append_escape(std::string& out, unsigned code_point) {
  out += "\\u";
  out.push_back(kHexDigits[(code_point >> 12U) & 0xfU]);
  out.push_back(kHexDigits[(code_point >> 8U) & 0xfU]);
  out.push_back(kHexDigits[(code_point >> 4U) & 0xfU]);
  out.push_back(kHexDigits[code_point & 0xfU]);
}

void append_ascii(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (c == '"' || c == '\\') {
    out.push_back('\\');
    out.push_back(c);
  } else if (byte < 0x20 || byte == 0x7f) {
    append_escape(out, byte);
  } else {
    out.push_back(c);
  }
}

// The first character of `text`, which is not ASCII: its bytes, or nothing when ill-formed.
std::string_view wide_character(std::string_view text) {
  for (std::size_t length = 2; length <= std::min<std::size_t>(4, text.size()); ++length) {
    if (is_utf8(text.substr(0, length))) return text.substr(0, length);
  }
  return {};
}

// The code point of a character that could end a line, command a terminal or turn the direction of
// writing: C1 controls, U+2028 to U+202E, U+2066 to U+2069. 0 for any other.
unsigned unsafe_code_point(std::string_view character) {
  const auto low = [&](std::size_t i) { return static_cast<unsigned char>(character[i]) & 0x3fU; };
  if (character[0] == '\xc2') return low(1) < 0x20 ? 0x80U | low(1) : 0;
  if (character[0] != '\xe2') return 0;
  const unsigned code_point = 0x2000U | (low(1) << 6U) | low(2);
  const bool unsafe = (code_point >= 0x2028 && code_point <= 0x202e) ||
                      (code_point >= 0x2066 && code_point <= 0x2069);
  return unsafe ? code_point : 0;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  while (!text.empty()) {
    std::size_t used = 1;
    if (static_cast<unsigned char>(text[0]) < 0x80) {
      append_ascii(out, text[0]);
    } else if (const std::string_view character = wide_character(text); character.empty()) {
      out += kReplacement;
    } else {
      used = character.size();
      if (const unsigned unsafe = unsafe_code_point(character); unsafe != 0) {
        append_escape(out, unsafe);
      } else {
        out += character;
      }
    }
    text.remove_prefix(used);
  }
  out.push_back('"');
}

void JsonWriter::separate() {
  if (follows_value_) out_.push_back(',');
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  out_.push_back(bracket);
  follows_value_ = false;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  out_.push_back(bracket);
  follows_value_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_json_string(out_, name);
  out_.push_back(':');
  follows_value_ = false;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
  separate();
  append_json_string(out_, text);
  follows_value_ = true;
  return *this;
}

JsonWriter& JsonWriter::literal(std::string_view text) {
  separate();
  out_ += text;
  follows_value_ = true;
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) { return literal(value ? "true" : "false"); }

JsonWriter& JsonWriter::null() { return literal("null"); }

std::string JsonWriter::take() {
  follows_value_ = false;
  return std::exchange(out_, {});
}

}  // namespace sealbus::base
