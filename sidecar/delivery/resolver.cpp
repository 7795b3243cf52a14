#include "sidecar/delivery/resolver.hpp"

#include <algorithm>
#include <map>

#include "common/base/log.hpp"
#include "common/bus/address.hpp"

namespace sealbus::delivery {
namespace {

constexpr std::chrono::seconds kInterval{5};
constexpr std::chrono::milliseconds kAfterFailure{500};

}  // namespace

Resolver::Resolver(std::vector<std::string> endpoints, base::Wakeup& wakeup)
    : endpoints_(std::move(endpoints)), wakeup_(wakeup), thread_([this] { run(); }) {}

Resolver::~Resolver() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_one();
  thread_.join();
}

std::optional<std::vector<std::string>> Resolver::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(fresh_, std::nullopt);
}

bool Resolver::has_news() const {
  const std::lock_guard lock(mutex_);
  return fresh_.has_value();
}

void Resolver::run() {
  std::map<std::string, std::vector<std::string>> known;
  std::vector<std::string> last;
  bool failing = false;
  do {
    bool failed = false;
    for (const std::string& endpoint : endpoints_) {
      auto addresses = bus::resolve(endpoint);
      failed = failed || !addresses;
      if (addresses) {
        known[endpoint] = std::move(*addresses);
      } else if (!failing) {
        log::warning("Bus: {}", log::escaped(addresses.error().message));
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
      const std::lock_guard lock(mutex_);
      fresh_ = std::move(all);
      wakeup_.notify();
    }
  } while (pause(failing ? kAfterFailure : kInterval));
}

bool Resolver::pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !stop_.wait_for(lock, time, [&] { return stopping_; });
}

}  // namespace sealbus::delivery
