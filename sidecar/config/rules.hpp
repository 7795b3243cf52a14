#pragma once
// What several keys must be together, and what must be there at all. Problems are reported at the
// keys; a key that was there but could not be read is not called missing as well.

#include "common/config/report.hpp"
#include "sidecar/config/config.hpp"

namespace sealbus::settings {

void check_ingress(const IngressConfig& config, config::Report& report);
void check_sidecar(const SidecarConfig& config, config::Report& report);

// The parts of these.
void check_providers(const AuthConfig& auth, config::Report& report);
void check_root_key(const KeyConfig& key, config::Report& report);
void check_service_key(const std::string& service, const KeyConfig& key, config::Report& report);
void check_contracts(const std::vector<contract::Contract>& contracts, config::Report& report);
void check_subscriptions(const std::vector<contract::Subscription>& subscriptions,
                         config::Report& report);

}  // namespace sealbus::settings
