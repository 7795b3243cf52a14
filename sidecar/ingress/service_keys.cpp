#include "sidecar/ingress/service_keys.hpp"

namespace sealbus::ingress {
namespace {

constexpr std::size_t kMostLearned = 1'000;

}  // namespace

void ServiceKeys::add(const std::string& service) {
  for (const envelope::RootKey& root : roots_) {
    auto key = std::make_shared<const envelope::ServiceKey>(root.derive(service));
    keys_.emplace(key->id(), std::move(key));
  }
}

std::shared_ptr<const envelope::ServiceKey> ServiceKeys::find(const envelope::KeyId& id) const {
  const auto found = keys_.find(id);
  return found == keys_.end() ? nullptr : found->second;
}

std::set<envelope::CurvePublicKey> ServiceKeys::curve_keys() const {
  std::set<envelope::CurvePublicKey> all;
  for (const auto& [id, key] : keys_) all.insert(key->curve_public_key());
  return all;
}

std::shared_ptr<const envelope::ServiceKey> ServiceKeys::learn(const envelope::KeyId& id,
                                                               std::string_view service) {
  if (keys_.size() >= kMostLearned) return nullptr;
  for (const envelope::RootKey& root : roots_) {
    auto key = std::make_shared<const envelope::ServiceKey>(root.derive(service));
    if (key->id() == id) return keys_.emplace(id, std::move(key)).first->second;
  }
  return nullptr;
}

}  // namespace sealbus::ingress
