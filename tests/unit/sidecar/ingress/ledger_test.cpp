#include "sidecar/ingress/ledger.hpp"

#include <gtest/gtest.h>

#include "tests/support/manual_clock.hpp"

namespace sealbus::ingress {
namespace {

using namespace std::chrono_literals;
using base::Refusal;

class LedgerTest : public testing::Test {
 protected:
  // Everything that was recorded, as lines of the log.
  std::string audited() {
    testing::internal::CaptureStderr();
    audit_->start();
    audit_->flush();
    return testing::internal::GetCapturedStderr();
  }

  test::ManualClock clock_;
  std::unique_ptr<audit::AuditLog> audit_ = audit::AuditLog::open({}, clock_).value();
  metrics::ContractMetrics contracts_{1};
  base::RefusalCounters refusals_;
  Ledger ledger_{*audit_, contracts_, refusals_, clock_};
};

TEST_F(LedgerTest, EntersAReplyWithItsTimeAndNoRefusal) {
  RoutedContract contract;
  contract.full_name = "users.Create";
  contract.series = 3;
  Account account{0, clock_.steady(), metrics::kNoContract, {}};
  account.reached(contract);
  clock_.advance(7ms);
  ledger_.close(account, 201, std::nullopt);
  const auto views = contracts_.read();
  ASSERT_EQ(views.size(), 1U);
  EXPECT_EQ(views[0].series, 3U);
  EXPECT_EQ(views[0].durations.sum, 7ms);
  ASSERT_EQ(views[0].outcomes.size(), 1U);
  EXPECT_EQ(views[0].outcomes[0].first, (metrics::Outcome{201, {}}));
  EXPECT_NE(audited().find("decision=allowed code=none status=201 contract=users.Create"),
            std::string::npos);
}

TEST_F(LedgerTest, EntersARefusalUnderItsName) {
  ledger_.close({0, clock_.steady(), metrics::kNoContract, {}}, 404, Refusal::not_found);
  EXPECT_EQ(refusals_.of(Refusal::not_found), 1U);
  EXPECT_EQ(contracts_.read().at(0).outcomes.at(0).first,
            (metrics::Outcome{404, Refusal::not_found}));
  EXPECT_NE(audited().find("decision=refused code=not_found status=404"), std::string::npos);
}

TEST_F(LedgerTest, CountsWhatNoHandlerSawWithoutATime) {
  ledger_.close_unread({0, {}, metrics::kNoContract, {}}, 400, Refusal::bad_request);
  const auto view = contracts_.read().at(0);
  EXPECT_EQ(view.outcomes.at(0).second, 1U);
  EXPECT_EQ(view.durations.counts, metrics::Durations{}.counts);
  EXPECT_EQ(refusals_.of(Refusal::bad_request), 1U);
}

}  // namespace
}  // namespace sealbus::ingress
