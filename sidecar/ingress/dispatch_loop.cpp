#include "sidecar/ingress/dispatch_loop.hpp"

#include <algorithm>
#include <type_traits>

#include <poll.h>

namespace sealbus::ingress {
namespace {

// Between two looks at the clock.
constexpr unsigned kBatch = 256;

}  // namespace

DispatchLoop::DispatchLoop(std::size_t capacity) : queue_(capacity) {}

DispatchLoop::~DispatchLoop() { stop(); }

void DispatchLoop::start(Dispatcher& dispatcher, const base::Clock& clock) {
  thread_ = std::thread([this, &dispatcher, &clock] { run(dispatcher, clock); });
}

void DispatchLoop::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  wakeup_.notify();
  thread_.join();
}

bool DispatchLoop::submit(Call& call) {
  Item item(std::move(call));
  if (queue_.try_push(item)) {
    wakeup_.notify();
    return true;
  }
  call = std::move(std::get<Call>(item));
  return false;
}

bool DispatchLoop::deliver(bus::RouterEvent&& event) {
  Item item(std::move(event));
  if (queue_.try_push(item)) {
    wakeup_.notify();
    return true;
  }
  event = std::move(std::get<bus::RouterEvent>(item));
  return false;
}

void DispatchLoop::ask(const Task& task) {
  std::promise<void> answered;
  auto done = answered.get_future();
  Item item(Question{&task, std::move(answered)});
  while (!queue_.try_push(item)) std::this_thread::yield();
  wakeup_.notify();
  done.wait();
}

void DispatchLoop::run(Dispatcher& dispatcher, const base::Clock& clock) {
  auto due = clock.steady();
  while (true) {
    unsigned taken = 0;
    for (; taken < kBatch; ++taken) {
      auto item = queue_.try_pop();
      if (!item) break;
      handle(dispatcher, *item);
    }
    if (taken == 0 && stopping_) return;
    if (clock.steady() >= due) dispatcher.tick();
    due = dispatcher.next_tick();
    if (taken < kBatch) wait(due, clock);
  }
}

void DispatchLoop::wait(base::SteadyTime until, const base::Clock& clock) {
  wakeup_.arm();
  if (!queue_.empty() || stopping_) return wakeup_.disarm();
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock.steady());
  pollfd fd{wakeup_.fd(), POLLIN, 0};
  poll(&fd, 1, static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1'000)));
  wakeup_.disarm();
}

void DispatchLoop::handle(Dispatcher& dispatcher, Item& item) {
  if (auto* call = std::get_if<Call>(&item)) return dispatcher.submit(std::move(*call));
  if (auto* question = std::get_if<Question>(&item)) {
    (*question->task)(dispatcher);
    question->answered.set_value();
    return;
  }
  std::visit(
      [&](auto& event) {
        using Event = std::decay_t<decltype(event)>;
        if constexpr (std::is_same_v<Event, bus::Received>) {
          dispatcher.received(event.peer, event.message, event.key);
        } else if constexpr (std::is_same_v<Event, bus::BadMessage>) {
          dispatcher.refused(base::Refusal::bad_size);
        } else if constexpr (std::is_same_v<Event, bus::HandshakeFailed>) {
          dispatcher.handshake_failed(event.why);
        } else if constexpr (std::is_same_v<Event, bus::ConnectionClosed>) {
          dispatcher.peer_lost(event.peer, "its connection closed");
        } else {
          dispatcher.peer_lost(event.peer, "it takes no more messages");
        }
      },
      std::get<bus::RouterEvent>(item));
}

}  // namespace sealbus::ingress
