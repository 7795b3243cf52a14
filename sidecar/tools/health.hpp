#pragma once
// `sealbus health`: asks the role that runs here, at its admin port, how it is. For the health
// checks of containers, which have no curl, and which must end.

#include <chrono>
#include <cstdint>
#include <iosfwd>

#include "common/base/clock.hpp"
#include "sidecar/config/load.hpp"

namespace sealbus::tools {

// alive: does the process answer (/healthz)? ready: should work be sent here (/readyz)?
enum class HealthQuestion : std::uint8_t { alive, ready };

struct HealthRequest {
  HealthQuestion question = HealthQuestion::alive;
  // For connecting and the whole answer together. A listen address that is a name is looked up
  // first, which takes what the system's resolver allows.
  std::chrono::milliseconds patience{2'000};
};

// The port is that of the configuration's `admin.listen`; nothing else of it is looked at, and no
// key is read. Writes "ok", or on `errors` what is not. Returns the exit code: kExitFailed for any
// answer but a good one and for none.
int health(const HealthRequest& request, const settings::Input& input, const base::Clock& clock,
           std::ostream& out, std::ostream& errors);

}  // namespace sealbus::tools
