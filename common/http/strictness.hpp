#pragma once
// The rules that a request must meet before anybody looks at what it asks for. Where RFC 9112
// leaves room for two readings (request smuggling lives there), there is none here: everything that
// a lenient peer might read differently is refused with bad_request.

#include <cstdint>
#include <string_view>

#include "common/base/result.hpp"
#include "common/http/limits.hpp"
#include "common/http/message.hpp"

namespace sealbus::http {

// The bytes of a head, from the method to the empty line, before they are parsed: one space each
// between method, target and version, CRLF at the end of each line, no folded line, no white space
// before a colon, no control byte.
[[nodiscard]] base::Result<void> check_head_bytes(std::string_view head);

// GET, POST, PUT, PATCH, DELETE, HEAD and OPTIONS pass; CONNECT and TRACE are method_not_allowed,
// everything else, lower case too, bad_request.
[[nodiscard]] base::Result<void> check_method(std::string_view method);

enum class BodyKind : std::uint8_t { none, sized, chunked };

// How the rest of the message is delimited, and what happens to the connection after it.
struct Framing {
  BodyKind body = BodyKind::none;
  std::uint64_t length = 0;  // of a sized body
  bool keep_alive = true;
  bool expects_continue = false;
};

// From the parsed fields: exactly one Host (none is allowed in HTTP/1.0), at most one
// Content-Length of digits only, at most one Transfer-Encoding, which is `chunked`, in HTTP/1.1 and
// without Content-Length; Expect is 100-continue. A declared body above the limit is
// payload_too_large, too many fields headers_too_large.
[[nodiscard]] base::Result<Framing> check_fields(const Request& request, const Limits& limits);

}  // namespace sealbus::http
