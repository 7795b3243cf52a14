#include "common/contract/path_pattern.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace sealbus::contract {
namespace {

constexpr std::size_t kLongestPattern = 512;
constexpr std::size_t kMostSegments = 32;
constexpr std::size_t kLongestCapture = 64;  // what a key in an envelope's header may have

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_capture_name(std::string_view name) {
  if (name.empty() || name.size() > kLongestCapture || is_digit(name.front())) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

// What may stand in a literal segment: printable ASCII that needs no escaping in a URL's path.
bool is_literal(std::string_view text) {
  constexpr std::string_view kPunctuation = "-._~!$&'()+,=:@";
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter(c) || is_digit(c) || kPunctuation.find(c) != std::string_view::npos;
  });
}

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const std::size_t end = std::min(path.find('/'), path.size());
    parts.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return parts;
}

}  // namespace

base::OrError<PathPattern::Segment> PathPattern::parse_segment(std::string_view text) {
  if (text.empty()) return base::error("an empty segment");
  if (text == "." || text == "..") return base::error("a segment of dots");
  if (text == "*") return Segment{Kind::any_one, {}};
  if (text == "**") return Segment{Kind::any_rest, {}};
  if (text.front() == '{' && text.back() == '}') {
    const std::string_view name = text.substr(1, text.size() - 2);
    if (!is_capture_name(name)) return base::error(fmt::format("'{}' is no capture", text));
    return Segment{Kind::capture, std::string(name)};
  }
  if (!is_literal(text))
    return base::error(fmt::format("'{}' has a character that is not allowed", text));
  return Segment{Kind::literal, std::string(text)};
}

base::OrError<PathPattern> PathPattern::parse(std::string_view text) {
  if (!text.starts_with('/')) return base::error("a path begins with '/'");
  if (text.size() > kLongestPattern) return base::error("a path has at most 512 bytes");
  PathPattern pattern;
  pattern.text_ = text;
  if (text == "/") return pattern;
  for (const std::string_view part : split(text)) {
    auto segment = parse_segment(part);
    if (!segment) return tl::make_unexpected(segment.error());
    const auto same_name = [&](const Segment& other) {
      return other.kind == Kind::capture && other.text == segment->text;
    };
    auto& segments = pattern.segments_;
    if (segment->kind == Kind::capture &&
        std::any_of(segments.begin(), segments.end(), same_name)) {
      return base::error(fmt::format("'{}' is captured twice", segment->text));
    }
    if (!segments.empty() && segments.back().kind == Kind::any_rest) {
      return base::error("'**' stands only at the end");
    }
    segments.push_back(std::move(*segment));
  }
  if (pattern.segments_.size() > kMostSegments)
    return base::error("a path has at most 32 segments");
  if (text.ends_with('/')) return base::error("an empty segment");
  return pattern;
}

bool PathPattern::has_wildcards() const {
  return std::any_of(segments_.begin(), segments_.end(), [](const Segment& segment) {
    return segment.kind == Kind::any_one || segment.kind == Kind::any_rest;
  });
}

std::optional<Parameters> PathPattern::match(const std::vector<std::string>& segments) const {
  Parameters captured;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const Segment& wanted = segments_[i];
    if (wanted.kind == Kind::any_rest) return captured;
    // An empty segment (a trailing slash) is nothing that could be captured.
    if (i >= segments.size() || segments[i].empty()) return std::nullopt;
    if (wanted.kind == Kind::literal && wanted.text != segments[i]) return std::nullopt;
    if (wanted.kind == Kind::capture) captured.emplace_back(wanted.text, segments[i]);
  }
  if (segments.size() != segments_.size()) return std::nullopt;
  return captured;
}

bool PathPattern::overlaps(const PathPattern& other) const {
  const auto& a = segments_;
  const auto& b = other.segments_;
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const bool rest_a = i < a.size() && a[i].kind == Kind::any_rest;
    const bool rest_b = i < b.size() && b[i].kind == Kind::any_rest;
    if (rest_a || rest_b) return true;
    if (i >= a.size() || i >= b.size()) return false;
    const bool both_literal = a[i].kind == Kind::literal && b[i].kind == Kind::literal;
    if (both_literal && a[i].text != b[i].text) return false;
  }
  return true;
}

bool PathPattern::covers(const PathPattern& other) const {
  const auto& theirs = other.segments_;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const Segment& mine = segments_[i];
    if (mine.kind == Kind::any_rest) return true;
    if (i >= theirs.size() || theirs[i].kind == Kind::any_rest) return false;
    if (mine.kind != Kind::literal) continue;
    if (theirs[i].kind != Kind::literal || theirs[i].text != mine.text) return false;
  }
  return theirs.size() == segments_.size();
}

std::vector<PathPattern::Step> PathPattern::steps() const {
  std::vector<Step> steps;
  steps.reserve(segments_.size());
  for (const Segment& segment : segments_) {
    steps.push_back({segment.kind == Kind::literal ? &segment.text : nullptr});
  }
  return steps;
}

bool PathPattern::more_particular_than(const PathPattern& other) const {
  const std::size_t common = std::min(segments_.size(), other.segments_.size());
  for (std::size_t i = 0; i < common; ++i) {
    const bool mine = segments_[i].kind == Kind::literal;
    const bool theirs = other.segments_[i].kind == Kind::literal;
    if (mine != theirs) return mine;
  }
  return false;
}

}  // namespace sealbus::contract
