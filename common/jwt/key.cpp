#include "common/jwt/key.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "common/jwt/limits.hpp"

namespace sealbus::jwt {
namespace {

using base::Refusal;

// RFC 7518 section 3.2: at least as long as the hash.
constexpr std::size_t kLeastHs256 = 32;
constexpr std::size_t kLeastHs384 = 48;
constexpr std::size_t kLeastHs512 = 64;

// What everybody may know must not be a secret: with it, anybody could sign (CVE-2015-9235,
// CVE-2022-29217). PEM, OpenSSH's forms, and a JWK as text.
bool is_public_key_text(std::string_view text) {
  const auto holds = [&](std::string_view mark) {
    return text.find(mark) != std::string_view::npos;
  };
  return holds("-----BEGIN ") || holds("ssh-rsa ") || holds("ssh-ed25519 ") ||
         holds("ecdsa-sha2-") || holds("\"kty\"");
}

}  // namespace

base::OrError<VerificationKey> VerificationKey::symmetric(
    std::shared_ptr<const base::Secret> secret, std::string kid) {
  const std::size_t size = secret ? secret->size() : 0;
  if (size < kLeastHs256) {
    return base::error(
        fmt::format("the secret has {} bytes; at least {} are needed", size, kLeastHs256));
  }
  if (is_public_key_text(base::as_text(secret->reveal()))) {
    return base::error("the secret is the text of a key file or JWK, not a shared secret");
  }
  if (!kid.empty() && !is_kid(kid)) {
    return base::error(
        fmt::format("a key id has at most {} bytes and no control bytes", kLongestKid));
  }
  AlgorithmSet algorithms;
  algorithms.add(Algorithm::hs256);
  if (size >= kLeastHs384) algorithms.add(Algorithm::hs384);
  if (size >= kLeastHs512) algorithms.add(Algorithm::hs512);
  return VerificationKey(std::move(kid), algorithms, std::move(secret));
}

base::OrError<KeySet> KeySet::make(std::vector<VerificationKey> keys) {
  for (auto key = keys.begin(); key != keys.end(); ++key) {
    const bool twice =
        !key->kid().empty() && std::any_of(keys.begin(), key, [&](const VerificationKey& other) {
          return other.kid() == key->kid();
        });
    if (twice) return base::error("two keys have the same key id");
  }
  return KeySet(std::move(keys));
}

KeySet::KeySet(std::vector<VerificationKey> keys) : keys_(std::move(keys)) {
  for (const VerificationKey& key : keys_) algorithms_.add(key.algorithms());
}

const VerificationKey* KeySet::named(std::string_view kid) const {
  const auto found = std::find_if(keys_.begin(), keys_.end(),
                                  [&](const VerificationKey& key) { return key.kid() == kid; });
  return found == keys_.end() ? nullptr : &*found;
}

base::Result<const VerificationKey*> KeySet::find(Algorithm algorithm, std::string_view kid) const {
  if (!keys_.empty() && !algorithms_.contains(algorithm)) {
    return base::refuse(Refusal::invalid_algorithm);
  }
  if (!kid.empty()) {
    if (const VerificationKey* key = named(kid)) {
      if (!key->allows(algorithm)) return base::refuse(Refusal::invalid_algorithm);
      return key;
    }
  }
  // A token without a kid takes the only key that fits, whatever that one's name; a token with a
  // kid that no key has, the only one without a name.
  const VerificationKey* only = nullptr;
  for (const VerificationKey& key : keys_) {
    if (!key.allows(algorithm) || (!kid.empty() && !key.kid().empty())) continue;
    if (only != nullptr) return base::refuse(Refusal::unknown_key);
    only = &key;
  }
  if (only == nullptr) return base::refuse(Refusal::unknown_key);
  return only;
}

}  // namespace sealbus::jwt
