#include "sidecar/ingress/answers.hpp"

#include <fmt/core.h>

namespace sealbus::ingress {
namespace {

using base::Refusal;
using envelope::Header;
using envelope::MessageType;

// What check 8 and a sidecar's own state can lead to; all else is the ingress's to say.
bool may_come_from_a_sidecar(Refusal refusal) {
  switch (refusal) {
    case Refusal::development_refused:
    case Refusal::permission_denied:
    case Refusal::no_replica:
    case Refusal::draining:
    case Refusal::handler_failed:
    case Refusal::unknown_contract:
    case Refusal::malformed_header:
    case Refusal::expired:
    case Refusal::payload_too_large:
      return true;
    default:
      return false;
  }
}

// A code that a sidecar has no business sending is a failure of the handler.
Refusal refusal_of(const Header& header) {
  const Refusal refusal = base::refusal_named(header.code).value_or(Refusal::handler_failed);
  return may_come_from_a_sidecar(refusal) ? refusal : Refusal::handler_failed;
}

// What a caller is told when the sidecar refused the message.
Rejection from_sidecar(const Header& header) {
  const Refusal refusal = refusal_of(header);
  const bool soon = refusal == Refusal::no_replica || refusal == Refusal::draining;
  Rejection rejection = soon ? unavailable(refusal) : reject(refusal);
  rejection.missing.assign(header.missing.begin(), header.missing.end());
  return rejection;
}

}  // namespace

void tell(Caller& caller, const envelope::VerifiedEnvelope& envelope) {
  const Header& header = envelope.header();
  if (header.type == MessageType::reply) {
    return caller.reply({header.status, header.content_type, header.headers, envelope.payload()});
  }
  if (header.type == MessageType::refused) return caller.reject(from_sidecar(header));
  // An acknowledgement is no reply. Otherwise the handler raised, and its text stays where it is.
  const bool raised = header.type != MessageType::ack;
  caller.reject(reject(raised ? Refusal::internal : Refusal::handler_failed));
}

std::optional<base::Failure> failure_of_event(const Header& answer) {
  if (answer.type == MessageType::ack) return std::nullopt;
  if (answer.type == MessageType::refused) return reject(refusal_of(answer)).failure;
  return base::Failure{Refusal::handler_failed,
                       fmt::format("the service answered {}, and a copy in memory comes once",
                                   envelope::name(answer.type))};
}

}  // namespace sealbus::ingress
