#include "common/jwt/validator.hpp"

#include <fmt/core.h>

#include "common/base/log.hpp"
#include "common/jwt/claim_checks.hpp"
#include "common/jwt/signature.hpp"

namespace sealbus::jwt {
namespace {

using base::Refusal;

constexpr std::chrono::milliseconds kMostSkew{300'000};

base::Result<Algorithm> choose_algorithm(const UnverifiedToken& token, const KeySet& keys,
                                         Trace* trace) {
  const auto algorithm = algorithm_named(token.algorithm());
  const bool allowed = algorithm && keys.algorithms().contains(*algorithm);
  note(trace, "algorithm", allowed ? Outcome::passed : Outcome::failed, [&] {
    return Finding{names(keys.algorithms()), log::escaped(token.algorithm(), 64)};
  });
  if (!allowed) return base::refuse(Refusal::invalid_algorithm);
  return *algorithm;
}

base::Result<const VerificationKey*> choose_key(const UnverifiedToken& token, Algorithm algorithm,
                                                const KeySet& keys, Trace* trace) {
  const auto key = keys.find(algorithm, token.kid());
  note(trace, "key", key ? Outcome::passed : Outcome::failed, [&] {
    const std::string kid = token.kid().empty() ? "no kid" : log::escaped(token.kid(), 64);
    return Finding{fmt::format("exactly one key for {} and this kid", name(algorithm)), kid};
  });
  return key;
}

base::Result<void> check_signature(const UnverifiedToken& token, Algorithm algorithm,
                                   const VerificationKey& key, Trace* trace) {
  const bool right = verify(algorithm, key, token.signing_input(), token.signature());
  note(trace, "signature", right ? Outcome::passed : Outcome::failed, [&] {
    return Finding{fmt::format("{} by the configured key", name(algorithm)),
                   right ? "it is" : "made with another key, or the token was changed"};
  });
  if (!right) return base::refuse(Refusal::invalid_signature);
  return {};
}

}  // namespace

base::OrError<Validator> Validator::make(Policy policy) {
  if (policy.clock_skew < std::chrono::milliseconds(0) || policy.clock_skew > kMostSkew) {
    return base::error("the clock skew must be from 0 to 300 s");
  }
  return Validator(std::move(policy));
}

base::Result<VerifiedClaims> Validator::validate(UnverifiedToken token, const KeySet& keys,
                                                 base::WallTime now, Trace* trace) const {
  const auto algorithm = choose_algorithm(token, keys, trace);
  if (!algorithm) return tl::make_unexpected(algorithm.error());
  const auto key = choose_key(token, *algorithm, keys, trace);
  if (!key) return tl::make_unexpected(key.error());
  const auto signature = check_signature(token, *algorithm, **key, trace);
  if (!signature) return tl::make_unexpected(signature.error());
  const auto expires_at = ClaimChecks(policy_, token.claims_.root(), now, trace).run();
  if (!expires_at) return tl::make_unexpected(expires_at.error());
  return VerifiedClaims(std::move(token.claims_), *expires_at);
}

}  // namespace sealbus::jwt
