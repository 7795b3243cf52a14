#pragma once
// What is in force, for `sealbus check` and the start-up log. No secret is ever shown.

#include <string>
#include <vector>

#include "sidecar/config/config.hpp"

namespace sealbus::settings {

struct Setting {
  std::string key;    // auth.providers[0].issuer
  std::string value;  // on one line, free of terminal codes
  bool operator==(const Setting&) const = default;
};

// Every key with its effective value, in the order of full.yaml.
std::vector<Setting> effective(const IngressConfig& config);
std::vector<Setting> effective(const SidecarConfig& config);

// The same as lines `key: value`.
std::string describe(const IngressConfig& config);
std::string describe(const SidecarConfig& config);

// Every key there can be and its default; `contracts[].name` and `services.<name>.routes` stand for
// those of all contracts and services. Keys that hold secrets are listed as they are written.
std::vector<Setting> known_ingress_keys();
std::vector<Setting> known_sidecar_keys();

}  // namespace sealbus::settings
