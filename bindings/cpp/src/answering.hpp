#pragma once
// From what a handler gives or throws to the frames of the answer.

#include <exception>
#include <memory>

#include "outbox.hpp"
#include "sealbus/reply.hpp"

namespace sealbus::detail {

// What all copies of a Responder share.
class Answering {
 public:
  explicit Answering(std::shared_ptr<Ticket> ticket) : ticket_(std::move(ticket)) {}
  Answering(const Answering&) = delete;
  Answering& operator=(const Answering&) = delete;
  // Nobody is left to answer, so the message has failed, unless it was answered.
  ~Answering();

  bool reply(const Reply& reply);
  bool retry(const Retry& retry);
  bool reject(const Reject& reject);
  bool fail(const std::exception_ptr& error);

 private:
  bool handler_failed(const std::string& why);

  const std::shared_ptr<Ticket> ticket_;
};

}  // namespace sealbus::detail
