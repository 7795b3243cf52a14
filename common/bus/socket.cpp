#include "common/bus/socket.hpp"

#include <cassert>
#include <cstring>

#include <zmq.h>

#include "common/bus/transfer.hpp"

namespace sealbus::bus {
namespace {

int set_option(void* socket, SocketOption option) {
  if (option.name == ZMQ_MAXMSGSIZE) {
    return zmq_setsockopt(socket, option.name, &option.value, sizeof option.value);
  }
  const int value = static_cast<int>(option.value);
  return zmq_setsockopt(socket, option.name, &value, sizeof value);
}

}  // namespace

tl::unexpected<base::Error> zmq_error_for(std::string what) {
  return base::error(std::move(what) + ": " + zmq_strerror(zmq_errno()));
}

void Socket::Close::operator()(void* socket) const { zmq_close(socket); }

void Socket::StopMonitorAndClose::operator()(void* socket) const {
  zmq_socket_monitor(socket, nullptr, 0);
  zmq_close(socket);
}

Socket& Socket::operator=(Socket&& other) noexcept {
  socket_ = std::move(other.socket_);  // before the monitor's reader goes
  monitor_ = std::move(other.monitor_);
  return *this;
}

base::OrError<Socket> Socket::open(Context& context, int type,
                                   std::initializer_list<SocketOption> options, int events) {
  Socket made;
  made.socket_.reset(zmq_socket(context.handle(), type));
  if (!made.socket_) return zmq_error_for("cannot open a socket");
  for (const SocketOption option : options) {
    if (auto done = made.set(option); !done) return tl::make_unexpected(done.error());
  }
  const std::string address = context.fresh_inproc_address();
  if (zmq_socket_monitor(made.handle(), address.c_str(), events) != 0) {
    return zmq_error_for("cannot watch a socket");
  }
  made.monitor_.reset(zmq_socket(context.handle(), ZMQ_PAIR));
  // Without a limit: at a full queue the I/O thread of all sockets would wait for this one's owner.
  const bool ready = made.monitor_ && set_option(made.monitor_.get(), {ZMQ_RCVHWM, 0}) == 0 &&
                     set_option(made.monitor_.get(), {ZMQ_LINGER, 0}) == 0 &&
                     zmq_connect(made.monitor_.get(), address.c_str()) == 0;
  if (!ready) return zmq_error_for("cannot watch a socket");
  return made;
}

base::OrError<void> Socket::set(SocketOption option) {
  if (set_option(socket_.get(), option) == 0) return {};
  return zmq_error_for("cannot set socket option " + std::to_string(option.name));
}

base::OrError<void> Socket::set(int name, base::ByteView value) {
  if (zmq_setsockopt(socket_.get(), name, value.data(), value.size()) == 0) return {};
  return zmq_error_for("cannot set socket option " + std::to_string(name));
}

std::optional<MonitorEvent> Socket::next_event() {
  // Two frames: 16 bits of event and 32 bits of value in our byte order; the endpoint.
  Frame what;
  Frame endpoint;
  if (!receive_frame(monitor_.get(), what)) return std::nullopt;
  MonitorEvent event;
  std::uint32_t value = 0;
  assert(what.size() == sizeof event.what + sizeof value);
  std::memcpy(&event.what, what.view().data(), sizeof event.what);
  std::memcpy(&value, what.view().data() + sizeof event.what, sizeof value);
  event.value = static_cast<int>(value);
  [[maybe_unused]] const bool received = receive_frame(monitor_.get(), endpoint);
  return event;
}

}  // namespace sealbus::bus
