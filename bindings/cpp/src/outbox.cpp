#include "outbox.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

namespace sealbus::detail {

Outbox::Outbox(Log log) : log_(std::move(log)), wake_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (wake_fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Outbox::~Outbox() { ::close(wake_fd_); }

bool Outbox::put(Outgoing outgoing) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    outgoing_.push_back(std::move(outgoing));
  }
  wake();
  return true;
}

std::vector<Outgoing> Outbox::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(outgoing_, {});
}

void Outbox::close() {
  std::vector<Outgoing> unsent;  // destroyed without the lock
  const std::lock_guard lock(mutex_);
  closed_ = true;
  unsent = std::exchange(outgoing_, {});
}

void Outbox::wake() const noexcept {
  const int before = errno;  // a signal handler leaves it as it was
  const std::uint64_t one = 1;
  // It can only fail when the counter is full, and then it is readable already.
  [[maybe_unused]] const auto written = ::write(wake_fd_, &one, sizeof one);
  errno = before;
}

void Outbox::calm() const noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto read = ::read(wake_fd_, &count, sizeof count);
}

void Ticket::tell_skipped(const std::shared_ptr<Ticket>& ticket) {
  ticket->outbox_->put({ticket, Outgoing::What::skipped, {}});
}

void Ticket::tell_progress(const std::shared_ptr<Ticket>& ticket) {
  if (ticket->answered_ || ticket->progress_waits_.exchange(true)) return;
  ticket->outbox_->put({ticket, Outgoing::What::progress, {}});
}

bool Ticket::answer(const std::shared_ptr<Ticket>& ticket, Frames frames) {
  if (ticket->answered_.exchange(true)) return false;
  return ticket->outbox_->put({ticket, Outgoing::What::answer, std::move(frames)});
}

}  // namespace sealbus::detail
