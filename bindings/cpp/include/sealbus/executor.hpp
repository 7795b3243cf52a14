#pragma once
// What runs pieces of work: the service's pool, or what a test puts in its place.

#include <functional>

namespace sealbus {

class Executor {
 public:
  Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  virtual ~Executor() = default;

  // Runs `work` later, on a thread of the executor's; never on the caller's. Safe on any thread.
  virtual void post(std::function<void()> work) = 0;
};

}  // namespace sealbus
