#pragma once
// Where unpredictable bytes come from. A parameter, so that tests can choose them.

#include <cstddef>
#include <span>

namespace sealbus::base {

class Random {
 public:
  virtual ~Random() = default;
  // Fills all of `out`. May be called from any thread.
  virtual void fill(std::span<std::byte> out) = 0;
};

// The operating system's generator, through libsodium.
class SystemRandom final : public Random {
 public:
  SystemRandom();
  void fill(std::span<std::byte> out) override;
};

}  // namespace sealbus::base
