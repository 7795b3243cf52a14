#pragma once
// Identities for tests, made the only way there is: by the authenticator, from development headers.

#include "common/identity/identity.hpp"
#include "sidecar/auth/authenticator.hpp"

namespace sealbus::ingress::test_identity {

inline auth::Authenticator development(const base::Clock& clock) {
  settings::AuthConfig config;
  config.development = true;
  return auth::Authenticator::make(config, clock).value();
}

inline identity::Identity user(const base::Clock& clock, std::string_view id,
                               std::string_view permissions) {
  const std::vector<auth::HeaderField> headers = {{"X-Dev-User-Id", id},
                                                  {"X-Dev-Permissions", permissions}};
  return development(clock).authenticate(headers).value();
}

}  // namespace sealbus::ingress::test_identity
