#pragma once
// Reads the JSON of tokens (RFC 8259), which an attacker may have written. Stricter than the
// grammar: the text must be one object, member names must differ within each object, nesting and
// size have bounds. The only file that knows which parser is behind it.

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

namespace sealbus::jwt::json {

inline constexpr std::size_t kMostBytes = 8'192;
inline constexpr unsigned kMostDepth = 16;  // the outermost object is the first level
inline constexpr std::size_t kMostMembers = 256;

enum class Kind : std::uint8_t { null, boolean, integer, real, text, array, object };

class Value;

// One parsed object, independent of the text it came from. Two allocations, whatever is in it.
class Document {
 public:
  [[nodiscard]] Value root() const;

 private:
  friend class Value;
  friend class Builder;
  Document() = default;

  // A value, followed by all that it contains; `end` is the index after that.
  struct Node {
    Kind kind = Kind::null;
    std::uint32_t end = 0;
    std::uint32_t name_at = 0;  // in text_; the member's name, if it is a member
    std::uint32_t name_size = 0;
    std::uint32_t text_at = 0;
    std::uint32_t text_size = 0;
    union {
      std::int64_t integer = 0;
      double real;
    };
  };

  std::vector<Node> nodes_;
  std::vector<char> text_;
};

// A view of one value. Lives as long as its Document, also when that is moved.
class Value {
 public:
  [[nodiscard]] Kind kind() const { return node().kind; }
  // The member's name; empty for what is not a member.
  [[nodiscard]] std::string_view name() const;

  // Nothing if it is of another kind.
  [[nodiscard]] std::optional<std::string_view> text() const;
  [[nodiscard]] std::optional<bool> boolean() const;
  [[nodiscard]] std::optional<std::int64_t> integer() const;
  [[nodiscard]] std::optional<double> real() const;

  // The member of this name; nothing if there is none or this is no object.
  [[nodiscard]] std::optional<Value> member(std::string_view name) const;

  // The elements of an array or the members of an object, in order; none for other kinds.
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Value;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = Value;

    Value operator*() const { return Value(nodes_, text_, at_); }
    Iterator& operator++() {
      at_ = nodes_[at_].end;
      return *this;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    friend class Value;
    Iterator(const Document::Node* nodes, const char* text, std::uint32_t at)
        : nodes_(nodes), text_(text), at_(at) {}
    const Document::Node* nodes_;
    const char* text_;
    std::uint32_t at_;
  };
  [[nodiscard]] Iterator begin() const { return {nodes_, text_, at_ + 1}; }
  [[nodiscard]] Iterator end() const { return {nodes_, text_, node().end}; }

 private:
  friend class Document;
  Value(const Document::Node* nodes, const char* text, std::uint32_t at)
      : nodes_(nodes), text_(text), at_(at) {}
  [[nodiscard]] const Document::Node& node() const { return nodes_[at_]; }

  const Document::Node* nodes_;
  const char* text_;
  std::uint32_t at_;
};

// Why a text is not accepted. `number`: a number that is ill-formed or fits neither 64 bits nor a
// double, such as 1e309.
enum class Problem : std::uint8_t { syntax, number, not_an_object, duplicate_name, too_large };

// A phrase that holds nothing of the content.
std::string_view describe(Problem problem);

// Callable from any thread; each thread keeps one parser.
[[nodiscard]] base::Result<Document, Problem> parse(base::ByteView text);

}  // namespace sealbus::jwt::json
