#pragma once
// A message that was verified and authorised, on its way through the door to a process of the
// service, and what comes back.

#include <cstdint>
#include <optional>
#include <string>

#include "common/audit/entry.hpp"
#include "common/base/bytes.hpp"
#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/base/uuid.hpp"
#include "common/bus/frame.hpp"
#include "common/envelope/seal.hpp"
#include "sidecar/delivery/door_protocol.hpp"

namespace sealbus::delivery {

// Which ingress a message came from: the link, and the session it had then. An answer that finds
// another session there is of no use to anybody.
struct Origin {
  std::size_t link = 0;
  envelope::SessionId session{};
};

struct Delivery {
  Origin origin;
  base::Uuid id;
  std::string contract;
  base::Bytes header;           // as the door sends it
  bus::Frame payload;           // as it was received
  base::ByteCount size;         // as credit counts it: the envelope's header and payload
  base::SteadyTime deadline{};  // by our own clock: what the sender gave it from its arrival
  audit::Entry entry;           // what the ledger knows of it
  std::optional<base::SteadyTime> handed_over;  // to a process
};

// Where answers go: the links. Called on the sidecar's thread.
class Upstream {
 public:
  virtual ~Upstream() = default;
  // What a process answered: reply, ack, nack, reject. Final, but for progress.
  virtual void answer(const Delivery& delivery, const DoorHeader& answer,
                      base::ByteView payload) = 0;
  // No process did.
  virtual void refuse(const Delivery& delivery, base::Refusal refusal) = 0;
  // A process was given it; nothing is said to the ingress.
  virtual void delivered(Delivery& delivery) = 0;
  // Its session is over, and nobody was given it.
  virtual void forgotten(const Delivery& delivery) = 0;
};

}  // namespace sealbus::delivery
