#pragma once
// Makes the identities of callers. Only the Authenticator can ask it to: an Identity at the ingress
// is the outcome of its checks and of nothing else.

#include <map>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/identity/identity.hpp"
#include "common/jwt/verified_claims.hpp"
#include "sidecar/auth/claims_to_permissions.hpp"

namespace sealbus::auth {

class IdentityIssuer {
 private:
  friend class Authenticator;

  [[nodiscard]] static identity::Identity from_token(const jwt::VerifiedClaims& claims,
                                                     GrantedPermissions granted,
                                                     identity::Wildcards wildcards,
                                                     std::map<std::string, std::string> handed_on,
                                                     base::WallTime now);
  // Whoever turned development mode on trusts the headers.
  [[nodiscard]] static identity::Identity development(std::string user_id,
                                                      GrantedPermissions granted,
                                                      base::WallTime now);
  [[nodiscard]] static identity::Identity anonymous(base::WallTime now);
};

}  // namespace sealbus::auth
