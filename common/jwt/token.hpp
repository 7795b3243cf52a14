#pragma once
// A token as it was sent, taken apart and not yet believed: JWS compact serialisation (RFC 7515
// section 7.1) with a JWT claims set (RFC 7519 section 3).

#include <optional>
#include <string>
#include <string_view>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/jwt/json.hpp"
#include "common/jwt/trace.hpp"

namespace sealbus::jwt {

// Header and claims are parsed here, once; what the validator checks is what is used afterwards.
class UnverifiedToken {
 public:
  // The checks, in this order; each refuses with malformed_token unless it says otherwise.
  //   form    at most 8 KiB; three parts between exactly two dots, each strict base64url and none
  //           empty; first and second a JSON object each (json.hpp: no duplicate names, bounded).
  //           A number in the claims that no double can hold: invalid_claim
  //   header  `alg` is a string; `kid` if present a non-empty string of at most 256 bytes without
  //           control bytes; `typ` and `cty` if present strings, `cty` not JWT (nested tokens);
  //           no `crit`, `b64`, `zip`
  // Other header members are not looked at; `jwk`, `jku`, `x5u` and `x5c` above all.
  // The result views `token`, which has to outlive it. `trace` may be null.
  [[nodiscard]] static base::Result<UnverifiedToken> parse(std::string_view token,
                                                           Trace* trace = nullptr);

  [[nodiscard]] std::string_view algorithm() const { return algorithm_; }
  // Empty: none.
  [[nodiscard]] std::string_view kid() const { return kid_; }
  // The bytes that are signed: the first two parts and the dot between them.
  [[nodiscard]] base::ByteView signing_input() const { return signing_input_; }
  [[nodiscard]] base::ByteView signature() const { return signature_; }

  // The issuer that the token claims to have, only for choosing whose keys to try; nothing if
  // there is none or it is no string.
  [[nodiscard]] std::optional<std::string_view> claimed_issuer() const;

 private:
  friend class Validator;
  UnverifiedToken(base::ByteView signing_input, base::Bytes signature, json::Document claims)
      : signing_input_(signing_input),
        signature_(std::move(signature)),
        claims_(std::move(claims)) {}

  [[nodiscard]] base::Result<void> read_header(json::Value header);
  [[nodiscard]] std::string describe_header() const;

  base::ByteView signing_input_;
  base::Bytes signature_;
  json::Document claims_;
  std::string algorithm_;
  std::string kid_;
};

}  // namespace sealbus::jwt
