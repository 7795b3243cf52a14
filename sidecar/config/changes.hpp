#pragma once
// What SIGHUP changes: a configuration that was read again, against the one that is in force.

#include <string>
#include <vector>

#include "sidecar/config/config.hpp"

namespace sealbus::settings {

// Keys by name, each once, in the order of full.yaml; of a secret, that it is another.
struct Changes {
  std::vector<std::string> taken;    // in force from now on
  std::vector<std::string> restart;  // different, and left as it was until a restart
};

// Takes over into `in_force` what a running process can change: of an ingress its keys, its
// providers and modes of authentication (`auth`) and its grants (`services`); of a sidecar its
// keys. Both are checked configurations.
[[nodiscard]] Changes take_over(IngressConfig& in_force, const IngressConfig& fresh);
[[nodiscard]] Changes take_over(SidecarConfig& in_force, const SidecarConfig& fresh);

}  // namespace sealbus::settings
