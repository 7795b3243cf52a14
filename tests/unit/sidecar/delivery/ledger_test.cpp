#include "sidecar/delivery/ledger.hpp"

#include <gtest/gtest.h>

#include "common/envelope/handshake.hpp"
#include "tests/support/counting_random.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/unit/sidecar/ingress/identities.hpp"

namespace sealbus::delivery {
namespace {

using namespace std::chrono_literals;
using base::Refusal;

constexpr std::string_view kTraceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

class LedgerTest : public testing::Test {
 protected:
  LedgerTest() {
    delivery_.contract = "Create";
    delivery_.entry.contract = "users.Create";
  }

  // Everything that was recorded, as lines of the log.
  std::string audited() {
    testing::internal::CaptureStderr();
    audit_->start();
    audit_->flush();
    return testing::internal::GetCapturedStderr();
  }
  std::uint64_t count(metrics::Series series, const metrics::Outcome& outcome) const {
    for (const auto& view : ledger_.contracts()) {
      for (const auto& [there, number] : view.outcomes) {
        if (view.series == series && there == outcome) return number;
      }
    }
    return 0;
  }

  test::ManualClock clock_;
  std::unique_ptr<audit::AuditLog> audit_ = audit::AuditLog::open({}, clock_).value();
  Ledger ledger_{"users", {"Create", "Delete", "orders.OrderPlaced"}, *audit_, clock_};
  Delivery delivery_;
};

TEST_F(LedgerTest, CountsAnEventUnderItsOwnersNameWhetherAProcessOrTheTapHadIt) {
  audit::Entry entry;
  entry.contract = "orders.OrderPlaced";
  ledger_.published(std::move(entry), "orders.OrderPlaced");
  EXPECT_EQ(count(3, {}), 1U);
  EXPECT_EQ(ledger_.series_names().at(2), "orders.OrderPlaced");
  EXPECT_NE(audited().find("decision=allowed code=none contract=orders.OrderPlaced"),
            std::string::npos);
}

TEST_F(LedgerTest, HasOneLineForAMessageThatWasDeliveredHoweverItEnds) {
  ledger_.delivered(delivery_);
  ledger_.failed(delivery_, Refusal::handler_failed);
  const std::string lines = audited();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 1) << lines;
  EXPECT_NE(lines.find("decision=allowed code=none contract=users.Create"), std::string::npos);
  EXPECT_EQ(count(1, {}), 1U);
  EXPECT_EQ(count(1, {0, Refusal::handler_failed}), 1U);
}

TEST_F(LedgerTest, HasOneLineForAMessageThatNoProcessWasGiven) {
  ledger_.failed(delivery_, Refusal::no_replica);
  const std::string lines = audited();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 1) << lines;
  EXPECT_NE(lines.find("decision=refused code=no_replica contract=users.Create"),
            std::string::npos);
  EXPECT_EQ(count(1, {}), 0U);
}

TEST_F(LedgerTest, MeasuresFromTheHandOverToTheAnswer) {
  ledger_.answered(delivery_);  // was never handed over
  EXPECT_TRUE(ledger_.contracts().empty());
  ledger_.delivered(delivery_);
  clock_.advance(12ms);
  ledger_.answered(delivery_);
  EXPECT_EQ(ledger_.contracts().at(0).durations.sum, 12ms);
}

TEST_F(LedgerTest, CountsAContractOfNobodysUnderNone) {
  ledger_.refused({}, "NoSuch", Refusal::unknown_contract);
  EXPECT_EQ(count(metrics::kNoContract, {0, Refusal::unknown_contract}), 1U);
  EXPECT_EQ(ledger_.series_names(),
            (std::vector<std::string>{"users.Create", "users.Delete", "orders.OrderPlaced"}));
}

TEST_F(LedgerTest, KnowsOfAMessageWhoAndWhatAndHowToFindItElsewhere) {
  test::CountingRandom random;
  const auto root = envelope::RootKey::parse("sealbus-root-v1:" + std::string(43, 'A')).value();
  auto key = std::make_shared<const envelope::ServiceKey>(root.derive("users"));
  const envelope::ClientHandshake client(key, {}, clock_, random);
  const auto& hello = client.hello();
  auto answer =
      envelope::answer_hello({hello.seal, hello.header.bytes(), {}}, *key, {}, clock_, random, {})
          .value();
  auto session =
      client.finish({answer.welcome.seal, answer.welcome.header.bytes(), {}}, {}).value();
  envelope::Header header;
  header.type = envelope::MessageType::message;
  header.issued = clock_.wall();
  header.id = base::make_uuid_v7(header.issued, random);
  header.expires = header.issued + 5s;
  header.contract = "Create";
  header.kind = "command";
  header.attempt = 1;
  header.correlation_id = "req-1";
  header.traceparent = kTraceparent;
  const auto identity = ingress::test_identity::user(clock_, "user-123", "users:create");
  const auto encoded = envelope::encode_message(header, identity).value();
  const auto seal = answer.session->sealer.seal(encoded, {});
  const auto opened = session.verifier.open({seal, encoded.bytes(), {}}, clock_.wall(), {});
  ASSERT_TRUE(opened);
  // The same, whether it was authorised or refused.
  for (const auto* known : {&identity, static_cast<const identity::Identity*>(nullptr)}) {
    const audit::Entry entry = ledger_.begin(*opened, "tcp://10.0.0.1:5570", known);
    EXPECT_EQ(entry.user_id, "user-123");
    EXPECT_EQ(entry.method, "development");
    EXPECT_EQ(entry.contract, "users.Create");
    EXPECT_EQ(entry.source, "tcp://10.0.0.1:5570");
    EXPECT_EQ(entry.request_id, "req-1");
    EXPECT_EQ(entry.message_id, to_string(header.id));
    EXPECT_EQ(entry.trace_id, "0af7651916cd43dd8448eb211c80319c");
  }
}

}  // namespace
}  // namespace sealbus::delivery
