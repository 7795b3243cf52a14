#pragma once
// A clock that only moves when a test turns it. Both times move together.

#include <atomic>
#include <chrono>

#include "common/base/clock.hpp"

namespace sealbus::test {

class ManualClock final : public base::Clock {
 public:
  // 2026-01-01T00:00:00Z, unless told otherwise.
  explicit ManualClock(base::WallTime start = base::from_millis(1'767'225'600'000))
      : start_(start) {}

  [[nodiscard]] base::WallTime wall() const override {
    return start_ + std::chrono::milliseconds(passed_.load() + wall_only_.load());
  }
  [[nodiscard]] base::SteadyTime steady() const override {
    return base::SteadyTime{} + std::chrono::hours(1) + std::chrono::milliseconds(passed_.load());
  }

  void advance(std::chrono::milliseconds by) { passed_ += by.count(); }
  // The time of day is corrected, forwards or back; intervals are not touched.
  void step_wall(std::chrono::milliseconds by) { wall_only_ += by.count(); }

 private:
  const base::WallTime start_;
  std::atomic<std::int64_t> passed_{0};
  std::atomic<std::int64_t> wall_only_{0};
};

}  // namespace sealbus::test
