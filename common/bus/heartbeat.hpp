#pragma once
// When to send a heartbeat, and when silence means that the peer is gone. Pure; one thread.

#include <algorithm>
#include <chrono>

#include "common/base/clock.hpp"

namespace sealbus::bus {

class Heartbeat {
 public:
  // One is sent each `interval`; a peer that was not heard for `most_missed` of them is lost.
  Heartbeat(std::chrono::milliseconds interval, base::SteadyTime now, int most_missed = 3)
      : Heartbeat(interval, interval, now, most_missed) {}
  // The peer has an interval of its own.
  Heartbeat(std::chrono::milliseconds interval, std::chrono::milliseconds of_the_peer,
            base::SteadyTime now, int most_missed = 3)
      : interval_(interval),
        limit_(of_the_peer * most_missed),
        next_(now + interval),
        heard_(now) {}

  // Is it time to send one? Counts as sent when it says yes. After a long pause it is due once.
  [[nodiscard]] bool due(base::SteadyTime now) {
    if (now < next_) return false;
    next_ = now + interval_;
    return true;
  }

  // Anything that the peer sent and that verified; out of order in time does no harm.
  void heard(base::SteadyTime now) { heard_ = std::max(heard_, now); }

  [[nodiscard]] bool lost(base::SteadyTime now) const { return now >= heard_ + limit_; }

  // When one of the two answers may change by itself.
  [[nodiscard]] base::SteadyTime next() const { return std::min(next_, heard_ + limit_); }

 private:
  std::chrono::milliseconds interval_;
  std::chrono::milliseconds limit_;
  base::SteadyTime next_;
  base::SteadyTime heard_;
};

}  // namespace sealbus::bus
