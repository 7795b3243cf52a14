#pragma once
// The root key, service keys, what is derived from them, and their text form (FORMAT.md §2).

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/random.hpp"
#include "common/base/result.hpp"
#include "common/base/secret.hpp"
#include "common/base/uuid.hpp"
#include "common/envelope/seal.hpp"

namespace sealbus::envelope {

using CurvePublicKey = std::array<std::byte, 32>;

// What one service's sidecars share with the ingresses.
class ServiceKey {
 public:
  // `sealbus-svc-v1:users:…:…`. Says what is wrong otherwise, and nothing of the key.
  [[nodiscard]] static base::OrError<ServiceKey> parse(std::string_view text);

  [[nodiscard]] const std::string& service() const { return service_; }
  [[nodiscard]] const KeyId& id() const { return id_; }
  [[nodiscard]] const CurvePublicKey& ingress_public_key() const { return ingress_public_; }
  [[nodiscard]] const base::Secret& secret() const { return secret_; }
  // The text form: a secret in the clear, for a key file.
  [[nodiscard]] std::string text() const;

  // K_up or K_down: `purpose` is hello or welcome.
  [[nodiscard]] base::Secret handshake_key(Purpose purpose) const;

  // The CURVE keys of this service's sidecars.
  [[nodiscard]] base::Secret curve_secret() const;
  [[nodiscard]] CurvePublicKey curve_public_key() const;

 private:
  friend class RootKey;
  ServiceKey(std::string service, base::Secret secret, const CurvePublicKey& ingress_public);

  std::string service_;
  base::Secret secret_;
  CurvePublicKey ingress_public_;
  KeyId id_;
};

class RootKey {
 public:
  static RootKey generate(base::Random& random);
  // `sealbus-root-v1:…`.
  [[nodiscard]] static base::OrError<RootKey> parse(std::string_view text);

  [[nodiscard]] ServiceKey derive(std::string_view service) const;
  [[nodiscard]] base::Secret proof_key() const;
  // The CURVE keys of the ingresses.
  [[nodiscard]] base::Secret curve_secret() const;
  [[nodiscard]] CurvePublicKey curve_public_key() const;
  [[nodiscard]] std::string text() const;

 private:
  explicit RootKey(base::Secret secret) : secret_(std::move(secret)) {}
  base::Secret secret_;
};

// Both ends of a session, as the handshake settled them.
struct SessionParties {
  std::string service;
  base::Uuid sidecar;
  base::Uuid ingress;
  Nonce sidecar_nonce{};
  Nonce ingress_nonce{};
};

// T_up or T_down: `purpose` is up or down.
base::Secret traffic_key(const ServiceKey& key, const SessionParties& parties, Purpose purpose);
SessionId session_id(const ServiceKey& key, const SessionParties& parties);

// The key in use first, then the previous ones. Shared by whoever opens sessions with them.
using ServiceKeyRing = std::vector<std::shared_ptr<const ServiceKey>>;

}  // namespace sealbus::envelope
