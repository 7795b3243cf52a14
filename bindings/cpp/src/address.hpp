#pragma once
// Where a sidecar may be: whoever listens there is believed about who a user is, so it must be this
// machine.

#include <string>
#include <string_view>

namespace sealbus::detail {

// ipc://PATH, or tcp:// to a loopback address and a port.
[[nodiscard]] bool is_on_this_machine(std::string_view address);

// The address given, or SEALBUS_DELIVER; throws std::invalid_argument if it is not on this machine.
[[nodiscard]] std::string checked_address(std::string address);

}  // namespace sealbus::detail
