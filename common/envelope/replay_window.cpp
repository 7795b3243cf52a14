#include "common/envelope/replay_window.hpp"

#include <algorithm>

namespace sealbus::envelope {

bool ReplayWindow::accept(std::uint64_t sequence) {
  if (sequence == 0) return false;
  const std::uint64_t word = sequence / kWordBits;
  if (sequence > highest_) {
    // The words between the highest so far and this one hold numbers of long ago.
    const std::uint64_t ahead = std::min(word - highest_ / kWordBits, kWords);
    for (std::uint64_t i = 0; i < ahead; ++i) seen_[(word - i) % kWords] = 0;
    highest_ = sequence;
  } else if (highest_ - sequence >= kReplayWindow) {
    return false;
  }
  std::uint64_t& bits = seen_[word % kWords];
  const std::uint64_t bit = std::uint64_t{1} << (sequence % kWordBits);
  const bool is_new = (bits & bit) == 0;
  bits |= bit;
  return is_new;
}

}  // namespace sealbus::envelope
