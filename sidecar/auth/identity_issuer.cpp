#include "sidecar/auth/identity_issuer.hpp"

#include <utility>

namespace sealbus::auth {

using identity::AuthContext;
using identity::Identity;

Identity IdentityIssuer::from_token(const jwt::VerifiedClaims& claims, GrantedPermissions granted,
                                    identity::Wildcards wildcards,
                                    std::map<std::string, std::string> handed_on,
                                    base::WallTime now) {
  AuthContext context;
  context.user_id = claims.subject();
  context.permissions = std::move(granted.values);
  context.wildcards = wildcards;
  context.method = identity::Method::jwt;
  context.issuer = claims.issuer();
  context.token_id = claims.token_id();
  context.authenticated_at = now;
  context.expires_at = claims.expires_at();
  context.permissions_source = std::move(granted.source);
  context.claims = std::move(handed_on);
  return Identity(std::move(context));
}

Identity IdentityIssuer::development(std::string user_id, GrantedPermissions granted,
                                     base::WallTime now) {
  AuthContext context;
  context.user_id = std::move(user_id);
  context.permissions = std::move(granted.values);
  context.wildcards = identity::Wildcards::on;
  context.method = identity::Method::development;
  context.authenticated_at = now;
  context.permissions_source = std::move(granted.source);
  return Identity(std::move(context));
}

Identity IdentityIssuer::anonymous(base::WallTime now) {
  AuthContext context;
  context.method = identity::Method::anonymous;
  context.authenticated_at = now;
  return Identity(std::move(context));
}

}  // namespace sealbus::auth
