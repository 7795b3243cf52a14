#pragma once
// SIGTERM and SIGINT as a stop, while this lives; then they are what they were. A process has its
// signals once, so this is there once.

#include <csignal>

namespace sealbus {
class Service;
}

namespace sealbus::detail {

class StopOnSignals {
 public:
  // Throws std::logic_error if there is one already.
  explicit StopOnSignals(Service& service);
  StopOnSignals(const StopOnSignals&) = delete;
  StopOnSignals& operator=(const StopOnSignals&) = delete;
  // Waits for a signal handler that is under way.
  ~StopOnSignals();

 private:
  struct sigaction term_ {};
  struct sigaction interrupt_ {};
};

}  // namespace sealbus::detail
