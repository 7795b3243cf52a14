#include "common/config/value.hpp"

#include <algorithm>

#include "common/base/log.hpp"
#include "common/base/secret.hpp"

namespace sealbus::config {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::size_t kLongestFound = 60;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

struct Step {
  std::string_view key;
  std::string_view rest;  // empty: the last step
};

Step first_step(std::string_view path) {
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos) return {path, {}};
  return {path.substr(0, dot), path.substr(dot + 1)};
}

bool stands_in_the_way(const ValuePtr& value) {
  return value && (value->kind == Value::Kind::scalar || value->kind == Value::Kind::list);
}

std::shared_ptr<Value> copy_as_map(const ValuePtr& value, const Position& otherwise) {
  if (value && value->kind == Value::Kind::map) return std::make_shared<Value>(*value);
  return std::make_shared<Value>(Value::Kind::map, value ? value->position : otherwise);
}

}  // namespace

Value::~Value() { base::wipe(text); }

const Entry* Value::find(std::string_view key) const {
  const auto at = std::find_if(entries.begin(), entries.end(),
                               [&](const Entry& entry) { return entry.key == key; });
  return at == entries.end() ? nullptr : &*at;
}

ValuePtr make_scalar(std::string text, Position position) {
  auto value = std::make_shared<Value>(Value::Kind::scalar, std::move(position));
  value->text = std::move(text);
  return value;
}

ValuePtr make_list(std::string_view text, const Position& position) {
  auto list = std::make_shared<Value>(Value::Kind::list, position);
  while (true) {
    const std::size_t comma = text.find(',');
    list->items.push_back(make_scalar(std::string(trimmed(text.substr(0, comma))), position));
    if (comma == std::string_view::npos) return list;
    text.remove_prefix(comma + 1);
  }
}

ValuePtr with(const ValuePtr& root, std::string_view path, ValuePtr value) {
  if (stands_in_the_way(root)) return root;
  const Step step = first_step(path);
  auto map = copy_as_map(root, value->position);
  const auto at = std::find_if(map->entries.begin(), map->entries.end(),
                               [&](const Entry& entry) { return entry.key == step.key; });
  const bool there = at != map->entries.end();
  const Position position = value->position;
  ValuePtr inner = step.rest.empty()
                       ? std::move(value)
                       : with(there ? at->value : nullptr, step.rest, std::move(value));
  if (there) {
    at->value = std::move(inner);
  } else {
    map->entries.push_back({std::string(step.key), position, std::move(inner)});
  }
  return map;
}

ValuePtr without(const ValuePtr& root, std::string_view path) {
  const Step step = first_step(path);
  const Entry* entry = root ? root->find(step.key) : nullptr;
  if (entry == nullptr) return root;
  auto map = std::make_shared<Value>(*root);
  const auto at = map->entries.begin() + (entry - root->entries.data());
  if (step.rest.empty()) {
    map->entries.erase(at);
  } else {
    at->value = without(entry->value, step.rest);
  }
  return map;
}

std::string found(const Value& value) {
  switch (value.kind) {
    case Value::Kind::null:
      return "nothing";
    case Value::Kind::list:
      return "a list";
    case Value::Kind::map:
      return "a map";
    case Value::Kind::scalar:
      return "'" + log::escaped(value.text, kLongestFound) + "'";
  }
  return {};
}

}  // namespace sealbus::config
