#pragma once
// A YAML document as a tree in which every value and every key knows its place. Trees do not
// change: an alias shares the value that its anchor names, and `with` makes a new tree.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/problem.hpp"

namespace sealbus::config {

struct Value;
using ValuePtr = std::shared_ptr<const Value>;  // never null inside a tree

struct Entry {
  std::string key;
  Position position;  // of the key
  ValuePtr value;
};

struct Value {
  enum class Kind : unsigned char { null, scalar, list, map };

  Kind kind = Kind::null;
  Position position;
  std::string text;  // of a scalar, which may be a secret: wiped when dropped
  std::vector<ValuePtr> items;
  std::vector<Entry> entries;  // in the order of the file, keys unique

  Value() = default;
  Value(Kind of_kind, Position at) : kind(of_kind), position(std::move(at)) {}
  Value(const Value&) = default;
  Value& operator=(const Value&) = default;
  ~Value();

  // The value of this key; null if this is no map or has no such key.
  [[nodiscard]] const Entry* find(std::string_view key) const;
};

ValuePtr make_scalar(std::string text, Position position);
// Of the parts of `text` between commas, without white space around them.
ValuePtr make_list(std::string_view text, const Position& position);

// `root` with `value` at `path` ("bus.listen"), in place of what was there. Maps on the way are
// made where there is nothing; where something else stands in the way, the tree stays as it is.
// `root` may be null.
ValuePtr with(const ValuePtr& root, std::string_view path, ValuePtr value);
// `root` without what is at `path`.
ValuePtr without(const ValuePtr& root, std::string_view path);

// "'abc'" (cut and escaped), "a list", "a map", "nothing": what an error says it found.
std::string found(const Value& value);

}  // namespace sealbus::config
