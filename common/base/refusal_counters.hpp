#pragma once
// How often each refusal happened. One atomic each: counting takes no lock.

#include <array>
#include <atomic>
#include <cstdint>

#include "common/base/refusal.hpp"

namespace sealbus::base {

class RefusalCounters {
 public:
  // Any thread.
  void count(Refusal refusal) { at(refusal).fetch_add(1, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t of(Refusal refusal) const {
    return counts_[static_cast<std::size_t>(refusal)].load(std::memory_order_relaxed);
  }

 private:
  // The last of the closed list is too_many_sessions.
  static constexpr std::size_t kSize = static_cast<std::size_t>(Refusal::too_many_sessions) + 1;
  std::atomic<std::uint64_t>& at(Refusal refusal) {
    return counts_[static_cast<std::size_t>(refusal)];
  }
  std::array<std::atomic<std::uint64_t>, kSize> counts_{};
};

}  // namespace sealbus::base
