#include "common/base/wakeup.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

namespace sealbus::base {

Wakeup::Wakeup() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (fd_ < 0) std::abort();  // out of file descriptors at start-up
}

Wakeup::~Wakeup() { close(fd_); }

void Wakeup::notify() {
  // Sequentially consistent on both sides: either this sees `armed`, or the waiter, which looks
  // again after arming, sees the work.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!armed_.exchange(false)) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(fd_, &one, sizeof one);
}

void Wakeup::arm() {
  armed_.store(true);
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

void Wakeup::disarm() {
  armed_.store(false);
  std::uint64_t count = 0;
  [[maybe_unused]] const auto taken = read(fd_, &count, sizeof count);
}

}  // namespace sealbus::base
