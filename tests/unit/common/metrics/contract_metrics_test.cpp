#include "common/metrics/contract_metrics.hpp"

#include <map>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace sealbus::metrics {
namespace {

using namespace std::chrono_literals;
using base::Refusal;

const ContractMetrics::View* find(const std::vector<ContractMetrics::View>& views, Series series) {
  for (const auto& view : views) {
    if (view.series == series) return &view;
  }
  return nullptr;
}

std::uint64_t count(const ContractMetrics& metrics, Series series,
                    const std::optional<Outcome>& outcome) {
  const auto views = metrics.read();
  const auto* view = find(views, series);
  if (view == nullptr) return 0;
  std::uint64_t sum = 0;
  for (const auto& [there, number] : view->outcomes) sum += there == outcome ? number : 0;
  return sum;
}

TEST(ContractSeries, GivesAContractTheSameSeriesForever) {
  ContractSeries series;
  const Series users = series.of("users.Create");
  EXPECT_NE(series.of("users.Delete"), users);
  EXPECT_EQ(series.of("users.Create"), users);
  EXPECT_EQ(label_of(users, series.names()), "users.Create");
}

TEST(ContractSeries, HasOneForEachOfTheMostContractsAndOneForTheRest) {
  ContractSeries series;
  for (std::size_t i = 0; i < kMostContracts; ++i) {
    ASSERT_EQ(series.of("a.C" + std::to_string(i)), i + 1);
  }
  EXPECT_EQ(series.of("a.OneMore"), kOtherContracts);
  EXPECT_EQ(series.of("a.AndAnother"), kOtherContracts);
  EXPECT_EQ(series.of("a.C0"), 1U);
  EXPECT_EQ(label_of(kOtherContracts, series.names()), "other");
}

TEST(ContractSeries, NamesWhatReachedNoContractAndNothingThatIsNewerThanTheNames) {
  const std::vector<std::string> names = {"a.A"};
  EXPECT_EQ(label_of(kNoContract, names), "none");
  EXPECT_EQ(label_of(1, names), "a.A");
  EXPECT_EQ(label_of(2, names), "");
}

TEST(ContractMetrics, CountsEachOutcomeOfEachContractOverAllShards) {
  ContractMetrics metrics(2);
  metrics.count(0, 1, {200, {}});
  metrics.count(1, 1, {200, {}});
  metrics.count(1, 1, {503, Refusal::no_replica});
  metrics.count(1, 2, {503, Refusal::queue_full});
  EXPECT_EQ(count(metrics, 1, Outcome{200, {}}), 2U);
  EXPECT_EQ(count(metrics, 1, Outcome{503, Refusal::no_replica}), 1U);
  EXPECT_EQ(count(metrics, 1, Outcome{503, Refusal::queue_full}), 0U);
  EXPECT_EQ(count(metrics, 2, Outcome{503, Refusal::queue_full}), 1U);
}

TEST(ContractMetrics, TellsEveryRefusalApartAndFromAReply) {
  for (const Refusal refusal : base::all_refusals()) {
    ContractMetrics metrics(1);
    metrics.count(0, 1, {500, refusal});
    metrics.count(0, 1, {500, {}});
    EXPECT_EQ(count(metrics, 1, Outcome{500, refusal}), 1U) << base::code(refusal);
    EXPECT_EQ(count(metrics, 1, Outcome{500, {}}), 1U);
  }
}

TEST(ContractMetrics, ShowsOnlyWhatWasEverCounted) {
  ContractMetrics metrics(1);
  EXPECT_TRUE(metrics.read().empty());
  metrics.count(0, kOtherContracts, {});
  ASSERT_EQ(metrics.read().size(), 1U);
  EXPECT_EQ(metrics.read()[0].series, kOtherContracts);
}

TEST(ContractMetrics, CountsOutcomesBeyondItsRoomTogether) {
  ContractMetrics metrics(1);
  for (unsigned status = 0; status < ContractMetrics::kOutcomes + 3; ++status) {
    metrics.count(0, 1, {static_cast<std::uint16_t>(200 + status), {}});
  }
  EXPECT_EQ(count(metrics, 1, Outcome{200 + ContractMetrics::kOutcomes - 1, {}}), 1U);
  EXPECT_EQ(count(metrics, 1, std::nullopt), 3U);
}

TEST(ContractMetrics, AddsUpDurationsOverAllShards) {
  ContractMetrics metrics(2);
  metrics.observe(0, 1, 1ms);
  metrics.observe(1, 1, 2ms);
  EXPECT_EQ(metrics.read().at(0).durations.sum, 3ms);
}

TEST(ContractMetrics, LosesNothingWhenThreadsMeetInOneShard) {
  ContractMetrics metrics(1);
  constexpr unsigned kEach = 20'000;
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&metrics, t] {
      for (unsigned i = 0; i < kEach; ++i) {
        metrics.count(0, static_cast<Series>(i % 3), {static_cast<std::uint16_t>(200 + t), {}});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::uint64_t sum = 0;
  for (const auto& view : metrics.read()) {
    for (const auto& [outcome, number] : view.outcomes) sum += number;
    EXPECT_EQ(view.outcomes.size(), 4U);
  }
  EXPECT_EQ(sum, 4U * kEach);
}

}  // namespace
}  // namespace sealbus::metrics
