#pragma once
// How requests or messages ended, and how long they took, for each contract. Relaxed atomics in
// shards, one for each thread that counts, added up when somebody reads: counting takes no lock,
// and memory only the first time that a shard meets a contract.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/refusal.hpp"
#include "common/metrics/contract_series.hpp"
#include "common/metrics/histogram.hpp"

namespace sealbus::metrics {

// How one ended.
struct Outcome {
  std::uint16_t status = 0;              // HTTP; 0 where there is none
  std::optional<base::Refusal> refusal;  // nothing: it was not refused
  bool operator==(const Outcome&) const = default;
};

class ContractMetrics {
 public:
  explicit ContractMetrics(std::size_t shards);
  ~ContractMetrics();
  ContractMetrics(const ContractMetrics&) = delete;
  ContractMetrics& operator=(const ContractMetrics&) = delete;

  // Any thread, though each shard is best left to one.
  void count(std::size_t shard, Series series, const Outcome& outcome);
  void observe(std::size_t shard, Series series, std::chrono::nanoseconds took);

  struct View {
    Series series = kNoContract;
    // Each outcome once. Without a value: what there was no room for, a service having answered
    // with more kinds of status than kOutcomes.
    std::vector<std::pair<std::optional<Outcome>, std::uint64_t>> outcomes;
    Durations durations;
  };
  // Every series that was ever counted in. Any thread.
  [[nodiscard]] std::vector<View> read() const;

  static constexpr std::size_t kOutcomes = 31;  // of one contract

 private:
  struct Counters;
  struct Shard;
  [[nodiscard]] Counters& at(std::size_t shard, Series series);

  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace sealbus::metrics
