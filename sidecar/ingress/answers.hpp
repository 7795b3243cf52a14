#pragma once
// What a sidecar's answer means: to the caller, and of an event.

#include <optional>

#include "common/envelope/verifier.hpp"
#include "sidecar/ingress/outcome.hpp"

namespace sealbus::ingress {

// The caller hears what became of its call. `envelope` is a reply, refused, ack, nack or reject.
void tell(Caller& caller, const envelope::VerifiedEnvelope& envelope);

// Why a copy of an event was not handled; nothing if it was.
std::optional<base::Failure> failure_of_event(const envelope::Header& answer);

}  // namespace sealbus::ingress
