#include "common/base/json_writer.hpp"

#include <algorithm>

#include "common/base/bytes.hpp"

namespace sealbus::base {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

void append_escape(std::string& out, unsigned code_point) {
  out += "\\u00";
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

bool is_c1_control(std::string_view character) {
  return character[0] == '\xc2' && static_cast<unsigned char>(character[1]) < 0xa0;
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
      if (is_c1_control(character)) {
        append_escape(out, static_cast<unsigned char>(character[1]));
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
