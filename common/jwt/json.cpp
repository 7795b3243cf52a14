#include "common/jwt/json.hpp"

#include <array>

#include <simdjson.h>

namespace sealbus::jwt::json {

namespace dom = simdjson::dom;

// Copies simdjson's document, which lasts only until the next one is parsed, into ours, and checks
// on the way what simdjson does not.
class Builder {
 public:
  explicit Builder(std::size_t source_bytes) {
    // Unescaped text is never longer than its source.
    document_.text_.reserve(source_bytes);
    document_.nodes_.reserve(source_bytes / 8 + 1);
  }

  std::optional<Problem> add(dom::element element, std::string_view name, unsigned depth) {
    const std::size_t at = document_.nodes_.size();
    Document::Node& node = document_.nodes_.emplace_back();
    node.name_at = store(name);
    node.name_size = static_cast<std::uint32_t>(name.size());
    if (const auto problem = fill(element, at, depth)) return problem;
    document_.nodes_[at].end = static_cast<std::uint32_t>(document_.nodes_.size());
    return std::nullopt;
  }

  Document take() { return std::move(document_); }

 private:
  std::uint32_t store(std::string_view text) {
    const auto at = static_cast<std::uint32_t>(document_.text_.size());
    document_.text_.insert(document_.text_.end(), text.begin(), text.end());
    return at;
  }

  std::optional<Problem> fill(dom::element element, std::size_t at, unsigned depth) {
    Document::Node& node = document_.nodes_[at];
    switch (element.type()) {
      case dom::element_type::NULL_VALUE:
        node.kind = Kind::null;
        return std::nullopt;
      case dom::element_type::BOOL:
        node.kind = Kind::boolean;
        node.integer = element.get_bool().value_unsafe() ? 1 : 0;
        return std::nullopt;
      case dom::element_type::INT64:
        node.kind = Kind::integer;
        node.integer = element.get_int64().value_unsafe();
        return std::nullopt;
      case dom::element_type::UINT64:
        node.kind = Kind::real;
        node.real = static_cast<double>(element.get_uint64().value_unsafe());
        return std::nullopt;
      case dom::element_type::DOUBLE:
        node.kind = Kind::real;
        node.real = element.get_double().value_unsafe();
        return std::nullopt;
      case dom::element_type::STRING:
        node.kind = Kind::text;
        return fill_text(node, element.get_string().value_unsafe());
      case dom::element_type::ARRAY:
        node.kind = Kind::array;
        return fill_array(element, depth);
      case dom::element_type::OBJECT:
        node.kind = Kind::object;
        return fill_object(element, at, depth);
    }
    return Problem::syntax;
  }

  std::optional<Problem> fill_text(Document::Node& node, std::string_view text) {
    node.text_at = store(text);
    node.text_size = static_cast<std::uint32_t>(text.size());
    return std::nullopt;
  }

  std::optional<Problem> fill_array(dom::element element, unsigned depth) {
    dom::array array;
    if (element.get(array) != simdjson::SUCCESS) return Problem::syntax;
    if (depth > kMostDepth) return Problem::too_large;
    for (const dom::element child : array) {
      if (const auto problem = add(child, {}, depth + 1)) return problem;
    }
    return std::nullopt;
  }

  std::optional<Problem> fill_object(dom::element element, std::size_t at, unsigned depth) {
    dom::object object;
    if (element.get(object) != simdjson::SUCCESS) return Problem::syntax;
    if (depth > kMostDepth || object.size() > kMostMembers) return Problem::too_large;
    for (const dom::key_value_pair child : object) {
      if (has_member(at, child.key)) return Problem::duplicate_name;
      if (const auto problem = add(child.value, child.key, depth + 1)) return problem;
    }
    return std::nullopt;
  }

  // Looks at each member so far; kMostMembers keeps that cheap.
  [[nodiscard]] bool has_member(std::size_t object, std::string_view name) const {
    const auto& nodes = document_.nodes_;
    for (std::size_t i = object + 1; i < nodes.size(); i = nodes[i].end) {
      const std::string_view other(document_.text_.data() + nodes[i].name_at, nodes[i].name_size);
      if (other == name) return true;
    }
    return false;
  }

  Document document_;
};

Value Document::root() const { return {nodes_.data(), text_.data(), 0}; }

std::string_view Value::name() const { return {text_ + node().name_at, node().name_size}; }

std::optional<std::string_view> Value::text() const {
  if (kind() != Kind::text) return std::nullopt;
  return std::string_view(text_ + node().text_at, node().text_size);
}

std::optional<bool> Value::boolean() const {
  if (kind() != Kind::boolean) return std::nullopt;
  return node().integer != 0;
}

std::optional<std::int64_t> Value::integer() const {
  if (kind() != Kind::integer) return std::nullopt;
  return node().integer;
}

std::optional<double> Value::real() const {
  if (kind() != Kind::real) return std::nullopt;
  return node().real;
}

std::optional<Value> Value::member(std::string_view name) const {
  if (kind() != Kind::object) return std::nullopt;
  for (const Value child : *this) {
    if (child.name() == name) return child;
  }
  return std::nullopt;
}

std::string_view describe(Problem problem) {
  static constexpr std::array<std::string_view, 5> kPhrases = {
      "not well-formed JSON", "a number that is ill-formed or out of range", "not a JSON object",
      "a member name twice in one object", "too large or too deeply nested"};
  return kPhrases[static_cast<std::size_t>(problem)];
}

base::Result<Document, Problem> parse(base::ByteView text) {
  if (text.size() > kMostBytes) return tl::make_unexpected(Problem::too_large);
  // A parser is expensive to make and cheap to use again; it belongs to its thread alone.
  thread_local dom::parser parser(kMostBytes);
  dom::element root;
  const std::string_view chars = base::as_text(text);
  const auto error = parser.parse(chars.data(), chars.size()).get(root);
  if (error == simdjson::NUMBER_ERROR) return tl::make_unexpected(Problem::number);
  if (error == simdjson::DEPTH_ERROR) return tl::make_unexpected(Problem::too_large);
  if (error != simdjson::SUCCESS) return tl::make_unexpected(Problem::syntax);
  if (!root.is_object()) return tl::make_unexpected(Problem::not_an_object);
  Builder builder(text.size());
  if (const auto problem = builder.add(root, {}, 1)) return tl::make_unexpected(*problem);
  return builder.take();
}

}  // namespace sealbus::jwt::json
