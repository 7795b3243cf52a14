#pragma once
// A ZeroMQ socket and its monitor, for this folder's sources. Used by one thread at a time.

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/bus/context.hpp"

namespace sealbus::bus {

// One of ZMQ_*; those whose type is not int are recognised by their name.
struct SocketOption {
  int name;
  std::int64_t value;
};

struct MonitorEvent {
  std::uint16_t what = 0;  // one of ZMQ_EVENT_*
  int value = 0;           // for most: the descriptor
};

// What a Poller needs to wait for a socket. Valid until the socket is closed or moved from.
struct PollHandles {
  void* socket = nullptr;
  void* monitor = nullptr;
};

class Socket {
 public:
  // Opens a socket of this ZMQ_ type whose monitor tells of `events`.
  [[nodiscard]] static base::OrError<Socket> open(Context& context, int type,
                                                  std::initializer_list<SocketOption> options,
                                                  int events);

  Socket(Socket&&) noexcept = default;
  Socket& operator=(Socket&& other) noexcept;

  [[nodiscard]] void* handle() const { return socket_.get(); }
  [[nodiscard]] PollHandles poll_handles() const { return {socket_.get(), monitor_.get()}; }
  [[nodiscard]] base::OrError<void> set(SocketOption option);
  // An option whose value is bytes.
  [[nodiscard]] base::OrError<void> set(int name, base::ByteView value);
  // The next event of the monitor; never waits.
  [[nodiscard]] std::optional<MonitorEvent> next_event();

 private:
  Socket() = default;
  struct Close {
    void operator()(void* socket) const;
  };
  // Without its monitor stopped first, a socket would wait for the monitor's reader for ever.
  struct StopMonitorAndClose {
    void operator()(void* socket) const;
  };

  // Destroyed last to first: the monitored socket stops its monitor before the reader goes.
  std::unique_ptr<void, Close> monitor_;
  std::unique_ptr<void, StopMonitorAndClose> socket_;
};

// "what: why", with ZeroMQ's words for the error that just happened.
[[nodiscard]] tl::unexpected<base::Error> zmq_error_for(std::string what);

}  // namespace sealbus::bus
