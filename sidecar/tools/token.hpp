#pragma once
// `sealbus token mint`: makes a token for trying things out, signed with the secret that an ingress
// in HS256 mode has. What it prints lets its bearer in until it expires.

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/random.hpp"
#include "common/base/result.hpp"
#include "common/base/secret.hpp"
#include "sidecar/config/files.hpp"

namespace sealbus::tools {

// The options of the command, as text; defaults beside them. What is left empty is not in the
// token.
struct MintRequest {
  std::string subject;                // --sub: required, who the bearer is
  std::string permissions;            // --permissions: separated by commas
  std::string issuer;                 // --issuer
  std::vector<std::string> audience;  // --audience: one is a string in the token, more an array
  std::string kid;                    // --kid
  std::string algorithm = "HS256";    // --algorithm: HS256, HS384 or HS512
  std::string expires_in = "1h";      // --expires-in: a whole number and s, m or h; at least 1s
  std::filesystem::path secret_file;  // --secret-file; empty: `secret`
  std::string secret;                 // what JWT_SECRET holds
};

// The token, with `iat`, `exp` and an unpredictable `jti`, signed with `secret`. An error says
// which option is wrong; nothing is returned that Sealbus itself would call malformed. The files
// and secret in `request` are not looked at.
[[nodiscard]] base::OrError<std::string> mint(const MintRequest& request,
                                              const base::Secret& secret, const base::Clock& clock,
                                              base::Random& random);

// The command: writes the token and a line break, or says on `errors` why it cannot. The line break
// at the end of a secret's file is no part of the secret. Returns the exit code.
int token_mint(const MintRequest& request, const settings::Files& files, const base::Clock& clock,
               base::Random& random, std::ostream& out, std::ostream& errors);

}  // namespace sealbus::tools
