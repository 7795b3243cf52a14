#pragma once
// A request that was authenticated and authorised, on its way to a replica.

#include <chrono>
#include <memory>
#include <string>

#include "common/base/clock.hpp"
#include "common/base/uuid.hpp"
#include "common/envelope/header.hpp"
#include "sidecar/ingress/outcome.hpp"
#include "sidecar/ingress/route_table.hpp"

namespace sealbus::ingress {

struct Call {
  base::Uuid id;
  std::shared_ptr<const RoutedContract> contract;
  envelope::EncodedHeader header;  // of type message
  std::string payload;
  base::SteadyTime deadline;  // until then the caller waits
  std::unique_ptr<Caller> caller;
};

// As credit counts it.
inline base::ByteCount size_of(const Call& call) {
  return {call.header.bytes().size() + call.payload.size()};
}

// Where calls go: the dispatcher, from any thread.
class CallSink {
 public:
  virtual ~CallSink() = default;
  // Takes the call; or leaves it alone and says false when too many wait already.
  [[nodiscard]] virtual bool submit(Call& call) = 0;
};

}  // namespace sealbus::ingress
