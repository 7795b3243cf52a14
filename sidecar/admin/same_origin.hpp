#pragma once
// Who may ask the admin port. It has no passwords, so a web page in the browser of somebody who can
// reach it must not: neither by asking from another origin, nor by a name of its own that it made
// resolve to our address (DNS rebinding).

#include <span>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/http/message.hpp"

namespace sealbus::admin {

// Is `host`, as in a Host header and with any port, one under which this port is meant? That is
// localhost, a loopback address, the address that it listens on, one of `names`, and, when it
// listens on all addresses, any of them but no other name: only a name can be rebound.
bool is_own_host(std::string_view host, std::string_view listen_host,
                 std::span<const std::string> names = {});

// not_granted for an unknown Host and for an Origin that is not http:// and that same Host. A
// request without Host (HTTP/1.0) comes from no browser and passes.
[[nodiscard]] base::Result<void> check_same_origin(const http::Request& request,
                                                   std::string_view listen_host,
                                                   std::span<const std::string> names = {});

}  // namespace sealbus::admin
