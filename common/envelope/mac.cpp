#include "common/envelope/mac.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

namespace sealbus::envelope {
namespace {

// With a key of the right size, OpenSSL fails only when there is no memory, or when it was built or
// configured without HMAC-SHA-256: there is nothing safe to go on with.
void require(bool succeeded) {
  if (!succeeded) std::abort();
}

struct Free {
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
  void operator()(EVP_KDF* kdf) const { EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

const unsigned char* data(base::ByteView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

// OpenSSL writes to neither of these two; its parameter type merely has no const form.
OSSL_PARAM sha256_param() {
  return OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>("SHA256"), 0);
}

OSSL_PARAM octets_param(const char* name, base::ByteView bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<unsigned char*>(data(bytes)),
                                           bytes.size());
}

using LengthBytes = std::array<std::byte, 4>;

LengthBytes length_bytes(std::size_t size) {
  LengthBytes out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<std::byte>((size >> (24 - 8 * i)) & 0xffU);
  }
  return out;
}

constexpr std::string_view kLabel("sealbus/v1/seal\0", 16);

}  // namespace

struct HmacSha256::Context {
  Owned<EVP_MAC_CTX> mac;
};

HmacSha256::HmacSha256(const base::Secret& key) : context_(std::make_unique<Context>()) {
  require(key.size() == kKeySize);
  const Owned<EVP_MAC> algorithm(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  require(algorithm != nullptr);
  context_->mac.reset(EVP_MAC_CTX_new(algorithm.get()));
  require(context_->mac != nullptr);
  const OSSL_PARAM params[] = {sha256_param(), OSSL_PARAM_construct_end()};
  require(EVP_MAC_init(context_->mac.get(), data(key.reveal()), key.size(), params) == 1);
}

HmacSha256::HmacSha256(HmacSha256&&) noexcept = default;
HmacSha256& HmacSha256::operator=(HmacSha256&&) noexcept = default;
HmacSha256::~HmacSha256() = default;

Tag HmacSha256::compute(std::initializer_list<base::ByteView> parts) {
  EVP_MAC_CTX* mac = context_->mac.get();
  // Without a key: the same one again, whose padded blocks are already hashed.
  require(EVP_MAC_init(mac, nullptr, 0, nullptr) == 1);
  for (const base::ByteView part : parts) {
    if (!part.empty()) require(EVP_MAC_update(mac, data(part), part.size()) == 1);
  }
  Tag tag;
  std::size_t size = 0;
  require(EVP_MAC_final(mac, reinterpret_cast<unsigned char*>(tag.data()), &size, tag.size()) == 1);
  require(size == tag.size());
  return tag;
}

Tag compute_tag(HmacSha256& mac, base::ByteView tagged_seal, base::ByteView header,
                base::ByteView payload) {
  require(tagged_seal.size() == kTaggedSealSize);
  // Label, lp(seal) and the header's length are together one block of SHA-256.
  std::array<std::byte, 64> block;
  const auto label = base::as_bytes(kLabel);
  const auto seal_length = length_bytes(tagged_seal.size());
  const auto header_length = length_bytes(header.size());
  auto* out = std::copy(label.begin(), label.end(), block.begin());
  out = std::copy(seal_length.begin(), seal_length.end(), out);
  out = std::copy(tagged_seal.begin(), tagged_seal.end(), out);
  std::copy(header_length.begin(), header_length.end(), out);
  return mac.compute({block, header, length_bytes(payload.size()), payload});
}

bool tag_matches(HmacSha256& mac, const FrameViews& frames) {
  if (frames.seal.size() != kSealSize) return false;
  const Tag expected =
      compute_tag(mac, frames.seal.first(kTaggedSealSize), frames.header, frames.payload);
  return base::equal_in_constant_time(expected, frames.seal.subspan(kTaggedSealSize));
}

base::Secret hkdf(const base::Secret& key, base::ByteView salt,
                  std::initializer_list<base::ByteView> info_parts) {
  base::Bytes info;
  for (const base::ByteView part : info_parts) {
    const auto length = length_bytes(part.size());
    info.insert(info.end(), length.begin(), length.end());
    info.insert(info.end(), part.begin(), part.end());
  }
  const Owned<EVP_KDF> algorithm(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  require(algorithm != nullptr);
  const Owned<EVP_KDF_CTX> context(EVP_KDF_CTX_new(algorithm.get()));
  require(context != nullptr);
  std::vector<OSSL_PARAM> params = {sha256_param(), octets_param(OSSL_KDF_PARAM_KEY, key.reveal()),
                                    octets_param(OSSL_KDF_PARAM_INFO, info)};
  // Without a salt RFC 5869 takes zeros, as OpenSSL does; an empty one it would refuse.
  if (!salt.empty()) params.push_back(octets_param(OSSL_KDF_PARAM_SALT, salt));
  params.push_back(OSSL_PARAM_construct_end());
  base::Secret out(kKeySize);
  require(EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(out.writable().data()),
                         out.size(), params.data()) == 1);
  return out;
}

}  // namespace sealbus::envelope
