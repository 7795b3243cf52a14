#include "common/http/target.hpp"

#include <algorithm>
#include <optional>

#include "common/base/bytes.hpp"

namespace sealbus::http {
namespace {

using base::Refusal;
using base::Result;

tl::unexpected<base::Failure> bad(std::string_view detail) {
  return base::refuse(Refusal::bad_request, std::string(detail));
}

bool is_visible(char c) { return c > 0x20 && c < 0x7f; }

bool may_stand_in_path(char c) {
  constexpr std::string_view kNever = "\\;\"<>`{}";
  return kNever.find(c) == std::string_view::npos;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The byte that `text`, which begins with `%`, stands for; nothing if ill-formed.
std::optional<char> unescape(std::string_view text) {
  if (text.size() < 3) return std::nullopt;
  const int high = hex_value(text[1]);
  const int low = hex_value(text[2]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

bool may_be_escaped(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte != 0x7f && c != '/' && c != '\\';
}

Result<void> decode_segment(std::string_view raw, std::string& out) {
  if (raw.find('%') == std::string_view::npos) {
    out = raw;
  } else {
    out.clear();
    for (std::size_t i = 0; i < raw.size(); ++i) {
      char c = raw[i];
      if (c == '%') {
        const auto byte = unescape(raw.substr(i));
        if (!byte) return bad("the path has an ill-formed percent escape");
        if (!may_be_escaped(*byte)) return bad("the path has an escaped slash or control byte");
        c = *byte;
        i += 2;
      }
      out.push_back(c);
    }
    if (!base::is_utf8(out)) return bad("the path is not UTF-8");
  }
  if (out == "." || out == "..") return bad("the path has a dot segment");
  return {};
}

Result<void> split_path(std::string_view path, std::vector<std::string>& segments) {
  std::size_t used = 0;
  std::string_view rest = path.substr(1);
  while (used > 0 || !rest.empty()) {
    const std::size_t slash = rest.find('/');
    const std::string_view raw = rest.substr(0, slash);
    const bool last = slash == std::string_view::npos;
    if (raw.empty() && !last) return bad("the path has an empty segment");
    if (used == segments.size()) segments.emplace_back();
    if (auto ok = decode_segment(raw, segments[used++]); !ok) return ok;
    if (last) break;
    rest.remove_prefix(slash + 1);
  }
  segments.resize(used);
  return {};
}

}  // namespace

Result<void> parse_target(std::string_view target, Request& request) {
  if (target.empty() || target[0] != '/') return bad("the target is not a path");
  if (!std::all_of(target.begin(), target.end(), is_visible)) {
    return bad("the target has a byte that must be escaped");
  }
  if (target.find('#') != std::string_view::npos) return bad("the target has a fragment");
  const std::size_t question = target.find('?');
  request.target = target;
  request.path = target.substr(0, question);
  request.query =
      question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
  if (!std::all_of(request.path.begin(), request.path.end(), may_stand_in_path)) {
    return bad("the path has a character that must be escaped");
  }
  return split_path(request.path, request.segments);
}

}  // namespace sealbus::http
