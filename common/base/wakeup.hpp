#pragma once
// Wakes a thread that waits in poll(2), at the price of a system call only when it does wait.
//
// The waiting thread:   arm(); if (there is work) { disarm(); } else poll(fd()); then disarm().
// Any other thread:     make the work visible, then notify().

#include <atomic>

namespace sealbus::base {

class Wakeup {
 public:
  Wakeup();
  ~Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  // Becomes readable when somebody notified the armed waiter. Owned by this object.
  [[nodiscard]] int fd() const { return fd_; }

  // Any thread.
  void notify();

  // The waiting thread only.
  void arm();
  void disarm();

 private:
  int fd_;
  std::atomic<bool> armed_{false};
};

}  // namespace sealbus::base
