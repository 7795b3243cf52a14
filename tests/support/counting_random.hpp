#pragma once
// Random bytes that are none: each call fills with the next number, so runs can be repeated and no
// two values are the same.

#include <algorithm>
#include <atomic>

#include "common/base/random.hpp"

namespace sealbus::test {

class CountingRandom final : public base::Random {
 public:
  void fill(std::span<std::byte> out) override {
    const std::uint64_t n = ++calls_;
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = static_cast<std::byte>((n >> (8 * (i % 8))) & 0xffU);
    }
  }

 private:
  std::atomic<std::uint64_t> calls_{0};
};

}  // namespace sealbus::test
