#pragma once
// A service behind a Sealbus sidecar. The sidecar hands over who calls and what they sent, both
// checked already; a handler answers.
//
//   sealbus::Service service("ipc:///run/sealbus/users");  // or from SEALBUS_DELIVER
//   service.on("CreateUser", [](const sealbus::Auth& auth, const sealbus::Message& message) {
//     return sealbus::Reply::text("made by " + auth.user_id);
//   });
//   return service.run(sealbus::Signals::stop);
//
// Threads: run() keeps the thread that called it and owns the socket on it. Handlers run on a pool
// of threads, several at once, the same handler too; none of them can hold up the heartbeats.
// Memory: at most `credit` messages are being handled and at most as many wait.

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "sealbus/auth.hpp"
#include "sealbus/callback.hpp"
#include "sealbus/handler.hpp"
#include "sealbus/log.hpp"
#include "sealbus/message.hpp"
#include "sealbus/reply.hpp"
#include "sealbus/responder.hpp"
#include "sealbus/task.hpp"

namespace sealbus {

struct ServiceOptions {
  // Messages that may be in flight to this process at once, at least 1.
  std::uint16_t credit = 16;
  // Threads that run handlers, at least 1. One that waits holds a thread; a coroutine that waits
  // holds none.
  unsigned threads = 16;
  // Of the process, for status pages; host and process id if empty.
  std::string name;
  // How long a stop waits for what is in flight.
  std::chrono::milliseconds drain = std::chrono::seconds(30);
  Log log = log_to_standard_error;
};

// What SIGTERM and SIGINT do while run() runs: what they did before, or the same as stop().
enum class Signals { leave, stop };

class Service {
 public:
  // `address` is where the sidecar listens for its service: ipc://PATH, or tcp:// on loopback; from
  // SEALBUS_DELIVER if it is empty. What listens there is believed about who a user is, so any
  // other address is std::invalid_argument, and so are options out of their range.
  explicit Service(std::string address = {}, ServiceOptions options = {});

  // Waits for handlers that still run, coroutines included: what they use is still there then.
  // After run() has returned, if it was called.
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Registers a handler for contracts: `CreateUser`, `orders.OrderPlaced`. Before run(). A handler
  // is one of
  //   Reply(Auth, Message)              void(Auth, Message)            answers by returning
  //   Task<Reply>(Auth, Message)        Task<void>(Auth, Message)      a coroutine
  //   void(Auth, Message, Responder)                                   answers later, anywhere
  // with parameters by value or const reference, and is called on several threads at once. Without
  // a Reply the response is 204. A contract that has a handler, or a name that is empty or longer
  // than 128 bytes, is std::invalid_argument.
  template <typename Function>
  void on(std::initializer_list<std::string_view> contracts, Function handler) {
    add(contracts, detail::adapt(std::move(handler)));
  }
  template <typename Function>
  void on(std::string_view contract, Function handler) {
    on({contract}, std::move(handler));
  }

  // Serves until it is stopped, and looks for the sidecar as long as that takes. Gives 0, or 1 if
  // messages were left unanswered. Throws std::system_error if there can be no such address,
  // std::logic_error without a handler, while it runs already, or if another service of this
  // process takes the signals.
  int run(Signals signals = Signals::leave);

  // Takes no new messages, finishes what is in flight, and lets run() return; called again, waits
  // no longer. On any thread or in a signal handler. Before run(), it makes that return at once.
  void stop() noexcept;

 private:
  void add(std::initializer_list<std::string_view> contracts, detail::Handler handler);

  class Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace sealbus
