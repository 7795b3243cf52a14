#pragma once
// Keys that verify tokens. The key says which algorithms may be used with it; the token only says
// which of those it used (RFC 8725 section 3.1).

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/secret.hpp"
#include "common/jwt/algorithm.hpp"

namespace sealbus::jwt {

// One key, immutable; copies share the material. Readable from any thread.
class VerificationKey {
 public:
  // For HMAC: HS256 from 32 bytes, HS384 from 48, HS512 from 64 (RFC 7518 section 3.2), each as the
  // length allows. `kid` empty: the key answers to every kid. An error for a shorter secret, for a
  // kid that no token could have, and for the text of a public key, which is no secret at all.
  [[nodiscard]] static base::OrError<VerificationKey> symmetric(
      std::shared_ptr<const base::Secret> secret, std::string kid = {});

  [[nodiscard]] const std::string& kid() const { return kid_; }
  [[nodiscard]] AlgorithmSet algorithms() const { return algorithms_; }
  [[nodiscard]] bool allows(Algorithm algorithm) const { return algorithms_.contains(algorithm); }

  // For signature.cpp. Lives as long as a copy of this key.
  [[nodiscard]] const base::Secret& secret() const { return *secret_; }

 private:
  VerificationKey(std::string kid, AlgorithmSet algorithms,
                  std::shared_ptr<const base::Secret> secret)
      : kid_(std::move(kid)), algorithms_(algorithms), secret_(std::move(secret)) {}

  std::string kid_;
  AlgorithmSet algorithms_;
  std::shared_ptr<const base::Secret> secret_;
};

// The keys of one provider at one time; immutable, readable from any thread.
class KeySet {
 public:
  // An error for two keys with the same kid, the empty one aside.
  [[nodiscard]] static base::OrError<KeySet> make(std::vector<VerificationKey> keys);

  // All that some key of this set allows.
  [[nodiscard]] AlgorithmSet algorithms() const { return algorithms_; }

  // The key for a token that says it was signed with `algorithm` by `kid` (empty: it does not say).
  //   invalid_algorithm  no key allows it, or the key of that kid does not
  //   unknown_key        no key has that kid or answers to every kid, or several would fit
  // The key lives as long as this set.
  [[nodiscard]] base::Result<const VerificationKey*> find(Algorithm algorithm,
                                                          std::string_view kid) const;

 private:
  explicit KeySet(std::vector<VerificationKey> keys);
  [[nodiscard]] const VerificationKey* named(std::string_view kid) const;

  std::vector<VerificationKey> keys_;
  AlgorithmSet algorithms_;
};

}  // namespace sealbus::jwt
