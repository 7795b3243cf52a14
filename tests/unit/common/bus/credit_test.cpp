#include "common/bus/credit.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace sealbus::bus {
namespace {

using base::ByteCount;
using base::operator""_B;

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

TEST(CreditLedger, SendsNothingBeforeTheFirstGrant) {
  const CreditLedger ledger;
  EXPECT_FALSE(ledger.can_send(0_B));
  EXPECT_FALSE(ledger.can_send(1_B));
}

TEST(CreditLedger, SendsUpToTheGrantedNumberOfMessages) {
  CreditLedger ledger;
  ledger.grant({2, 100_B});
  EXPECT_TRUE(ledger.can_send(1_B));
  ledger.take(1_B);
  EXPECT_TRUE(ledger.can_send(1_B));
  ledger.take(1_B);
  EXPECT_FALSE(ledger.can_send(1_B));
  ledger.settle();
  ledger.settle();
  EXPECT_FALSE(ledger.can_send(1_B)) << "only the receiver gives credit";
  ledger.grant({3, 100_B});
  EXPECT_TRUE(ledger.can_send(1_B));
}

TEST(CreditLedger, SendsUpToTheGrantedNumberOfBytes) {
  CreditLedger ledger;
  ledger.grant({10, 100_B});
  ledger.take(60_B);
  EXPECT_TRUE(ledger.can_send(40_B));
  EXPECT_FALSE(ledger.can_send(41_B));
}

TEST(CreditLedger, IgnoresAGrantThatGoesBackEachPartForItself) {
  CreditLedger ledger;
  ledger.grant({10, 100_B});
  ledger.grant({5, 200_B});
  EXPECT_EQ(ledger.granted(), (Credit{10, 200_B}));
  ledger.grant({20, 50_B});
  EXPECT_EQ(ledger.granted(), (Credit{20, 200_B}));
}

TEST(CreditLedger, SendsAMessageLargerThanTheWindowOnlyWhenNothingIsUnderWay) {
  CreditLedger ledger;
  ledger.grant({10, 100_B});
  EXPECT_TRUE(ledger.can_send(1'000_B));
  ledger.take(1_B);
  EXPECT_FALSE(ledger.can_send(1'000_B));
  ledger.settle();
  EXPECT_TRUE(ledger.can_send(1'000_B));
  ledger.take(1'000_B);
  EXPECT_FALSE(ledger.can_send(1_B));
  ledger.grant({11, 1'101_B});
  EXPECT_TRUE(ledger.can_send(100_B));
}

TEST(CreditLedger, DoesNotCountBelowZeroWhatIsUnderWay) {
  CreditLedger ledger;
  ledger.settle();
  EXPECT_EQ(ledger.outstanding(), 0U);
  ledger.grant({10, 10_B});
  ledger.take(1_B);
  EXPECT_EQ(ledger.outstanding(), 1U);
}

struct Edge {
  const char* name;
  Credit granted;
  ByteCount taken;
  ByteCount size;
  bool can_send;
};

class CreditLedgerEdges : public testing::TestWithParam<Edge> {};

TEST_P(CreditLedgerEdges, DoNotOverflow) {
  const Edge& edge = GetParam();
  CreditLedger ledger;
  ledger.grant(edge.granted);
  ledger.take(edge.taken);
  EXPECT_EQ(ledger.can_send(edge.size), edge.can_send);
}

INSTANTIATE_TEST_SUITE_P(
    Table, CreditLedgerEdges,
    testing::Values(Edge{"all", {kMost, {kMost}}, 0_B, {kMost}, true},
                    Edge{"all_but_one", {kMost, {kMost}}, 1_B, {kMost}, false},
                    Edge{"exactly", {kMost, {kMost}}, 1_B, {kMost - 1}, true},
                    Edge{"nothing_left", {kMost, {kMost}}, {kMost}, 1_B, false},
                    Edge{"empty_message", {kMost, {kMost}}, {kMost}, 0_B, true},
                    Edge{"overdrawn", {2, 10_B}, {kMost}, 1_B, false},
                    Edge{"size_wraps", {2, 10_B}, 5_B, {kMost}, false}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(CreditLedger, StaysAtTheHighestNumberOfBytes) {
  CreditLedger ledger;
  ledger.grant({3, {kMost}});
  ledger.take({kMost});
  ledger.take({kMost});
  EXPECT_EQ(ledger.sent().bytes.value, kMost);
  EXPECT_FALSE(ledger.can_send(1_B));
}

TEST(FairShare, IsEqualAndNeverNothing) {
  EXPECT_EQ(fair_share({256, 1'000_B}, 1), (Credit{256, 1'000_B}));
  EXPECT_EQ(fair_share({256, 1'000_B}, 3), (Credit{85, 333_B}));
  EXPECT_EQ(fair_share({2, 2_B}, 5), (Credit{1, 1_B}));
  EXPECT_EQ(fair_share({256, 1'000_B}, 0), (Credit{256, 1'000_B}));
  EXPECT_EQ(fair_share({0, 0_B}, 1), (Credit{1, 1_B}));
}

TEST(CreditWindow, AnnouncesItsShareAtFirst) {
  CreditWindow window({10, 100_B});
  EXPECT_TRUE(window.worth_announcing());
  EXPECT_EQ(window.grant(), (Credit{10, 100_B}));
  window.announced();
  EXPECT_FALSE(window.worth_announcing());
}

TEST(CreditWindow, AnnouncesAgainWhenHalfTheMessagesAreHandled) {
  CreditWindow window({10, 1'000_B});
  window.announced();
  for (int i = 0; i < 4; ++i) window.handled(1_B);
  EXPECT_FALSE(window.worth_announcing());
  window.handled(1_B);
  EXPECT_TRUE(window.worth_announcing());
  EXPECT_EQ(window.grant(), (Credit{15, 1'005_B}));
}

TEST(CreditWindow, AnnouncesAgainWhenHalfTheBytesAreHandled) {
  CreditWindow window({10, 1'000_B});
  window.announced();
  window.handled(499_B);
  EXPECT_FALSE(window.worth_announcing());
  window.handled(1_B);
  EXPECT_TRUE(window.worth_announcing());
}

TEST(CreditWindow, OfOneMessageAnnouncesAfterEach) {
  CreditWindow window({1, 1_B});
  window.announced();
  EXPECT_FALSE(window.worth_announcing());
  window.handled(0_B);
  EXPECT_TRUE(window.worth_announcing());
}

TEST(CreditWindow, NeverTakesBackWhatItAnnounced) {
  CreditWindow window({10, 1'000_B});
  window.announced();
  window.set_share({5, 500_B});
  EXPECT_EQ(window.grant(), (Credit{10, 1'000_B}));
  EXPECT_FALSE(window.worth_announcing());
  for (int i = 0; i < 10; ++i) window.handled(100_B);
  EXPECT_TRUE(window.worth_announcing());
  EXPECT_EQ(window.grant(), (Credit{15, 1'500_B}));
}

TEST(CreditWindow, AnnouncesMoreWhenItsShareGrows) {
  CreditWindow window({10, 1'000_B});
  window.announced();
  window.set_share({20, 2'000_B});
  EXPECT_TRUE(window.worth_announcing());
  EXPECT_EQ(window.grant(), (Credit{20, 2'000_B}));
}

TEST(CreditWindow, StaysAtTheHighestNumber) {
  CreditWindow window({kMost, {kMost}});
  window.handled({kMost});
  window.handled({kMost});
  EXPECT_EQ(window.grant(), (Credit{kMost, {kMost}}));
}

// Both sides together, with announcements only when they are worth it: nothing gets stuck, and no
// more is under way than the share allows.
TEST(Credit, NeverRunsDryWhileEverythingIsHandled) {
  for (const std::uint64_t share : {1U, 2U, 3U, 10U}) {
    CreditLedger ledger;
    CreditWindow window({share, {share * 10}});
    for (int sent = 0; sent < 1'000; ++sent) {
      const ByteCount size{static_cast<std::uint64_t>(sent * 7 % 25)};
      while (!ledger.can_send(size) && ledger.outstanding() > 0) ledger.settle();
      if (window.worth_announcing()) {
        ledger.grant(window.grant());
        window.announced();
      }
      ASSERT_TRUE(ledger.can_send(size)) << "share " << share << ", message " << sent;
      ledger.take(size);
      window.handled(size);
    }
  }
}

}  // namespace
}  // namespace sealbus::bus
