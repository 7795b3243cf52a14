#pragma once
// What goes back to an ingress about a message that it sent: a process's answer, or the refusal.

#include <string>
#include <vector>

#include "sidecar/delivery/delivery.hpp"
#include "sidecar/delivery/link.hpp"

namespace sealbus::delivery {

// Passes on what a process answered. What the service made of its reply may not fit an envelope;
// the ingress hears handler_failed then.
void send_answer(Link& link, const base::Uuid& message, const DoorHeader& answer,
                 base::ByteView payload);

// `missing`: permissions, for permission_denied.
void send_refusal(Link& link, const base::Uuid& message, base::Refusal refusal,
                  const std::vector<std::string>& missing = {});

}  // namespace sealbus::delivery
