#include "common/base/random.hpp"

#include <cstdlib>

#include <sodium.h>

namespace sealbus::base {

SystemRandom::SystemRandom() {
  if (sodium_init() < 0) std::abort();
}

void SystemRandom::fill(std::span<std::byte> out) { randombytes_buf(out.data(), out.size()); }

}  // namespace sealbus::base
