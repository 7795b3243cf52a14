#include "sidecar/delivery/resolver.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "common/base/log.hpp"
#include "common/bus/address.hpp"

namespace sealbus::delivery {

struct Resolver::Shared {
  std::vector<std::string> endpoints;
  Lookup lookup;
  Pace pace;

  std::mutex mutex;
  std::condition_variable stop;
  // Guarded by mutex.
  std::optional<std::vector<std::string>> fresh;
  base::Wakeup* wakeup = nullptr;  // null: the time came to stop

  // The thread's body.
  void run();
  void complain(const std::string& why);
  void hand_over(std::vector<std::string> addresses);
  // False: the time came to stop.
  bool wait(std::chrono::milliseconds time);
};

Resolver::Resolver(std::vector<std::string> endpoints, base::Wakeup& wakeup)
    : Resolver(
          std::move(endpoints), wakeup,
          [](const std::string& endpoint) { return bus::resolve(endpoint); }, Pace{}) {}

Resolver::Resolver(std::vector<std::string> endpoints, base::Wakeup& wakeup, Lookup lookup,
                   Pace pace)
    : shared_(std::make_shared<Shared>()) {
  shared_->endpoints = std::move(endpoints);
  shared_->lookup = std::move(lookup);
  shared_->pace = pace;
  shared_->wakeup = &wakeup;
  std::thread([shared = shared_] { shared->run(); }).detach();
}

Resolver::~Resolver() {
  const std::lock_guard lock(shared_->mutex);
  shared_->wakeup = nullptr;
  shared_->stop.notify_one();
}

std::optional<std::vector<std::string>> Resolver::take() {
  const std::lock_guard lock(shared_->mutex);
  return std::exchange(shared_->fresh, std::nullopt);
}

bool Resolver::has_news() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->fresh.has_value();
}

void Resolver::Shared::run() {
  std::map<std::string, std::vector<std::string>> known;
  std::vector<std::string> last;
  bool failing = false;
  do {
    bool failed = false;
    for (const std::string& endpoint : endpoints) {
      auto addresses = lookup(endpoint);
      failed = failed || !addresses;
      if (addresses) {
        known[endpoint] = std::move(*addresses);
      } else if (!failing) {
        complain(addresses.error().message);
      }
    }
    failing = failed;
    std::vector<std::string> all;
    for (const auto& [endpoint, addresses] : known) {
      all.insert(all.end(), addresses.begin(), addresses.end());
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    if (all != last) {
      last = all;
      hand_over(std::move(all));
    }
  } while (wait(failing ? pace.after_failure : pace.usual));
}

void Resolver::Shared::complain(const std::string& why) {
  const std::lock_guard lock(mutex);
  if (wakeup != nullptr) log::warning("Bus: {}", log::escaped(why));
}

void Resolver::Shared::hand_over(std::vector<std::string> addresses) {
  const std::lock_guard lock(mutex);
  if (wakeup == nullptr) return;
  fresh = std::move(addresses);
  wakeup->notify();
}

bool Resolver::Shared::wait(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex);
  return !stop.wait_for(lock, time, [&] { return wakeup == nullptr; });
}

}  // namespace sealbus::delivery
