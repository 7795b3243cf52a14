#pragma once
// The threads that run handlers.

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "sealbus/executor.hpp"

namespace sealbus::detail {

class Pool : public Executor {
 public:
  explicit Pool(unsigned threads);
  // Runs what was posted, waits until nobody holds `work()`, and ends its threads.
  ~Pool() override;

  void post(std::function<void()> work) override;

  // Whoever holds it will still post: a coroutine that waits.
  [[nodiscard]] std::shared_ptr<void> work();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<std::function<void()>> posted_;
  std::size_t held_ = 0;
  bool ending_ = false;
  std::vector<std::thread> threads_;  // last, for they use the rest
};

}  // namespace sealbus::detail
