#pragma once
// Signatures over a token's signing input (RFC 7515 section 5), through OpenSSL.

#include <span>
#include <string>
#include <string_view>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/jwt/algorithm.hpp"
#include "common/jwt/key.hpp"

namespace sealbus::jwt {

// Is `signature` what `algorithm` and `key` make of `input`? False also when the key does not allow
// the algorithm, and when OpenSSL fails. HMAC is compared in constant time. Callable from any
// thread; each thread keeps one context for each hash, which holds the last key until the next.
[[nodiscard]] bool verify(Algorithm algorithm, const VerificationKey& key, base::ByteView input,
                          base::ByteView signature);

// For `sealbus token mint` and tests: the signature of `input`. Symmetric keys only; an error if
// the key does not allow the algorithm.
[[nodiscard]] base::OrError<base::Bytes> sign(Algorithm algorithm, const VerificationKey& key,
                                              base::ByteView input);

// The first eight hexadecimal digits of the token's SHA-256: its name in the log.
std::string fingerprint(std::string_view token);

}  // namespace sealbus::jwt
