#include "common/http/strictness.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace sealbus::http {
namespace {

using base::Refusal;
using base::Result;

tl::unexpected<base::Failure> bad(std::string_view detail) {
  return base::refuse(Refusal::bad_request, std::string(detail));
}

Result<void> check_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  const bool three_parts = first != std::string_view::npos && first != last && first != 0 &&
                           line.find(' ', first + 1) == last && last != first + 1;
  if (!three_parts) return bad("the request line is not a method, a target and a version");
  const std::string_view version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return bad("the version is neither HTTP/1.1 nor HTTP/1.0");
  }
  return {};
}

Result<void> check_field_line(std::string_view line) {
  if (line[0] == ' ' || line[0] == '\t') return bad("a header is folded over two lines");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return bad("a header has no colon");
  // White space before the colon is caught here too.
  if (!is_token(line.substr(0, colon))) return bad("a header's name is not a token");
  return {};
}

// A host and perhaps a port (RFC 9110 section 7.2), of the characters that these can have.
bool is_host(std::string_view value) {
  constexpr std::string_view kOthers = "-._~:[]%";
  return !value.empty() && std::all_of(value.begin(), value.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

bool lists(std::string_view value, std::string_view token) {
  while (true) {
    const std::size_t comma = value.find(',');
    if (equal_ignoring_case(trimmed(value.substr(0, comma)), token)) return true;
    if (comma == std::string_view::npos) return false;
    value.remove_prefix(comma + 1);
  }
}

// The fields that the rules speak of, gathered in one pass.
struct Gathered {
  unsigned hosts = 0;
  std::string_view host;
  unsigned lengths = 0;
  std::string_view length;
  unsigned encodings = 0;
  std::string_view encoding;
  unsigned expectations = 0;
  std::string_view expectation;
  bool says_close = false;
  bool says_keep_alive = false;
};

void gather(const FieldView& field, Gathered& into) {
  const auto is = [&](std::string_view name) { return equal_ignoring_case(field.name, name); };
  switch (field.name.size()) {
    case 4:
      if (is("host")) ++into.hosts, into.host = field.value;
      break;
    case 6:
      if (is("expect")) ++into.expectations, into.expectation = field.value;
      break;
    case 10:
      if (!is("connection")) break;
      into.says_close = into.says_close || lists(field.value, "close");
      into.says_keep_alive = into.says_keep_alive || lists(field.value, "keep-alive");
      break;
    case 14:
      if (is("content-length")) ++into.lengths, into.length = field.value;
      break;
    case 17:
      if (is("transfer-encoding")) ++into.encodings, into.encoding = field.value;
      break;
    default:
      break;
  }
}

Result<void> check_host(const Gathered& fields, Version version) {
  if (fields.hosts > 1) return bad("there are two Host headers");
  if (fields.hosts == 0 && version == Version::http_1_1) return bad("there is no Host header");
  if (fields.hosts == 1 && !is_host(fields.host)) return bad("the Host header is not a host");
  return {};
}

Result<void> check_transfer_encoding(const Gathered& fields, Version version) {
  if (fields.encodings > 1) return bad("there are two Transfer-Encoding headers");
  if (fields.encodings == 0) return {};
  if (fields.encoding != "chunked") return bad("the Transfer-Encoding is not chunked");
  if (version == Version::http_1_0) return bad("Transfer-Encoding does not exist in HTTP/1.0");
  if (fields.lengths > 0) return bad("there are both Content-Length and Transfer-Encoding");
  return {};
}

// Nothing when it is not a number; the largest number when it does not fit.
std::optional<std::uint64_t> parse_length(std::string_view text) {
  const bool digits = !text.empty() && std::all_of(text.begin(), text.end(),
                                                   [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return UINT64_MAX;
  return value;
}

Result<std::uint64_t> check_content_length(const Gathered& fields, const Limits& limits) {
  if (fields.lengths > 1) return bad("there are two Content-Length headers");
  if (fields.lengths == 0) return 0;
  const auto length = parse_length(fields.length);
  if (!length) return bad("the Content-Length is not a number");
  if (*length > limits.max_body.value) return base::refuse(Refusal::payload_too_large);
  return *length;
}

Result<bool> check_expect(const Gathered& fields, Version version) {
  if (fields.expectations == 0 || version == Version::http_1_0) return false;
  if (fields.expectations > 1 || !equal_ignoring_case(fields.expectation, "100-continue")) {
    return bad("the Expect header is not 100-continue");
  }
  return true;
}

}  // namespace

Result<void> check_head_bytes(std::string_view head) {
  bool first = true;
  while (!head.empty()) {
    const std::size_t end = head.find("\r\n");
    if (end == std::string_view::npos) return bad("a line does not end in CR LF");
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    if (line.empty() && !first) return {};
    // A carriage return or a line feed on its own is a control byte as well.
    if (!is_field_value(line)) return bad("there is a control byte in the headers");
    const auto checked = first ? check_request_line(line) : check_field_line(line);
    if (!checked) return checked;
    first = false;
  }
  return bad("the headers do not end in an empty line");
}

Result<void> check_method(std::string_view method) {
  constexpr auto kKnown =
      std::to_array<std::string_view>({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"});
  if (std::find(kKnown.begin(), kKnown.end(), method) != kKnown.end()) return {};
  if (method == "TRACE" || method == "CONNECT") {
    return base::refuse(Refusal::method_not_allowed, "CONNECT and TRACE are not served");
  }
  return bad("the method is unknown");
}

Result<Framing> check_fields(const Request& request, const Limits& limits) {
  if (request.fields.size() > limits.max_fields) {
    return base::refuse(Refusal::headers_too_large, "there are too many headers");
  }
  Gathered fields;
  for (const FieldView& field : request.fields) gather(field, fields);

  if (auto ok = check_host(fields, request.version); !ok) return tl::unexpected(ok.error());
  if (auto ok = check_transfer_encoding(fields, request.version); !ok) {
    return tl::unexpected(ok.error());
  }
  const auto length = check_content_length(fields, limits);
  if (!length) return tl::unexpected(length.error());
  const auto expects_continue = check_expect(fields, request.version);
  if (!expects_continue) return tl::unexpected(expects_continue.error());

  Framing framing;
  framing.length = *length;
  framing.body = fields.encodings > 0 ? BodyKind::chunked
                 : *length > 0        ? BodyKind::sized
                                      : BodyKind::none;
  framing.keep_alive =
      !fields.says_close && (request.version == Version::http_1_1 || fields.says_keep_alive);
  framing.expects_continue = *expects_continue && framing.body != BodyKind::none;
  return framing;
}

}  // namespace sealbus::http
