#pragma once
// Binds a socket to an endpoint as people write it, for this folder's sources.

#include <string>

#include "common/base/result.hpp"
#include "common/bus/ipc_file.hpp"
#include "common/bus/socket.hpp"

namespace sealbus::bus {

// Connections that may wait to be accepted.
inline constexpr int kBacklog = 1'024;

struct Listening {
  std::string endpoint;  // in use, with the port that was chosen; an ipc endpoint as given
  IpcFile file;          // of an ipc endpoint; kept as long as the socket
};

[[nodiscard]] base::OrError<Listening> listen_at(Socket& socket, const std::string& endpoint);

}  // namespace sealbus::bus
