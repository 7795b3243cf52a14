#pragma once
// The seam behind which a parser of HTTP heads lives: Boost.Beast's, for now.

#include <string_view>

#include "common/base/result.hpp"
#include "common/http/message.hpp"

namespace sealbus::http {

// Sets method, version and fields of `request`, with views into `head`, and returns the target.
// `head` ends with its empty line and has passed check_head_bytes. bad_request if it is not HTTP.
[[nodiscard]] base::Result<std::string_view> parse_head(std::string_view head, Request& request);

}  // namespace sealbus::http
