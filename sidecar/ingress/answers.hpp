#pragma once
// What a sidecar's answer to a call means to the caller.

#include "common/envelope/verifier.hpp"
#include "sidecar/ingress/outcome.hpp"

namespace sealbus::ingress {

// The caller hears what became of its call. `envelope` is a reply, refused, ack, nack or reject.
void tell(Caller& caller, const envelope::VerifiedEnvelope& envelope);

}  // namespace sealbus::ingress
