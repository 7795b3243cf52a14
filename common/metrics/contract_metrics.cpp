#include "common/metrics/contract_metrics.hpp"

#include <algorithm>
#include <array>

namespace sealbus::metrics {
namespace {

// An outcome as one number that is never 0.
std::uint32_t key_of(const Outcome& outcome) {
  const std::uint32_t refusal =
      outcome.refusal ? static_cast<std::uint32_t>(*outcome.refusal) + 1U : 0U;
  return ((std::uint32_t{outcome.status} << 8U) | refusal) + 1U;
}

Outcome outcome_of(std::uint32_t key) {
  const std::uint32_t both = key - 1;
  Outcome outcome{static_cast<std::uint16_t>(both >> 8U), {}};
  const std::uint32_t refusal = both & 0xffU;
  if (refusal != 0) outcome.refusal = static_cast<base::Refusal>(refusal - 1);
  return outcome;
}

void add(std::vector<std::pair<std::optional<Outcome>, std::uint64_t>>& all,
         const std::optional<Outcome>& outcome, std::uint64_t count) {
  if (count == 0) return;
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const auto& entry) { return entry.first == outcome; });
  if (found == all.end()) {
    all.emplace_back(outcome, count);
  } else {
    found->second += count;
  }
}

}  // namespace

struct ContractMetrics::Counters {
  struct Cell {
    std::atomic<std::uint32_t> key{0};  // 0: free; written once
    std::atomic<std::uint64_t> count{0};
  };

  // The outcome's cell, taken if it is new; the last one when all are taken.
  std::atomic<std::uint64_t>& cell(std::uint32_t key) {
    for (Cell& cell : cells) {
      std::uint32_t there = cell.key.load(std::memory_order_relaxed);
      if (there == 0 && cell.key.compare_exchange_strong(there, key, std::memory_order_relaxed)) {
        return cell.count;
      }
      if (there == key) return cell.count;
    }
    return other;
  }

  std::array<Cell, kOutcomes> cells;
  std::atomic<std::uint64_t> other{0};
  Histogram durations;
};

// The pointers own what they point to.
struct ContractMetrics::Shard {
  Shard() = default;
  ~Shard() {
    for (auto& slot : slots) std::unique_ptr<Counters>(slot.load()).reset();
  }
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  std::array<std::atomic<Counters*>, kAllSeries> slots{};
};

ContractMetrics::ContractMetrics(std::size_t shards) {
  for (std::size_t i = 0; i < shards; ++i) shards_.push_back(std::make_unique<Shard>());
}

ContractMetrics::~ContractMetrics() = default;

ContractMetrics::Counters& ContractMetrics::at(std::size_t shard, Series series) {
  std::atomic<Counters*>& slot = shards_.at(shard)->slots.at(series);
  Counters* there = slot.load(std::memory_order_acquire);
  if (there != nullptr) return *there;
  auto made = std::make_unique<Counters>();
  // Two threads may come to one shard for the first time; the second one's is dropped.
  if (slot.compare_exchange_strong(there, made.get(), std::memory_order_acq_rel)) {
    return *made.release();
  }
  return *there;
}

void ContractMetrics::count(std::size_t shard, Series series, const Outcome& outcome) {
  at(shard, series).cell(key_of(outcome)).fetch_add(1, std::memory_order_relaxed);
}

void ContractMetrics::observe(std::size_t shard, Series series, std::chrono::nanoseconds took) {
  at(shard, series).durations.observe(took);
}

std::vector<ContractMetrics::View> ContractMetrics::read() const {
  std::vector<View> views;
  for (std::size_t series = 0; series < kAllSeries; ++series) {
    View view{static_cast<Series>(series), {}, {}};
    bool used = false;
    for (const auto& shard : shards_) {
      const Counters* counters = shard->slots[series].load(std::memory_order_acquire);
      if (counters == nullptr) continue;
      used = true;
      for (const Counters::Cell& cell : counters->cells) {
        const std::uint32_t key = cell.key.load(std::memory_order_relaxed);
        if (key != 0) {
          add(view.outcomes, outcome_of(key), cell.count.load(std::memory_order_relaxed));
        }
      }
      add(view.outcomes, std::nullopt, counters->other.load(std::memory_order_relaxed));
      view.durations += counters->durations.read();
    }
    if (used) views.push_back(std::move(view));
  }
  return views;
}

}  // namespace sealbus::metrics
