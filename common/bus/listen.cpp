#include "common/bus/listen.hpp"

#include <array>
#include <utility>

#include <zmq.h>

#include "common/bus/address.hpp"

namespace sealbus::bus {
namespace {

base::OrError<std::string> bound_endpoint(void* socket) {
  std::array<char, 512> text{};
  std::size_t size = text.size();
  if (zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, text.data(), &size) != 0) {
    return zmq_error_for("cannot read the bound address");
  }
  return std::string(text.data());
}

base::OrError<std::string> bind_tcp(Socket& socket, const std::string& endpoint) {
  const auto numeric = resolve(endpoint);
  if (!numeric) return tl::make_unexpected(numeric.error());
  const std::string& first = numeric->front();
  const bool v6 = first.find('[') != std::string::npos || first.find("//*") != std::string::npos;
  if (auto done = socket.set({ZMQ_IPV6, v6 ? 1 : 0}); !done)
    return tl::make_unexpected(done.error());
  if (zmq_bind(socket.handle(), first.c_str()) != 0) return zmq_error_for(endpoint);
  return bound_endpoint(socket.handle());
}

base::OrError<IpcFile> bind_ipc(Socket& socket, const Address& address) {
  auto file = IpcFile::listen(address.path, kBacklog);
  if (!file) return file;
  if (auto done = socket.set({ZMQ_USE_FD, file->descriptor()}); !done) {
    return tl::make_unexpected(done.error());
  }
  if (zmq_bind(socket.handle(), to_endpoint(address).c_str()) != 0) {
    return zmq_error_for(to_endpoint(address));
  }
  file->release();
  return file;
}

}  // namespace

base::OrError<Listening> listen_at(Socket& socket, const std::string& endpoint) {
  const auto address = parse_address(endpoint);
  if (!address) return tl::make_unexpected(address.error());
  if (address->transport == Address::Transport::ipc) {
    auto file = bind_ipc(socket, *address);
    if (!file) return tl::make_unexpected(file.error());
    return Listening{endpoint, std::move(*file)};
  }
  auto bound = bind_tcp(socket, endpoint);
  if (!bound) return tl::make_unexpected(bound.error());
  return Listening{std::move(*bound), IpcFile()};
}

}  // namespace sealbus::bus
