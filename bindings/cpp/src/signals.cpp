#include "signals.hpp"

#include <atomic>
#include <stdexcept>
#include <thread>

#include "sealbus/service.hpp"

namespace sealbus::detail {
namespace {

// A signal handler is told nothing but its number.
std::atomic<Service*> stopped_by_signals = nullptr;
std::atomic<unsigned> handlers_under_way = 0;
static_assert(std::atomic<Service*>::is_always_lock_free &&
              std::atomic<unsigned>::is_always_lock_free);

extern "C" void sealbus_stop_on_signal(int /*number*/) {
  ++handlers_under_way;
  if (Service* service = stopped_by_signals) service->stop();
  --handlers_under_way;
}

}  // namespace

StopOnSignals::StopOnSignals(Service& service) {
  Service* nobody = nullptr;
  if (!stopped_by_signals.compare_exchange_strong(nobody, &service)) {
    throw std::logic_error("another service of this process stops on signals");
  }
  struct sigaction action {};
  action.sa_handler = sealbus_stop_on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGTERM, &action, &term_);
  sigaction(SIGINT, &action, &interrupt_);
}

StopOnSignals::~StopOnSignals() {
  sigaction(SIGTERM, &term_, nullptr);
  sigaction(SIGINT, &interrupt_, nullptr);
  stopped_by_signals = nullptr;
  while (handlers_under_way != 0) std::this_thread::yield();
}

}  // namespace sealbus::detail
