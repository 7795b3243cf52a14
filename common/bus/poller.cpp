#include "common/bus/poller.hpp"

#include <algorithm>
#include <cassert>

#include <zmq.h>

namespace sealbus::bus {
namespace {

short events_for(Interest interest) {
  return static_cast<short>(interest == Interest::read ? ZMQ_POLLIN : ZMQ_POLLIN | ZMQ_POLLOUT);
}

}  // namespace

// The wakeup, and then each socket followed by its monitor.
struct Poller::Items {
  std::vector<zmq_pollitem_t> list;
};

Poller::Poller(const base::Wakeup& wakeup) : items_(std::make_unique<Items>()) {
  items_->list.push_back({nullptr, wakeup.fd(), ZMQ_POLLIN, 0});
}

Poller::~Poller() = default;

void Poller::add(std::uint64_t tag, PollHandles handles, Interest interest) {
  assert(std::find(tags_.begin(), tags_.end(), tag) == tags_.end());
  tags_.push_back(tag);
  items_->list.push_back({handles.socket, 0, events_for(interest), 0});
  items_->list.push_back({handles.monitor, 0, ZMQ_POLLIN, 0});
}

void Poller::set_interest(std::uint64_t tag, Interest interest) {
  const auto at = std::find(tags_.begin(), tags_.end(), tag);
  assert(at != tags_.end());
  items_->list[1 + 2 * static_cast<std::size_t>(at - tags_.begin())].events = events_for(interest);
}

void Poller::remove(std::uint64_t tag) {
  const auto at = std::find(tags_.begin(), tags_.end(), tag);
  if (at == tags_.end()) return;
  const auto first = items_->list.begin() + 1 + 2 * (at - tags_.begin());
  items_->list.erase(first, first + 2);
  tags_.erase(at);
}

std::span<const Ready> Poller::wait(std::chrono::milliseconds time) {
  ready_.clear();
  auto& list = items_->list;
  const long most = time.count() < 0 ? -1 : static_cast<long>(time.count());
  if (zmq_poll(list.data(), static_cast<int>(list.size()), most) <= 0) return ready_;
  for (std::size_t i = 0; i < tags_.size(); ++i) {
    const auto socket = list[1 + 2 * i].revents;
    const auto monitor = list[2 + 2 * i].revents;
    const Ready ready{tags_[i], ((socket | monitor) & ZMQ_POLLIN) != 0,
                      (socket & ZMQ_POLLOUT) != 0};
    if (ready.readable || ready.writable) ready_.push_back(ready);
  }
  return ready_;
}

}  // namespace sealbus::bus
