#include "common/base/wakeup.hpp"

#include <cstdint>
#include <cstdlib>

#include <sys/eventfd.h>
#include <unistd.h>

namespace sealbus::base {

Wakeup::Wakeup() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (fd_ < 0) std::abort();  // out of file descriptors at start-up
}

Wakeup::~Wakeup() { close(fd_); }

// Each of the three exchanges `armed_`, so all of them stand in one order, and each sees what the
// threads before it in that order did before theirs: either the notifier finds the waiter armed, or
// the waiter, which looks for work after arming, sees the work. Plain stores would not do: they end
// the chain of exchanges through which the earlier ones are seen.
void Wakeup::notify() {
  if (!armed_.exchange(false, std::memory_order_acq_rel)) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(fd_, &one, sizeof one);
}

void Wakeup::arm() { armed_.exchange(true, std::memory_order_acq_rel); }

void Wakeup::disarm() {
  armed_.exchange(false, std::memory_order_acq_rel);
  std::uint64_t count = 0;
  [[maybe_unused]] const auto taken = read(fd_, &count, sizeof count);
}

}  // namespace sealbus::base
