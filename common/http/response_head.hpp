#pragma once
// The bytes before a response's body.

#include <string>
#include <string_view>

#include "common/http/message.hpp"

namespace sealbus::http {

// Does the connection go on after this response?
enum class After : bool { close, keep_alive };

// Can this be sent as it is: status in range, names tokens, no control byte in a value? A handler
// that passes on what others sent could otherwise split the response in two.
bool is_sendable(const Response& response);

// Does a response with this status to this method carry its body (RFC 9110 section 6.4.1)?
bool carries_body(unsigned status, std::string_view method);

// Writes status line and fields into `out`, replacing what it held. `date` is an IMF-fixdate.
void write_head(const Response& response, Version version, After after, std::string_view date,
                std::string& out);

}  // namespace sealbus::http
