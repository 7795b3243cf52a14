#pragma once
// Looks up the addresses behind the configured names, again and again, in a thread of its own: a
// name server may take its time, and the sidecar's thread may not.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/base/wakeup.hpp"

namespace sealbus::delivery {

class Resolver {
 public:
  // Calls `wakeup` when there is something to take. It outlives the resolver.
  Resolver(std::vector<std::string> endpoints, base::Wakeup& wakeup);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Every address of every endpoint in numbers, each once, if that changed since the last call. A
  // name that cannot be looked up keeps the addresses that it had. Any thread.
  [[nodiscard]] std::optional<std::vector<std::string>> take();
  // Is there something to take?
  [[nodiscard]] bool has_news() const;

 private:
  void run();
  // False: the time came to stop.
  bool pause(std::chrono::milliseconds time);

  const std::vector<std::string> endpoints_;
  base::Wakeup& wakeup_;
  mutable std::mutex mutex_;
  std::condition_variable stop_;
  // Guarded by mutex_.
  std::optional<std::vector<std::string>> fresh_;
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace sealbus::delivery
