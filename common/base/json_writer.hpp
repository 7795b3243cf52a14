#pragma once
// Writes JSON text (RFC 8259), compact, in the order in which it is told. One object per document,
// one thread. Reading JSON is not its business.

#include <charconv>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

namespace sealbus::base {

// `text` as a JSON string with its quotes. Controls (C0, DEL, C1), line separators and marks that
// turn the direction of writing are escaped, so the result is one line and free of terminal codes;
// each ill-formed UTF-8 byte becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

// The caller opens, closes and names in the right order; commas are set here.
//
//   JsonWriter json;
//   json.begin_object().key("name").string("CreateUser").key("attempts").number(5).end_object();
class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  // The name of the next value. Names are not checked for being unique.
  JsonWriter& key(std::string_view name);

  JsonWriter& string(std::string_view text);
  JsonWriter& boolean(bool value);
  JsonWriter& null();

  template <std::integral Integer>
  requires(!std::same_as<Integer, bool> &&
           !std::same_as<Integer, char>) JsonWriter& number(Integer value) {
    char digits[24];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), value).ptr;
    return literal({std::begin(digits), static_cast<std::size_t>(end - std::begin(digits))});
  }

  // An array of strings.
  template <typename Range>
  JsonWriter& strings(const Range& texts) {
    begin_array();
    for (const auto& text : texts) string(text);
    return end_array();
  }

  // What was written; the writer is empty again.
  [[nodiscard]] std::string take();

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  JsonWriter& literal(std::string_view text);
  void separate();

  std::string out_;
  bool follows_value_ = false;  // a comma is due before the next name or value
};

}  // namespace sealbus::base
