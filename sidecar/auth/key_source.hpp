#pragma once
// Where a provider's keys come from: the seam between what verifies tokens and what fetches keys.

#include <cstdint>
#include <memory>

#include "common/base/result.hpp"
#include "common/jwt/key.hpp"

namespace sealbus::auth {

// The keys at one moment. The epoch changes whenever the keys do, so that what was verified with
// older ones can be told apart.
struct KeySnapshot {
  std::shared_ptr<const jwt::KeySet> keys;  // never null
  std::uint64_t epoch = 0;
};

// Asked for each token, from many threads at once: must not block, least of all on a network.
class KeySource {
 public:
  virtual ~KeySource() = default;

  // keys_unavailable if there are none that may still be used.
  [[nodiscard]] virtual base::Result<KeySnapshot> snapshot() const = 0;
};

// Keys that never change: a secret from the configuration.
class StaticKeys final : public KeySource {
 public:
  explicit StaticKeys(jwt::KeySet keys)
      : keys_(std::make_shared<const jwt::KeySet>(std::move(keys))) {}

  [[nodiscard]] base::Result<KeySnapshot> snapshot() const override {
    return KeySnapshot{keys_, 0};
  }

 private:
  std::shared_ptr<const jwt::KeySet> keys_;
};

}  // namespace sealbus::auth
