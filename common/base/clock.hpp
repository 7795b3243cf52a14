#pragma once
// The only reader of the time of day. Everything that needs the time takes a Clock.

#include <chrono>

namespace sealbus::base {

// UTC, in milliseconds since 1970.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
// For time-outs and intervals; never goes back.
using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  // Both may be called from any thread.
  [[nodiscard]] virtual WallTime wall() const = 0;
  [[nodiscard]] virtual SteadyTime steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall() const override;
  [[nodiscard]] SteadyTime steady() const override;
};

inline std::int64_t to_millis(WallTime time) { return time.time_since_epoch().count(); }
inline WallTime from_millis(std::int64_t millis) {
  return WallTime(std::chrono::milliseconds(millis));
}

}  // namespace sealbus::base
