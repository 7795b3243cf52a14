#pragma once
// The dispatcher's thread: everything that happens to the ingress reaches the dispatcher through
// one bounded queue, one thing after the other.

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <variant>

#include "common/base/bounded_queue.hpp"
#include "common/base/wakeup.hpp"
#include "common/bus/router.hpp"
#include "sidecar/ingress/call.hpp"
#include "sidecar/ingress/dispatcher.hpp"

namespace sealbus::ingress {

class DispatchLoop final : public CallSink, public bus::RouterSink {
 public:
  using Task = std::function<void(Dispatcher&)>;

  // `capacity`: how much may wait for the dispatcher before callers are refused and the bus is
  // read more slowly.
  explicit DispatchLoop(std::size_t capacity);
  ~DispatchLoop() override;

  // Starts the thread. The dispatcher belongs to it until stop() has returned.
  void start(Dispatcher& dispatcher, const base::Clock& clock);
  void stop();

  // Any thread. A call that finds the queue full is left alone; a bus event too, and the ROUTER's
  // thread comes again.
  [[nodiscard]] bool submit(Call& call) override;
  [[nodiscard]] bool deliver(bus::RouterEvent&& event) override;
  // Runs `task` on the thread and returns when it has run. Not from the thread itself.
  void ask(const Task& task);

 private:
  struct Question {
    const Task* task;
    std::promise<void> answered;
  };
  using Item = std::variant<Call, bus::RouterEvent, Question>;

  void run(Dispatcher& dispatcher, const base::Clock& clock);
  static void handle(Dispatcher& dispatcher, Item& item);
  void wait(base::SteadyTime until, const base::Clock& clock);

  base::BoundedQueue<Item> queue_;
  base::Wakeup wakeup_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace sealbus::ingress
