#pragma once
// Reads the files of tests/vectors, and gives every value a plain text form by which what the code
// makes of a case can be compared with what the case says.

#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "common/base/bytes.hpp"

namespace sealbus::test {

// Field by field, in the form of `shown`.
using Shown = std::map<std::string, std::string, std::less<>>;

inline std::string shown(const std::vector<std::string>& parts) {
  std::string out = "[";
  for (const std::string& part : parts) out += part + ",";
  return out + "]";
}

inline std::string shown(const Shown& fields) {
  std::string out = "{";
  for (const auto& [key, value] : fields) out += key + "=" + value + ",";
  return out + "}";
}

inline Shown fields_of(simdjson::dom::element element);

// Strings as they are, numbers in decimal, arrays and objects (sorted by key) in brackets.
inline std::string shown(simdjson::dom::element element) {
  if (element.is_string()) return std::string(std::string_view(element));
  if (element.is_bool()) return bool(element) ? "true" : "false";
  if (element.is_uint64()) return std::to_string(std::uint64_t(element));
  if (element.is_int64()) return std::to_string(std::int64_t(element));
  if (element.is_null()) return "null";
  if (element.is_object()) return shown(fields_of(element));
  std::vector<std::string> parts;
  for (const auto one : simdjson::dom::array(element)) parts.push_back(shown(one));
  return shown(parts);
}

inline Shown fields_of(simdjson::dom::element element) {
  Shown fields;
  for (const auto [key, value] : simdjson::dom::object(element)) {
    fields.emplace(key, shown(value));
  }
  return fields;
}

inline base::Bytes unhex(std::string_view text) {
  auto bytes = base::from_hex(text);
  if (!bytes) throw std::runtime_error("a vector has bytes that are not hexadecimal");
  return std::move(*bytes);
}

// A file of tests/vectors. The elements are views into it.
class VectorFile {
 public:
  explicit VectorFile(const std::string& path)
      : root_(parser_.load(std::string(SEALBUS_SOURCE_DIR) + "/tests/vectors/" + path).value()) {}

  // The members of the list with this name.
  [[nodiscard]] std::vector<simdjson::dom::element> list(std::string_view name) const {
    std::vector<simdjson::dom::element> out;
    for (const auto one : simdjson::dom::array(root_[name])) out.push_back(one);
    if (out.empty()) throw std::runtime_error("a list of vectors is empty");
    return out;
  }

 private:
  simdjson::dom::parser parser_;
  simdjson::dom::element root_;
};

inline std::string text_of(simdjson::dom::element element, std::string_view key) {
  return std::string(std::string_view(element[key]));
}

// The text of `key`, or nothing where it is null or absent.
inline std::string text_or_empty(simdjson::dom::element element, std::string_view key) {
  std::string_view text;
  return element[key].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

}  // namespace sealbus::test
