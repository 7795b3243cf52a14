#include "sidecar/auth/authenticator.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "common/jwt/token.hpp"
#include "sidecar/auth/identity_issuer.hpp"

namespace sealbus::auth {
namespace {

using base::Refusal;
using identity::Identity;

constexpr std::string_view kProviderCheck = "provider";

void complete(jwt::Trace& trace) {
  static constexpr std::array<std::string_view, 1> kLast = {kPermissionsCheck};
  trace.skip_missing(jwt::kChecks);
  trace.skip_missing(kLast);
}

}  // namespace

base::OrError<Authenticator> Authenticator::make(const settings::AuthConfig& config,
                                                 const base::Clock& clock) {
  if (!config.development && config.providers.empty()) {
    return base::error(
        "no authentication mode is configured: set JWT_SECRET, JWKS_URI or auth.providers, or "
        "DEVELOPMENT_AUTH_ENABLED=true on a development machine");
  }
  std::vector<Provider> providers;
  for (const settings::ProviderConfig& one : config.providers) {
    const bool twice = std::any_of(providers.begin(), providers.end(), [&](const Provider& other) {
      return other.issuer() == one.issuer;
    });
    if (twice) return base::error("two providers of tokens have the same issuer, or none");
    auto provider = Provider::make(one, config.clock_skew);
    if (!provider) return tl::make_unexpected(provider.error());
    providers.push_back(std::move(*provider));
  }
  return Authenticator(config.development, std::move(providers), clock);
}

base::Result<Identity> Authenticator::authenticate(std::span<const HeaderField> headers) const {
  const auto credentials = read_credentials(headers);
  if (!credentials) return tl::make_unexpected(credentials.error());
  if (credentials->authorization) return from_authorization(*credentials->authorization);
  if (credentials->dev_user_id || credentials->dev_permissions) {
    return from_development(*credentials);
  }
  return base::refuse(Refusal::authentication_required);
}

base::Result<Identity> Authenticator::authenticate_token(std::string_view token,
                                                         jwt::Trace* trace) const {
  auto identity = verify_token(token, trace);
  if (trace != nullptr) complete(*trace);
  return identity;
}

Identity Authenticator::anonymous() const { return IdentityIssuer::anonymous(clock_->wall()); }

base::Result<Identity> Authenticator::from_authorization(std::string_view value) const {
  if (!is_bearer(value)) {
    return base::refuse(Refusal::authentication_required,
                        "the Authorization header's scheme is not Bearer");
  }
  if (providers_.empty()) return base::refuse(Refusal::token_auth_disabled);
  const auto token = bearer_token(value);
  if (!token) return tl::make_unexpected(token.error());
  return verify_token(*token, nullptr);
}

base::Result<Identity> Authenticator::from_development(const Credentials& credentials) const {
  if (!development_) return base::refuse(Refusal::development_disabled);
  if (!credentials.dev_user_id) {
    return base::refuse(Refusal::authentication_required,
                        "X-Dev-Permissions was sent without X-Dev-User-Id");
  }
  auto user_id = development_user(*credentials.dev_user_id);
  if (!user_id) return tl::make_unexpected(user_id.error());
  GrantedPermissions granted;
  if (credentials.dev_permissions) {
    auto permissions = development_permissions(*credentials.dev_permissions);
    if (!permissions) return tl::make_unexpected(permissions.error());
    granted = {std::move(*permissions), "X-Dev-Permissions"};
  }
  return IdentityIssuer::development(std::move(*user_id), std::move(granted), clock_->wall());
}

base::Result<Identity> Authenticator::verify_token(std::string_view text, jwt::Trace* trace) const {
  if (providers_.empty()) return base::refuse(Refusal::token_auth_disabled);
  auto token = jwt::UnverifiedToken::parse(text, trace);
  if (!token) return tl::make_unexpected(token.error());
  const Provider* provider = provider_for(*token);
  if (providers_.size() > 1) {
    jwt::note(trace, kProviderCheck, provider ? jwt::Outcome::passed : jwt::Outcome::failed, [&] {
      return jwt::Finding{fmt::format("one of {} providers", providers_.size()),
                          log::escaped(token->claimed_issuer().value_or("no issuer"), 128)};
    });
  }
  if (provider == nullptr) return base::refuse(Refusal::invalid_issuer);
  const base::WallTime now = clock_->wall();
  auto verified = provider->verify(std::move(*token), now, trace);
  if (!verified) return tl::make_unexpected(verified.error());
  return IdentityIssuer::from_token(verified->claims, std::move(verified->granted),
                                    provider->wildcards(), std::move(verified->handed_on), now);
}

// A single provider takes every token and its validator looks at the issuer. Of several, the one
// with the claimed issuer, else the one that has none. What is only claimed here is verified there.
const Provider* Authenticator::provider_for(const jwt::UnverifiedToken& token) const {
  if (providers_.size() == 1) return &providers_.front();
  const std::string_view issuer = token.claimed_issuer().value_or(std::string_view());
  const Provider* any = nullptr;
  for (const Provider& provider : providers_) {
    if (provider.issuer().empty()) {
      any = &provider;
    } else if (provider.issuer() == issuer) {
      return &provider;
    }
  }
  return any;
}

}  // namespace sealbus::auth
