#pragma once
// How long things took, in buckets that are the same everywhere. One atomic for each: observing
// takes no lock, and whoever reads disturbs nobody.

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sealbus::metrics {

// What each bucket takes at most; the one after the last takes all that is longer.
inline constexpr auto kBounds = std::to_array<std::chrono::microseconds>(
    {std::chrono::microseconds(500), std::chrono::milliseconds(1), std::chrono::microseconds(2'500),
     std::chrono::milliseconds(5), std::chrono::milliseconds(10), std::chrono::milliseconds(25),
     std::chrono::milliseconds(50), std::chrono::milliseconds(100), std::chrono::milliseconds(250),
     std::chrono::milliseconds(500), std::chrono::seconds(1), std::chrono::milliseconds(2'500),
     std::chrono::seconds(5), std::chrono::seconds(10)});

// What a histogram held when it was read; not cumulative.
struct Durations {
  std::array<std::uint64_t, kBounds.size() + 1> counts{};
  std::chrono::nanoseconds sum{0};

  Durations& operator+=(const Durations& other) {
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
    sum += other.sum;
    return *this;
  }
};

class Histogram {
 public:
  // Any thread. A clock that went back counts as no time at all.
  void observe(std::chrono::nanoseconds took) {
    took = std::max(took, std::chrono::nanoseconds(0));
    const auto* const bound = std::lower_bound(kBounds.begin(), kBounds.end(), took);
    counts_[static_cast<std::size_t>(bound - kBounds.begin())].fetch_add(1,
                                                                         std::memory_order_relaxed);
    sum_.fetch_add(static_cast<std::uint64_t>(took.count()), std::memory_order_relaxed);
  }

  [[nodiscard]] Durations read() const {
    Durations all;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      all.counts[i] = counts_[i].load(std::memory_order_relaxed);
    }
    all.sum = std::chrono::nanoseconds(sum_.load(std::memory_order_relaxed));
    return all;
  }

 private:
  std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> counts_{};
  std::atomic<std::uint64_t> sum_{0};  // nanoseconds
};

}  // namespace sealbus::metrics
