#pragma once
// The keys that a configuration names, parsed: the current one first, then the previous ones.

#include <vector>

#include "common/base/result.hpp"
#include "common/envelope/keys.hpp"
#include "sidecar/config/config.hpp"

namespace sealbus::app {

// The error says which key it is and what is wrong with it, and nothing of the key.
[[nodiscard]] base::OrError<std::vector<envelope::RootKey>> root_keys(
    const settings::KeyConfig& config);
[[nodiscard]] base::OrError<envelope::ServiceKeyRing> service_keys(
    const settings::KeyConfig& config);

}  // namespace sealbus::app
