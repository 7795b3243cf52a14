#pragma once
// The one door through which a token becomes VerifiedClaims.
//
// Order of the checks; the first that fails decides (form and header: token.hpp):
//    1 form        malformed_token, invalid_claim
//    2 header      malformed_token
//    3 algorithm   one of the closed list, and some key allows it      invalid_algorithm
//    4 key         kid and algorithm choose exactly one key            unknown_key,
//    invalid_algorithm 5 signature   over the bytes as received invalid_signature 6 sub there and
//    not empty; a plain string                 missing_sub, invalid_claim 7 exp         required by
//    policy; now < exp + skew      missing_exp, invalid_claim, token_expired 8 nbf         nbf -
//    skew <= now                                   invalid_claim, token_not_active 9 iat iat - skew
//    <= now                                   invalid_claim, token_not_active
//   10 iss         equal to the policy's                               invalid_claim,
//   invalid_issuer 11 aud         one of the policy's is in it invalid_claim, invalid_audience 12
//   jti         a plain string                                      invalid_claim
// invalid_claim: the value has the wrong type or is out of bounds; checked also where the policy
// asks for nothing. Times are NumericDate (RFC 7519 section 2): numbers of seconds, fractions
// allowed, 0 to 253402300799 (the year 9999). Sources: RFC 7519 section 7.2, RFC 8725.

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/jwt/key.hpp"
#include "common/jwt/token.hpp"
#include "common/jwt/trace.hpp"
#include "common/jwt/verified_claims.hpp"

namespace sealbus::jwt {

enum class Expiry : std::uint8_t { optional, required };

struct Policy {
  std::string issuer;                  // empty: any, none too
  std::vector<std::string> audiences;  // empty: any, none too
  Expiry exp = Expiry::required;
  std::chrono::milliseconds clock_skew{30'000};  // 0 to 300 s
};

// The names of the checks in a trace, in order.
inline constexpr std::array<std::string_view, 12> kChecks = {
    "form", "header", "algorithm", "key", "signature", "sub",
    "exp",  "nbf",    "iat",       "iss", "aud",       "jti"};

// Immutable; may be used from any thread.
class Validator {
 public:
  // An error for a clock skew out of range.
  [[nodiscard]] static base::OrError<Validator> make(Policy policy);

  // Which algorithms are allowed is up to `keys`. `trace` may be null; it gets the checks that were
  // reached.
  [[nodiscard]] base::Result<VerifiedClaims> validate(UnverifiedToken token, const KeySet& keys,
                                                      base::WallTime now,
                                                      Trace* trace = nullptr) const;

 private:
  explicit Validator(Policy policy) : policy_(std::move(policy)) {}

  Policy policy_;
};

}  // namespace sealbus::jwt
