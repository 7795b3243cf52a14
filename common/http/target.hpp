#pragma once
// The request target (RFC 9112 section 3.2), in origin form only: an absolute path and perhaps a
// query. A path has one spelling for each meaning, or is refused.

#include <string_view>

#include "common/base/result.hpp"
#include "common/http/message.hpp"

namespace sealbus::http {

// Sets target, path, query and segments of `request`; the views are into `target`. bad_request for
// every other form, an empty segment before the last, "." and ".." in plain or encoded, an encoded
// slash, backslash or control byte, an ill-formed escape, `;` parameters, a fragment, bytes outside
// of ASCII, and a segment that is not UTF-8 once decoded.
[[nodiscard]] base::Result<void> parse_target(std::string_view target, Request& request);

}  // namespace sealbus::http
