#pragma once
// What of the configuration the admin port shows: which one is in force, and what it loosens.

#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "sidecar/config/config.hpp"

namespace sealbus::app {

class ConfigStatus {
 public:
  struct View {
    std::uint64_t epoch = 1;  // grows with each configuration that came into force
    std::vector<settings::Loosened> loosened;
    bool development = false;  // development identities are accepted
  };

  explicit ConfigStatus(View view) : view_(std::move(view)) {}

  // Any thread. Another configuration is in force.
  void set(View view) {
    const std::lock_guard lock(mutex_);
    view_ = std::move(view);
  }
  [[nodiscard]] View get() const {
    const std::lock_guard lock(mutex_);
    return view_;
  }

 private:
  mutable std::mutex mutex_;
  View view_;  // guarded by mutex_
};

}  // namespace sealbus::app
