#pragma once
// Which sequence numbers have been seen: a sliding bitmap after RFC 6479. Value-initialised it has
// seen none. Only messages whose tag verified may touch it. Not thread-safe.

#include <array>
#include <cstdint>

#include "common/envelope/limits.hpp"

namespace sealbus::envelope {

class ReplayWindow {
 public:
  // True, once, for each number that is at least 1 and not more than kReplayWindow − 1 behind the
  // highest so far.
  [[nodiscard]] bool accept(std::uint64_t sequence);

 private:
  static constexpr std::uint64_t kWordBits = 64;
  // One word more than the window, so that a whole word can be cleared ahead of it.
  static constexpr std::uint64_t kWords = kReplayWindow / kWordBits + 1;

  std::uint64_t highest_ = 0;
  std::array<std::uint64_t, kWords> seen_{};
};

}  // namespace sealbus::envelope
