// A whole sidecar whose time of day is corrected while a session lasts; that of its ingress is not.

#include <atomic>

#include <gtest/gtest.h>

#include "sidecar/delivery/sidecar.hpp"
#include "tests/unit/sidecar/delivery/fake_ingress.hpp"
#include "tests/unit/sidecar/ingress/identities.hpp"

namespace sealbus::delivery {
namespace {

using base::Refusal;
using envelope::MessageType;
using namespace std::chrono_literals;

// Intervals pass as they do; the time of day is what the test makes of it.
class CorrectedClock final : public base::Clock {
 public:
  [[nodiscard]] base::WallTime wall() const override {
    return system_.wall() + std::chrono::milliseconds(ahead_.load());
  }
  [[nodiscard]] base::SteadyTime steady() const override { return system_.steady(); }
  void step_wall(std::chrono::milliseconds by) { ahead_ += by.count(); }

 private:
  base::SystemClock system_;
  std::atomic<std::int64_t> ahead_{0};
};

class SidecarClock : public testing::Test {
 protected:
  SidecarClock()
      : key_(envelope::RootKey::parse("sealbus-root-v1:" + std::string(43, 'A'))
                 .value()
                 .derive("users")),
        ingress_(key_, right_, random_) {
    config_.service = "users";
    config_.bus.connect = {ingress_.endpoint()};
    config_.accept_development = true;  // the identities of these tests are such
    config_.deliver.tap = "tcp://127.0.0.1:0";
    config_.subscribe.emplace_back().event = "orders.OrderPlaced";
    auto key = std::make_shared<const envelope::ServiceKey>(
        envelope::ServiceKey::parse(key_.text()).value());
    auto started = Sidecar::start(config_, {key}, *audit_, clock_, random_);
    EXPECT_TRUE(started) << started.error().message;
    sidecar_ = std::move(*started);
    EXPECT_TRUE(ingress_.until([&] { return ingress_.ready.has_value(); }));
  }
  base::Uuid send() {
    return ingress_.send(ingress::test_identity::user(right_, "ada", "orders:read"),
                         "orders.OrderPlaced", "event", "{}");
  }
  test_ingress::FakeIngress::Answer answer_to(const base::Uuid& message) {
    EXPECT_TRUE(ingress_.until([&] { return ingress_.answers.contains(message); }));
    return ingress_.answers[message];
  }
  void expect_replayed(std::uint64_t times) {
    ingress_.send_again();
    EXPECT_TRUE(
        ingress_.until([&] { return sidecar_->refusals().of(Refusal::replayed) == times; }));
  }

  base::SystemClock right_;
  CorrectedClock clock_;
  base::SystemRandom random_;
  envelope::ServiceKey key_;
  test_ingress::FakeIngress ingress_;
  std::unique_ptr<audit::AuditLog> audit_ = audit::AuditLog::open({}, clock_).value();
  settings::SidecarConfig config_;
  std::unique_ptr<Sidecar> sidecar_;
};

TEST_F(SidecarClock, ThatStepsBackLetsNothingInTwiceAndKeepsTheSession) {
  EXPECT_EQ(answer_to(send()).type, MessageType::ack);
  clock_.step_wall(-1h);
  expect_replayed(1);
  EXPECT_EQ(answer_to(send()).type, MessageType::ack);
}

TEST_F(SidecarClock, ThatStepsBackDoesNotBringBackWhatHadExpired) {
  clock_.step_wall(1h);
  EXPECT_EQ(answer_to(send()).code, "expired");
  clock_.step_wall(-1h);
  expect_replayed(1);
  EXPECT_EQ(answer_to(send()).type, MessageType::ack);
}

}  // namespace
}  // namespace sealbus::delivery
