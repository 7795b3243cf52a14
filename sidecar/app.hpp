#pragma once
// The composition root: what the roles and tools are made of, in the order in which they start and
// stop. Everything that is wrong with the configuration is said before any port opens.

#include <iosfwd>
#include <string>

#include "sidecar/config/load.hpp"

namespace sealbus::app {

// Exit codes (sysexits.h where there is one).
inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 64;  // bad usage, or a configuration that is refused

// Run until SIGTERM or SIGINT, then drain. Give the exit code.
int run_ingress(const settings::Input& input);
int run_sidecar(const settings::Input& input);

}  // namespace sealbus::app
