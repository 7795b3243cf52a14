#include "common/envelope/keys.hpp"

#include <algorithm>
#include <cstdlib>

#include <sodium.h>

#include "common/envelope/mac.hpp"

namespace sealbus::envelope {
namespace {

constexpr std::string_view kRootPrefix = "sealbus-root-v1:";
constexpr std::string_view kServicePrefix = "sealbus-svc-v1:";
constexpr std::size_t kLongestServiceName = 63;
constexpr std::size_t kLongestText = 192;

bool is_service_name(std::string_view name) {
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  if (name.empty() || name.size() > kLongestServiceName || !is_lower(name.front())) return false;
  return std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_lower(c) || (c >= '0' && c <= '9') || c == '-'; });
}

base::ByteView direction(Purpose purpose) {
  switch (purpose) {
    case Purpose::hello:
    case Purpose::up:
      return base::as_bytes("up");
    case Purpose::welcome:
    case Purpose::down:
      return base::as_bytes("down");
  }
  std::abort();
}

template <std::size_t N>
std::array<std::byte, N> first_bytes(const base::Secret& secret) {
  std::array<std::byte, N> out;
  std::copy_n(secret.reveal().begin(), N, out.begin());
  return out;
}

std::array<std::byte, 2 * kNonceSize> salt_of(const SessionParties& parties) {
  std::array<std::byte, 2 * kNonceSize> salt;
  auto* middle =
      std::copy(parties.sidecar_nonce.begin(), parties.sidecar_nonce.end(), salt.begin());
  std::copy(parties.ingress_nonce.begin(), parties.ingress_nonce.end(), middle);
  return salt;
}

// A line break at the end, as editors and `echo` leave it.
std::string_view without_line_break(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

// Nothing unless `text` is 32 bytes in base64url. An empty secret is none.
base::Secret decode_secret(std::string_view text) {
  auto bytes = base::from_base64url(text);
  if (!bytes) return {};
  base::Secret secret = bytes->size() == kKeySize ? base::Secret(*bytes) : base::Secret();
  base::wipe(*bytes);
  return secret;
}

base::Secret curve_secret_of(const base::Secret& key, std::string_view role) {
  return hkdf(key, {}, {base::as_bytes("sealbus/v1/curve"), base::as_bytes(role)});
}

CurvePublicKey public_half(const base::Secret& secret) {
  CurvePublicKey out;
  const auto* scalar = reinterpret_cast<const unsigned char*>(secret.reveal().data());
  if (crypto_scalarmult_base(reinterpret_cast<unsigned char*>(out.data()), scalar) != 0) {
    std::abort();  // it does not fail (libsodium, "Point*scalar multiplication")
  }
  return out;
}

}  // namespace

ServiceKey::ServiceKey(std::string service, base::Secret secret,
                       const CurvePublicKey& ingress_public)
    : service_(std::move(service)), secret_(std::move(secret)), ingress_public_(ingress_public) {
  id_ = first_bytes<kKeyIdSize>(hkdf(secret_, {}, {base::as_bytes("sealbus/v1/key-id")}));
}

base::OrError<ServiceKey> ServiceKey::parse(std::string_view text) {
  text = without_line_break(text);
  if (text.starts_with(kRootPrefix)) {
    return base::error(
        "this is a root key, which only an ingress may hold; make this service's own key with "
        "`sealbus keys derive --root FILE SERVICE`");
  }
  if (!text.starts_with(kServicePrefix)) {
    return base::error("a service key begins with 'sealbus-svc-v1:'");
  }
  text.remove_prefix(kServicePrefix.size());
  const std::size_t first = text.find(':');
  const std::size_t second = first == text.npos ? first : text.find(':', first + 1);
  if (second == text.npos) {
    return base::error("a service key is sealbus-svc-v1:<service>:<key>:<ingress public key>");
  }
  const std::string_view service = text.substr(0, first);
  if (!is_service_name(service)) {
    return base::error("the service's name in the key must be [a-z][a-z0-9-]*, at most 63 bytes");
  }
  base::Secret secret = decode_secret(text.substr(first + 1, second - first - 1));
  if (secret.empty()) return base::error("the service key must be 32 bytes in base64url");
  const auto ingress_public = base::from_base64url(text.substr(second + 1));
  if (!ingress_public || ingress_public->size() != kKeySize) {
    return base::error("the ingress's public key must be 32 bytes in base64url");
  }
  CurvePublicKey curve;
  std::copy(ingress_public->begin(), ingress_public->end(), curve.begin());
  return ServiceKey(std::string(service), std::move(secret), curve);
}

std::string ServiceKey::text() const {
  std::string out;
  out.reserve(kLongestText);  // so that no copy of the key stays behind where it grew
  out += kServicePrefix;
  out += service_ + ':';
  std::string key = base::to_base64url(secret_.reveal());
  out += key + ':';
  base::wipe(key);
  return out += base::to_base64url(ingress_public_);
}

base::Secret ServiceKey::handshake_key(Purpose purpose) const {
  return hkdf(secret_, {}, {base::as_bytes("sealbus/v1/handshake"), direction(purpose)});
}

base::Secret ServiceKey::curve_secret() const { return curve_secret_of(secret_, "sidecar"); }

CurvePublicKey ServiceKey::curve_public_key() const { return public_half(curve_secret()); }

RootKey RootKey::generate(base::Random& random) {
  base::Secret secret(kKeySize);
  random.fill(secret.writable());
  return RootKey(std::move(secret));
}

base::OrError<RootKey> RootKey::parse(std::string_view text) {
  text = without_line_break(text);
  if (text.starts_with(kServicePrefix)) {
    return base::error(
        "this is a service key; an ingress needs the root key: make one with `sealbus keys root`");
  }
  if (!text.starts_with(kRootPrefix)) {
    return base::error("a root key begins with 'sealbus-root-v1:'");
  }
  base::Secret secret = decode_secret(text.substr(kRootPrefix.size()));
  if (secret.empty()) return base::error("the root key must be 32 bytes in base64url");
  return RootKey(std::move(secret));
}

ServiceKey RootKey::derive(std::string_view service) const {
  base::Secret secret =
      hkdf(secret_, {}, {base::as_bytes("sealbus/v1/service"), base::as_bytes(service)});
  return ServiceKey(std::string(service), std::move(secret), curve_public_key());
}

base::Secret RootKey::proof_key() const {
  return hkdf(secret_, {}, {base::as_bytes("sealbus/v1/proof")});
}

base::Secret RootKey::curve_secret() const { return curve_secret_of(secret_, "ingress"); }

CurvePublicKey RootKey::curve_public_key() const { return public_half(curve_secret()); }

std::string RootKey::text() const {
  std::string out;
  out.reserve(kLongestText);
  out += kRootPrefix;
  std::string key = base::to_base64url(secret_.reveal());
  out += key;
  base::wipe(key);
  return out;
}

base::Secret traffic_key(const ServiceKey& key, const SessionParties& parties, Purpose purpose) {
  return hkdf(key.secret(), salt_of(parties),
              {base::as_bytes("sealbus/v1/traffic"), direction(purpose),
               base::as_bytes(parties.service), parties.sidecar.bytes, parties.ingress.bytes});
}

SessionId session_id(const ServiceKey& key, const SessionParties& parties) {
  return first_bytes<kSessionIdSize>(
      hkdf(key.secret(), salt_of(parties),
           {base::as_bytes("sealbus/v1/session"), base::as_bytes(parties.service),
            parties.sidecar.bytes, parties.ingress.bytes}));
}

}  // namespace sealbus::envelope
