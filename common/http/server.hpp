#pragma once
// An HTTP/1.1 server that knows no product: workers, each a thread with its own connections, that
// hand checked requests to a handler. Everything hostile or malformed ends here (strictness.hpp).

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/http/handler.hpp"
#include "common/http/limits.hpp"

namespace sealbus::http {

struct Address {
  std::string host;  // an address or a name
  std::uint16_t port = 0;
  bool operator==(const Address&) const = default;
};

// host:port, with brackets around an IPv6 address.
std::string to_string(const Address& address);

struct ServerOptions {
  Address listen;  // port 0: any free one
  unsigned workers = 1;
  unsigned max_connections = 10'000;  // all workers together; more are closed at once
  Limits limits;
  Timeouts timeouts;
  milliseconds tick{100};  // how often time-outs are looked at
};

// Bytes of requests and responses, bodies and all, as they went over connections.
struct Traffic {
  std::uint64_t received = 0;
  std::uint64_t sent = 0;
};

class Server {
 public:
  // Listens, and serves from when it returns. `handler` and `clock` must outlive the server. The
  // error says which address could not be had, and why.
  [[nodiscard]] static base::OrError<std::unique_ptr<Server>> start(const ServerOptions& options,
                                                                    Handler& handler,
                                                                    const base::Clock& clock);
  // As stop().
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Where it listens; the port that was picked, if it was 0.
  [[nodiscard]] const Address& bound() const;
  [[nodiscard]] unsigned workers() const;
  // Open connections at this moment. Any thread.
  [[nodiscard]] std::size_t connections() const;
  // Since the start, of all workers. Any thread.
  [[nodiscard]] Traffic traffic() const;

  // Runs `task` on worker `index`, between two requests; in the order of the calls. Not run if the
  // server was stopped. Any thread.
  void post_to_worker(unsigned index, std::function<void()> task);

  // Takes no new connections; closes each that is open after its next response, or when no request
  // came on it for `timeouts.drain`. Returns at once. Any thread.
  void begin_drain();
  // Waits for that to finish; false if connections are left when the time is over.
  [[nodiscard]] bool drained_within(milliseconds at_most);

  // Not on a worker: drops all connections and waits for the workers to end; the handler is not
  // called after that, and no request's views are alive. Later answers go nowhere. May be called
  // again.
  void stop();

 private:
  class Workers;
  explicit Server(std::unique_ptr<Workers> workers);

  std::unique_ptr<Workers> workers_;
};

}  // namespace sealbus::http
