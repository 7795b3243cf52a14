#pragma once
// The path of a contract, and the paths that a grant covers: segments between slashes, compared as
// they are (case matters).
//
//   /api/users/{id}    a contract: {id} captures one segment
//   /api/users/*       a grant: any one segment
//   /api/users/**      a grant: any number of segments, none too; only at the end

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.hpp"

namespace sealbus::contract {

// Names and the segments they captured, in the order of the pattern.
using Parameters = std::vector<std::pair<std::string, std::string>>;

class PathPattern {
 public:
  // Must begin with a slash; a capture's name is [A-Za-z_][A-Za-z0-9_]*, at most 64 bytes and used
  // once; no empty segment, no "." or "..", at most 32 segments and 512 bytes. Says what is wrong
  // otherwise.
  [[nodiscard]] static base::OrError<PathPattern> parse(std::string_view text);

  // The text it was parsed from.
  [[nodiscard]] const std::string& text() const { return text_; }
  // Has it `*` or `**`? A contract's path may not.
  [[nodiscard]] bool has_wildcards() const;

  // Does `segments` (already percent-decoded) fit? With what was captured.
  [[nodiscard]] std::optional<Parameters> match(const std::vector<std::string>& segments) const;

  // Is there a path that both match?
  [[nodiscard]] bool overlaps(const PathPattern& other) const;
  // Does this match every path that `other` matches? Asked of a grant about a contract.
  [[nodiscard]] bool covers(const PathPattern& other) const;
  // Where both match, is this the more particular one: at the first segment in which one has a
  // literal and the other a capture, does this have the literal?
  [[nodiscard]] bool more_particular_than(const PathPattern& other) const;

  // One segment of a contract's path: the literal, or null where anything is captured.
  struct Step {
    const std::string* literal;
  };
  [[nodiscard]] std::vector<Step> steps() const;

  bool operator==(const PathPattern& other) const { return text_ == other.text_; }

 private:
  enum class Kind : std::uint8_t { literal, capture, any_one, any_rest };
  struct Segment {
    Kind kind;
    std::string text;  // the literal, or the capture's name
  };

  static base::OrError<Segment> parse_segment(std::string_view text);

  std::string text_;
  std::vector<Segment> segments_;
};

}  // namespace sealbus::contract
