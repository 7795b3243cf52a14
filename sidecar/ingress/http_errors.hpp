#pragma once
// The one place where a refusal becomes an HTTP status and a body: RFC 9457 problem details, RFC
// 6750 WWW-Authenticate.

#include <string>
#include <string_view>

#include "common/http/message.hpp"
#include "sidecar/config/config.hpp"
#include "sidecar/ingress/outcome.hpp"

namespace sealbus::ingress {

unsigned http_status(base::Refusal refusal);

// Full: `detail` says what was wrong. Minimal: only the code does.
http::Response to_response(const Rejection& rejection, std::string_view request_id,
                           settings::ErrorDetail error_detail);

}  // namespace sealbus::ingress
