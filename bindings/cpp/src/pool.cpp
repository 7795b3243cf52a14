#include "pool.hpp"

#include <utility>

namespace sealbus::detail {

Pool::Pool(unsigned threads) {
  threads_.reserve(threads);
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

Pool::~Pool() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  news_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Pool::post(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  posted_.push_back(std::move(work));
  news_.notify_one();
}

std::shared_ptr<void> Pool::work() {
  const std::lock_guard lock(mutex_);
  ++held_;
  return {this, [](Pool* pool) {
            const std::lock_guard letting_go(pool->mutex_);
            --pool->held_;
            pool->news_.notify_all();
          }};
}

void Pool::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    news_.wait(lock, [this] { return !posted_.empty() || (ending_ && held_ == 0); });
    if (posted_.empty()) return;
    auto work = std::move(posted_.front());
    posted_.pop_front();
    lock.unlock();
    work();
    work = nullptr;  // what it holds is destroyed without the lock
    lock.lock();
  }
}

}  // namespace sealbus::detail
