#pragma once
// The lines about authentication that users grep for. Never a token or a claim but the escaped user
// id; a token is named by jwt::fingerprint.

#include <span>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/identity/identity.hpp"
#include "sidecar/auth/credentials.hpp"
#include "sidecar/config/config.hpp"

namespace sealbus::auth {

// Which modes are on, one line each, for the start of the log. Development mode's is a warning and
// the last.
std::vector<std::string> startup_lines(const settings::AuthConfig& config);
// Writes them.
void log_modes(const settings::AuthConfig& config);

// Writes what came of Authenticator::authenticate for these headers:
//   info     Authenticated user: user-123
//   info     Development auth: Using development auth       (before the line above)
//   warning  JWT validation failed: jwt expired (token 1a2b3c4d)
//   warning  Development auth: development headers sent, DEVELOPMENT_AUTH_ENABLED is not true
//   info     Authentication failed: no credentials were sent
void log_outcome(const base::Result<identity::Identity>& outcome,
                 std::span<const HeaderField> headers);

}  // namespace sealbus::auth
