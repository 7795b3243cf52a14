#pragma once
// What the product brings to the server: a handler that answers requests, and its words for the
// requests that never get that far.

#include <memory>
#include <string>
#include <string_view>

#include "common/base/refusal.hpp"
#include "common/http/message.hpp"

namespace sealbus::http {

struct Exchange;

// The right and the duty to answer one request, once, from any thread. On the worker and inside
// Handler::handle the answer is taken at once; otherwise it travels to the worker without a lock.
// A client that has gone in the meantime, or a server that was stopped, is no error.
class Responder {
 public:
  explicit Responder(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&& other) noexcept;
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;
  // Not answered: the client gets Handler::refuse(internal).
  ~Responder();

  // Must be called at most once; the request's views end with it.
  void answer(Response response);

 private:
  std::shared_ptr<Exchange> exchange_;  // none: answered, or moved away
};

// Whom a response goes to.
struct Client {
  std::string_view address;  // without the port
  unsigned worker = 0;       // that has the connection
};

class Handler {
 public:
  virtual ~Handler() = default;

  // Called on the worker that has the connection, never twice at once for one connection; it must
  // not block. `request` lives until `responder` has answered. Workers call at the same time.
  virtual void handle(Request& request, Responder responder) = 0;

  // The response to a request that the server itself refuses: bad_request, method_not_allowed,
  // request_timeout, payload_too_large, uri_too_long, headers_too_large, or internal. `request` is
  // null as long as its headers were not read and checked. Called on the worker; must not throw.
  virtual Response refuse(base::Refusal refusal, std::string detail, const Client& client,
                          const Request* request) = 0;
};

}  // namespace sealbus::http
