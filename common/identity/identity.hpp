#pragma once
// Who a request is from. An Identity exists only because something was verified: a token's claims,
// an enabled development grant, a public route, a sealed message. Nothing else can make one.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "common/identity/permissions.hpp"

namespace sealbus::auth {
class IdentityIssuer;  // sidecar/auth: from verified claims, a development grant, a public route
}
namespace sealbus::envelope {
class IdentityOpener;  // common/envelope: from the authContext of a verified message
}

namespace sealbus::identity {

// How the identity was established.
enum class Method : std::uint8_t { jwt, development, service, anonymous };

std::string_view name(Method method);
std::optional<Method> method_named(std::string_view name);

// What travels in the seal as `authContext` (FORMAT.md §6).
struct AuthContext {
  std::string user_id;  // the token's `sub`; empty only when anonymous
  std::vector<std::string> permissions;
  Wildcards wildcards = Wildcards::off;
  Method method = Method::anonymous;
  std::string issuer;    // empty: none
  std::string token_id;  // the token's `jti`; empty: none
  base::WallTime authenticated_at{};
  std::optional<base::WallTime> expires_at;   // the token's `exp`
  std::string permissions_source;             // which claim or header they came from; empty: none
  std::map<std::string, std::string> claims;  // an allow-list, e.g. email, name
  std::vector<std::string> actor;             // the services that acted for the user, oldest first

  bool operator==(const AuthContext&) const = default;
};

class Identity {
 public:
  [[nodiscard]] const AuthContext& context() const { return context_; }

 private:
  friend class sealbus::auth::IdentityIssuer;
  friend class sealbus::envelope::IdentityOpener;
  explicit Identity(AuthContext context) : context_(std::move(context)) {}

  AuthContext context_;
};

}  // namespace sealbus::identity
