#include "sidecar/auth/provider.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "sidecar/auth/limits.hpp"

namespace sealbus::auth {
namespace {

using base::Refusal;
using jwt::json::Value;

base::OrError<jwt::KeySet> symmetric_keys(const settings::ProviderConfig& config) {
  auto key = jwt::VerificationKey::symmetric(config.secret);
  if (!key) return base::error(fmt::format("{}: {}", config.secret_origin, key.error().message));
  std::vector<jwt::VerificationKey> keys;
  keys.push_back(std::move(*key));
  return jwt::KeySet::make(std::move(keys));
}

bool fits(const std::vector<std::string>& claims) {
  return claims.size() <= kMostClaims &&
         std::all_of(claims.begin(), claims.end(), [](const std::string& name) {
           return !name.empty() && name.size() <= kLongestClaimName;
         });
}

// Text as it is, booleans and whole numbers in writing; nothing for what is no single value.
std::optional<std::string> as_text(Value claim) {
  if (const auto text = claim.text()) return std::string(*text);
  if (const auto flag = claim.boolean()) return *flag ? "true" : "false";
  if (const auto number = claim.integer()) return std::to_string(*number);
  return std::nullopt;
}

base::Result<std::map<std::string, std::string>> hand_on(Value claims,
                                                         const std::vector<std::string>& names) {
  std::map<std::string, std::string> handed_on;
  for (const std::string& name : names) {
    const auto claim = claims.member(name);
    if (!claim) continue;
    auto text = as_text(*claim);
    if (!text) continue;
    if (text->size() > kLongestClaim) {
      return base::refuse(Refusal::invalid_claim,
                          fmt::format("JWT claim '{}' is longer than 1024 bytes", name));
    }
    handed_on.emplace(name, std::move(*text));
  }
  return handed_on;
}

base::Result<GrantedPermissions> read_permissions(Value claims,
                                                  const std::vector<std::string>& sources,
                                                  jwt::Trace* trace) {
  auto granted = permissions_from(claims, sources);
  jwt::note(trace, kPermissionsCheck, granted ? jwt::Outcome::passed : jwt::Outcome::failed, [&] {
    if (!granted) return jwt::Finding{"a list of permissions", granted.error().detail};
    const std::string& source = granted->source;
    return jwt::Finding{
        "a list of permissions",
        source.empty() ? "no claim lists any"
                       : fmt::format("{} from {}", granted->values.size(), log::escaped(source))};
  });
  return granted;
}

}  // namespace

base::OrError<Provider> Provider::make(const settings::ProviderConfig& config,
                                       std::chrono::milliseconds clock_skew) {
  if (!fits(config.claims)) {
    return base::error("at most 32 claims can be handed on, with names of at most 64 bytes");
  }
  auto keys = symmetric_keys(config);
  if (!keys) return tl::make_unexpected(keys.error());
  auto validator = jwt::Validator::make(
      {.issuer = config.issuer,
       .audiences = config.audience,
       .exp = config.require_exp ? jwt::Expiry::required : jwt::Expiry::optional,
       .clock_skew = clock_skew});
  if (!validator) return tl::make_unexpected(validator.error());
  return Provider(config, std::move(*validator), std::make_unique<StaticKeys>(std::move(*keys)));
}

Provider::Provider(const settings::ProviderConfig& config, jwt::Validator validator,
                   std::unique_ptr<const KeySource> keys)
    : issuer_(config.issuer),
      validator_(std::move(validator)),
      keys_(std::move(keys)),
      permission_sources_(config.permissions.sources),
      wildcards_(config.permissions.wildcards ? identity::Wildcards::on : identity::Wildcards::off),
      claims_(config.claims) {}

base::Result<VerifiedToken> Provider::verify(jwt::UnverifiedToken token, base::WallTime now,
                                             jwt::Trace* trace) const {
  const auto snapshot = keys_->snapshot();
  if (!snapshot) return tl::make_unexpected(snapshot.error());
  auto claims = validator_.validate(std::move(token), *snapshot->keys, now, trace);
  if (!claims) return tl::make_unexpected(claims.error());
  auto granted = read_permissions(claims->all(), permission_sources_, trace);
  if (!granted) return tl::make_unexpected(granted.error());
  auto handed_on = hand_on(claims->all(), claims_);
  if (!handed_on) return tl::make_unexpected(handed_on.error());
  return VerifiedToken{std::move(*claims), std::move(*granted), std::move(*handed_on)};
}

}  // namespace sealbus::auth
