#pragma once
// Looks up the addresses behind the configured names, again and again, in a thread of its own: a
// name server may take its time, and the sidecar's thread may not.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/wakeup.hpp"

namespace sealbus::delivery {

class Resolver {
 public:
  // The addresses of an endpoint in numbers, as bus::resolve gives them. May take its time.
  using Lookup = std::function<base::OrError<std::vector<std::string>>(const std::string&)>;
  // How long from one look to the next.
  struct Pace {
    std::chrono::milliseconds usual{5'000};
    std::chrono::milliseconds after_failure{500};
  };

  // Calls `wakeup` when there is something to take. It outlives the resolver.
  Resolver(std::vector<std::string> endpoints, base::Wakeup& wakeup);
  Resolver(std::vector<std::string> endpoints, base::Wakeup& wakeup, Lookup lookup, Pace pace);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Every address of every endpoint in numbers, each once, if that changed since the last call. A
  // name that cannot be looked up keeps the addresses that it had. Any thread.
  [[nodiscard]] std::optional<std::vector<std::string>> take();
  // Is there something to take?
  [[nodiscard]] bool has_news() const;

 private:
  struct Shared;

  // The thread's as much as ours: a lookup that takes long does not hold up the end.
  const std::shared_ptr<Shared> shared_;
};

}  // namespace sealbus::delivery
