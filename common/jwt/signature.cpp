#include "common/jwt/signature.hpp"

#include <array>
#include <memory>

#include <fmt/core.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "common/base/secret.hpp"

namespace sealbus::jwt {
namespace {

constexpr std::size_t kLargestTag = 64;

struct FreeMac {
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
};
struct FreeContext {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

// HMAC with one hash. Made once for each thread, keyed anew for each token: fetching the algorithm
// costs more than computing it.
class Hmac {
 public:
  explicit Hmac(const char* digest) {
    const std::unique_ptr<EVP_MAC, FreeMac> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    context_.reset(mac ? EVP_MAC_CTX_new(mac.get()) : nullptr);
    std::array<char, 8> name{};
    std::string_view(digest).copy(name.data(), name.size() - 1);
    const std::array<OSSL_PARAM, 2> parameters = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
        OSSL_PARAM_construct_end()};
    if (context_ && EVP_MAC_CTX_set_params(context_.get(), parameters.data()) != 1) {
      context_.reset();
    }
  }

  // The tag's bytes in `out`; empty if OpenSSL failed.
  base::ByteView tag(base::ByteView key, base::ByteView input,
                     std::array<std::byte, kLargestTag>& out) {
    std::size_t size = 0;
    const bool done = context_ &&
                      EVP_MAC_init(context_.get(), octets(key), key.size(), nullptr) == 1 &&
                      EVP_MAC_update(context_.get(), octets(input), input.size()) == 1 &&
                      EVP_MAC_final(context_.get(), reinterpret_cast<unsigned char*>(out.data()),
                                    &size, out.size()) == 1;
    return done ? base::ByteView(out).first(size) : base::ByteView();
  }

 private:
  static const unsigned char* octets(base::ByteView bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
  }

  std::unique_ptr<EVP_MAC_CTX, FreeContext> context_;
};

base::ByteView hmac(Algorithm algorithm, base::ByteView key, base::ByteView input,
                    std::array<std::byte, kLargestTag>& out) {
  switch (algorithm) {
    case Algorithm::hs256: {
      thread_local Hmac sha256("SHA256");
      return sha256.tag(key, input, out);
    }
    case Algorithm::hs384: {
      thread_local Hmac sha384("SHA384");
      return sha384.tag(key, input, out);
    }
    case Algorithm::hs512: {
      thread_local Hmac sha512("SHA512");
      return sha512.tag(key, input, out);
    }
    case Algorithm::rs256:
    case Algorithm::rs384:
    case Algorithm::rs512:
    case Algorithm::ps256:
    case Algorithm::ps384:
    case Algorithm::ps512:
    case Algorithm::es256:
    case Algorithm::es384:
    case Algorithm::es512:
    case Algorithm::eddsa:
      break;  // no symmetric key allows these
  }
  return {};
}

}  // namespace

bool verify(Algorithm algorithm, const VerificationKey& key, base::ByteView input,
            base::ByteView signature) {
  if (!key.allows(algorithm)) return false;
  std::array<std::byte, kLargestTag> buffer{};
  const base::ByteView expected = hmac(algorithm, key.secret().reveal(), input, buffer);
  return !expected.empty() && base::equal_in_constant_time(expected, signature);
}

base::OrError<base::Bytes> sign(Algorithm algorithm, const VerificationKey& key,
                                base::ByteView input) {
  if (!key.allows(algorithm)) {
    return base::error(fmt::format("the key does not allow {}, only {}", name(algorithm),
                                   names(key.algorithms())));
  }
  std::array<std::byte, kLargestTag> buffer{};
  const base::ByteView tag = hmac(algorithm, key.secret().reveal(), input, buffer);
  if (tag.empty()) return base::error("OpenSSL could not compute the signature");
  return base::to_bytes(tag);
}

std::string fingerprint(std::string_view token) {
  std::array<std::byte, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const int done =
      EVP_Digest(token.data(), token.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
                 EVP_sha256(), nullptr);
  return done == 1 ? base::to_hex(base::ByteView(digest).first(4)) : "unknown";
}

}  // namespace sealbus::jwt
