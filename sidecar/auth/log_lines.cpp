#include "sidecar/auth/log_lines.hpp"

#include "common/base/log.hpp"
#include "common/jwt/signature.hpp"

namespace sealbus::auth {
namespace {

using base::Refusal;
using identity::Method;

bool is_about_a_token(Refusal refusal) {
  return refusal == Refusal::token_auth_disabled || refusal == Refusal::keys_unavailable ||
         (refusal >= Refusal::malformed_token && refusal <= Refusal::invalid_audience);
}

std::string token_name(std::span<const HeaderField> headers) {
  const auto credentials = read_credentials(headers);
  if (!credentials || !credentials->authorization) return "none";
  const auto token = bearer_token(*credentials->authorization);
  return jwt::fingerprint(token ? *token : *credentials->authorization);
}

void log_identity(const identity::AuthContext& who) {
  if (who.method == Method::development) log::info("Development auth: Using development auth");
  if (who.method == Method::anonymous) return;
  log::info("Authenticated user: {}", log::escaped(who.user_id));
}

}  // namespace

std::vector<std::string> startup_lines(const settings::AuthConfig& config) {
  std::vector<std::string> lines;
  if (!config.providers.empty()) {
    lines.emplace_back("JWTAuthenticationEngine: Configured for HS256 mode");
  }
  if (config.development) {
    lines.emplace_back(
        "DEVELOPMENT_AUTH_ENABLED=true: whoever reaches this port can be any user with any "
        "permission; never set it in production");
  }
  return lines;
}

void log_modes(const settings::AuthConfig& config) {
  const std::vector<std::string> lines = startup_lines(config);
  for (const std::string& line : lines) {
    const bool warn = config.development && &line == &lines.back();
    log::at(warn ? log::Level::warning : log::Level::info, "{}", line);
  }
}

void log_outcome(const base::Result<identity::Identity>& outcome,
                 std::span<const HeaderField> headers) {
  if (outcome) return log_identity(outcome->context());
  const base::Failure& failure = outcome.error();
  if (is_about_a_token(failure.refusal)) {
    log::warning("JWT validation failed: {} (token {})", failure.detail, token_name(headers));
  } else if (failure.refusal == Refusal::development_disabled) {
    log::warning("Development auth: {}", failure.detail);
  } else {
    log::info("Authentication failed: {}", failure.detail);
  }
}

}  // namespace sealbus::auth
