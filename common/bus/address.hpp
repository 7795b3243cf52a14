#pragma once
// Endpoints as people write them: tcp://host:port, tcp://[v6]:port, ipc://path.

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace sealbus::bus {

// An endpoint taken apart. A tcp port may be 0 or `*`, which ZeroMQ takes for any free one.
struct Address {
  enum class Transport { tcp, ipc };
  Transport transport = Transport::tcp;
  std::string host;  // tcp; without brackets
  std::string port;  // tcp
  std::string path;  // ipc
};

[[nodiscard]] base::OrError<Address> parse_address(std::string_view endpoint);

[[nodiscard]] std::string to_endpoint(const Address& address);

// The endpoint with every address of its host in numbers, in the resolver's order; ipc endpoints,
// numbers and `*` as they are. May wait for a name server: not for a thread that others wait for.
[[nodiscard]] base::OrError<std::vector<std::string>> resolve(std::string_view endpoint);

}  // namespace sealbus::bus
