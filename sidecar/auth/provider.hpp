#pragma once
// One issuer of tokens: its keys, what its tokens must say, and how their claims are read.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/identity/permissions.hpp"
#include "common/jwt/validator.hpp"
#include "sidecar/auth/claims_to_permissions.hpp"
#include "sidecar/auth/key_source.hpp"
#include "sidecar/config/config.hpp"

namespace sealbus::auth {

// The name under which a trace has what Provider::verify adds to the validator's checks.
inline constexpr std::string_view kPermissionsCheck = "permissions";

// A token that was verified, and what its claims mean here.
struct VerifiedToken {
  jwt::VerifiedClaims claims;
  GrantedPermissions granted;
  std::map<std::string, std::string> handed_on;  // of the configured claims those that are there
};

// Immutable; may be used from any thread.
class Provider {
 public:
  // An error, with the setting's name, for a missing or unusable secret and for claims that no
  // message could carry.
  [[nodiscard]] static base::OrError<Provider> make(const settings::ProviderConfig& config,
                                                    std::chrono::milliseconds clock_skew);

  // Empty: any.
  [[nodiscard]] const std::string& issuer() const { return issuer_; }
  [[nodiscard]] identity::Wildcards wildcards() const { return wildcards_; }

  // Refuses as jwt::Validator and permissions_from do, with keys_unavailable, and with
  // invalid_claim for a claim to be handed on that is too long. `trace` may be null.
  [[nodiscard]] base::Result<VerifiedToken> verify(jwt::UnverifiedToken token, base::WallTime now,
                                                   jwt::Trace* trace) const;

 private:
  Provider(const settings::ProviderConfig& config, jwt::Validator validator,
           std::unique_ptr<const KeySource> keys);

  std::string issuer_;
  jwt::Validator validator_;
  std::unique_ptr<const KeySource> keys_;
  std::vector<std::string> permission_sources_;
  identity::Wildcards wildcards_;
  std::vector<std::string> claims_;
};

}  // namespace sealbus::auth
