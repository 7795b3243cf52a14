#pragma once
// Tokens for tests, from the text of a header and of claims: also those that no library would make.

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/bytes.hpp"
#include "common/base/secret.hpp"
#include "common/jwt/key.hpp"
#include "common/jwt/signature.hpp"

namespace sealbus::test {

inline constexpr std::string_view kSecretText =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
inline constexpr std::string_view kHs256Header = R"({"alg":"HS256","typ":"JWT"})";

inline std::shared_ptr<const base::Secret> shared_secret(std::string_view text = kSecretText) {
  return std::make_shared<const base::Secret>(base::as_bytes(text));
}

inline jwt::VerificationKey symmetric_key(std::string_view text = kSecretText,
                                          std::string kid = {}) {
  return jwt::VerificationKey::symmetric(shared_secret(text), std::move(kid)).value();
}

inline std::string base64url(std::string_view text) {
  return base::to_base64url(base::as_bytes(text));
}

// header "." claims, as they are: the parts need not be JSON.
inline std::string signing_input(std::string_view header, std::string_view claims) {
  return base64url(header) + "." + base64url(claims);
}

// `input` and its signature, whatever the input is.
inline std::string sign_input(const std::string& input,
                              jwt::Algorithm algorithm = jwt::Algorithm::hs256,
                              const jwt::VerificationKey& key = symmetric_key()) {
  const auto signature = jwt::sign(algorithm, key, base::as_bytes(input)).value();
  return input + "." + base::to_base64url(signature);
}

inline std::string make_token(std::string_view claims, std::string_view header = kHs256Header,
                              jwt::Algorithm algorithm = jwt::Algorithm::hs256,
                              const jwt::VerificationKey& key = symmetric_key()) {
  return sign_input(signing_input(header, claims), algorithm, key);
}

}  // namespace sealbus::test
