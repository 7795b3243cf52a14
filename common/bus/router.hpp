#pragma once
// A RouterSocket in a thread of its own. The thread never waits for anybody: it hands events to a
// sink that may be full, and takes messages from a queue that may be full.

#include <memory>
#include <string>

#include "common/base/result.hpp"
#include "common/bus/context.hpp"
#include "common/bus/event.hpp"
#include "common/bus/router_socket.hpp"

namespace sealbus::bus {

class RouterSink {
 public:
  virtual ~RouterSink() = default;
  // Called on the router's thread; must not wait. False: no room, and the event is as it was. The
  // router then keeps it, reads nothing more from the network, and asks again soon, or as soon as
  // `Router::resume` is called. Events are never dropped and never change their order.
  [[nodiscard]] virtual bool deliver(RouterEvent&& event) = 0;
};

class Router {
 public:
  // Binds, and starts the thread. The context and the sink must live longer than the router.
  [[nodiscard]] static base::OrError<std::unique_ptr<Router>> start(Context& context,
                                                                    RouterOptions options,
                                                                    RouterSink& sink);
  // Stops.
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  // As RouterSocket::endpoint.
  [[nodiscard]] const std::string& endpoint() const;

  // Any thread. Takes the message, to send it in the order of the calls from this thread; what
  // cannot be sent comes back as PeerLost. False, and the message is as it was: the queue is full,
  // or the router is stopped; what is sent while it stops may be lost. A message has at least one
  // frame.
  [[nodiscard]] bool send(PeerId peer, Message&& message);

  // Any thread: the sink has room again.
  void resume();

  // Sends what is in the queue as far as peers take it, closes the socket and ends the thread;
  // after the return the sink is not called any more. What ZeroMQ has taken it goes on sending for
  // `linger`, until the context ends. May be called twice; not from the sink.
  void stop();

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;

 public:
  // For `start`: nobody else has a Loop.
  explicit Router(std::unique_ptr<Loop> loop);
};

}  // namespace sealbus::bus
