#pragma once
// The answer to one message, given whenever and wherever it is ready: a handler that takes a
// Responder may return at once and let another thread answer. Copies are the same answer. The first
// one given counts; when the last copy goes without one, the message counts as failed, so nobody
// waits for what was forgotten. Safe on any thread, also after the service is gone.

#include <exception>
#include <memory>

#include "sealbus/reply.hpp"

namespace sealbus {

namespace detail {
class Answering;
class Ticket;
}  // namespace detail

class Responder {
 public:
  // Each gives false if an answer was given already, and then does nothing.
  bool reply(const Reply& reply = {}) const;  // handled; for an event, that and no more
  bool retry(const Retry& retry = Retry()) const;
  bool reject(const Reject& reject = Reject()) const;
  // As if the handler had thrown it.
  bool fail(std::exception_ptr error) const;

  // For the binding itself.
  explicit Responder(std::shared_ptr<detail::Ticket> ticket);

 private:
  std::shared_ptr<detail::Answering> answering_;
};

}  // namespace sealbus
