#pragma once
// Who is this request from? The modes come from the configuration, never from the request.
//
//   An Authorization header alone decides, also when development headers are there:
//     two of them, or look-alikes of development headers          bad_request (credentials.hpp)
//     a scheme other than Bearer, which nobody here speaks        authentication_required
//     no provider of tokens is configured                         token_auth_disabled
//     not exactly one space and one token after `Bearer`          malformed_token
//     the token itself                                            jwt/validator.hpp, or
//     no provider for its `iss`, where there are several          invalid_issuer
//     its permissions                                             claims_to_permissions.hpp
//   Without one, development headers:
//     development mode is off                                     development_disabled
//     X-Dev-Permissions alone                                     authentication_required
//     an unusable user id or permission                           bad_request
//   Neither                                                       authentication_required

#include <span>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/identity/identity.hpp"
#include "common/jwt/trace.hpp"
#include "sidecar/auth/credentials.hpp"
#include "sidecar/auth/provider.hpp"
#include "sidecar/config/config.hpp"

namespace sealbus::auth {

// Immutable: may be used from any number of threads at once, and takes no lock. A changed
// configuration makes a new one.
class Authenticator {
 public:
  // `clock` has to outlive it. An error if no mode is on, a provider is unusable, or two providers
  // could be meant by one issuer.
  [[nodiscard]] static base::OrError<Authenticator> make(const settings::AuthConfig& config,
                                                         const base::Clock& clock);

  [[nodiscard]] base::Result<identity::Identity> authenticate(
      std::span<const HeaderField> headers) const;

  // The same for a bare token. With a trace, which may be null, all checks are in it afterwards,
  // those that a refusal left out as skipped: what `sealbus explain` prints.
  [[nodiscard]] base::Result<identity::Identity> authenticate_token(
      std::string_view token, jwt::Trace* trace = nullptr) const;

  // For a public route, where nobody asks for credentials.
  [[nodiscard]] identity::Identity anonymous() const;

 private:
  Authenticator(bool development, std::vector<Provider> providers, const base::Clock& clock)
      : development_(development), providers_(std::move(providers)), clock_(&clock) {}

  [[nodiscard]] base::Result<identity::Identity> from_authorization(std::string_view value) const;
  [[nodiscard]] base::Result<identity::Identity> from_development(
      const Credentials& credentials) const;
  [[nodiscard]] base::Result<identity::Identity> verify_token(std::string_view token,
                                                              jwt::Trace* trace) const;
  [[nodiscard]] const Provider* provider_for(const jwt::UnverifiedToken& token) const;

  bool development_;
  std::vector<Provider> providers_;
  const base::Clock* clock_;  // never null
};

}  // namespace sealbus::auth
