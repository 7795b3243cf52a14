// A whole sidecar with a tap, between an ingress that the test plays and a plain subscriber.

#include <gtest/gtest.h>

#include "common/bus/subscriber.hpp"
#include "sidecar/delivery/sidecar.hpp"
#include "tests/unit/sidecar/delivery/fake_ingress.hpp"
#include "tests/unit/sidecar/ingress/identities.hpp"

namespace sealbus::delivery {
namespace {

using envelope::MessageType;
using ingress::test_identity::user;
using Texts = std::vector<std::string>;

class SidecarTap : public testing::Test {
 protected:
  SidecarTap()
      : key_(envelope::RootKey::parse("sealbus-root-v1:" + std::string(43, 'A'))
                 .value()
                 .derive("users")),
        ingress_(key_, clock_, random_) {
    config_.service = "users";
    config_.bus.connect = {ingress_.endpoint()};
    config_.bus.max_message = base::ByteCount{16'777'216};
    config_.accept_development = true;
    config_.deliver.tap = "tcp://127.0.0.1:0";
    contract::Subscription orders;
    orders.event = "orders.OrderPlaced";
    orders.required.all_of = {"orders:read"};
    config_.subscribe = {orders};
  }

  // With a subscriber to everything, once the sidecar said whether it is ready.
  void start() {
    auto key = std::make_shared<const envelope::ServiceKey>(
        envelope::ServiceKey::parse(key_.text()).value());
    auto started = Sidecar::start(config_, {key}, *audit_, clock_, random_);
    ASSERT_TRUE(started) << started.error().message;
    sidecar_ = std::move(*started);
    bus::SubscriberOptions options;
    options.topics = {""};
    subscriber_.emplace(std::move(*bus::Subscriber::open(context_, sidecar_->tap(), options)));
    ASSERT_TRUE(ingress_.until([&] { return ingress_.ready.has_value(); }));
  }
  base::Uuid event(std::string_view permissions, std::string_view payload = "{}",
                   std::chrono::milliseconds lifetime = std::chrono::seconds(60)) {
    return ingress_.send(user(clock_, "ada", permissions), "orders.OrderPlaced", "event", payload,
                         lifetime);
  }
  test_ingress::FakeIngress::Answer answer_to(const base::Uuid& message) {
    EXPECT_TRUE(ingress_.until([&] { return ingress_.answers.contains(message); }));
    return ingress_.answers[message];
  }
  // The frames that the subscriber is sent first when this is done again and again.
  Texts first(const std::function<void()>& act) {
    Texts frames;
    EXPECT_TRUE(ingress_.until([&] {
      act();
      const auto received = subscriber_->receive();
      if (!received) return false;
      for (const bus::Frame& frame : std::get<bus::Message>(*received)) {
        frames.emplace_back(base::as_text(frame.view()));
      }
      return true;
    }));
    return frames;
  }

  base::SystemClock clock_;
  base::SystemRandom random_;
  envelope::ServiceKey key_;
  test_ingress::FakeIngress ingress_;
  std::unique_ptr<audit::AuditLog> audit_ = audit::AuditLog::open({}, clock_).value();
  settings::SidecarConfig config_;
  bus::Context context_;
  std::optional<bus::Subscriber> subscriber_;
  std::unique_ptr<Sidecar> sidecar_;
};

TEST_F(SidecarTap, AloneItIsReadyWithoutAProcessAndAcknowledgesWhatItPublishes) {
  start();
  EXPECT_EQ(ingress_.ready, true);
  const Texts frames = first([&] { event("orders:read", "the order"); });
  ASSERT_EQ(frames.size(), 3U);
  EXPECT_EQ(frames[0], "orders.OrderPlaced");
  EXPECT_NE(frames[1].find("orders:read"), std::string::npos);
  EXPECT_EQ(frames[2], "the order");
  EXPECT_EQ(answer_to(event("orders:read")).type, MessageType::ack);
}

TEST_F(SidecarTap, AloneItAcknowledgesAlsoWhenNobodyListens) {
  start();
  subscriber_.reset();
  EXPECT_EQ(answer_to(event("orders:read")).type, MessageType::ack);
}

TEST_F(SidecarTap, AloneItGivesBackTheCreditOfWhatItPublished) {
  config_.bus.credit = 4;
  start();
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(answer_to(event("orders:read")).type, MessageType::ack);
  }
  EXPECT_TRUE(ingress_.until([&] { return ingress_.up_to >= 50; }));
}

TEST_F(SidecarTap, AloneItRefusesAPayloadThatNoTapPublishes) {
  start();
  const std::string larger(4'194'305, 'x');
  EXPECT_EQ(first([&] { event("orders:read", larger); }).size(), 2U);
  const auto answer = answer_to(event("orders:read", larger));
  EXPECT_EQ(answer.type, MessageType::refused);
  EXPECT_EQ(answer.code, "payload_too_large");
  EXPECT_EQ(answer_to(event("orders:read", std::string(4'194'304, 'x'))).type, MessageType::ack);
}

TEST_F(SidecarTap, WhatIsRefusedIsPublishedInTwoFramesAndRefused) {
  start();
  const Texts frames = first([&] { event("orders:write", "the order"); });
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0], "!refused.orders.OrderPlaced");
  EXPECT_NE(frames[1].find("permission_denied"), std::string::npos);
  EXPECT_NE(frames[1].find("ada"), std::string::npos);
  EXPECT_EQ(frames[1].find("orders:write"), std::string::npos);
  EXPECT_EQ(answer_to(event("orders:write")).code, "permission_denied");
}

TEST_F(SidecarTap, WhatCameTooLateIsPublishedAsRefused) {
  start();
  const auto late = -config_.bus.clock_skew - std::chrono::seconds(1);
  const Texts frames = first([&] { event("orders:read", "{}", late); });
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_NE(frames[1].find("expired"), std::string::npos);
  EXPECT_EQ(answer_to(event("orders:read", "{}", late)).code, "expired");
}

TEST_F(SidecarTap, BesideADoorItIsACopyAndTheProcessesAnswer) {
  config_.deliver.listen = {"tcp://127.0.0.1:0"};
  start();
  EXPECT_EQ(ingress_.ready, false) << "no process is there";
  const Texts frames = first([&] { event("orders:read"); });
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_NE(frames[1].find("no_replica"), std::string::npos);
  EXPECT_EQ(answer_to(event("orders:read")).code, "no_replica");
}

TEST_F(SidecarTap, ItDrainsAloneAndEnds) {
  start();
  sidecar_->drain(std::chrono::seconds(20));
}

TEST_F(SidecarTap, APlaceThatIsTakenIsAnError) {
  start();
  config_.deliver.tap = sidecar_->tap();
  const auto key = std::make_shared<const envelope::ServiceKey>(
      envelope::ServiceKey::parse(key_.text()).value());
  const auto second = Sidecar::start(config_, {key}, *audit_, clock_, random_);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("in use"), std::string::npos);
}

}  // namespace
}  // namespace sealbus::delivery
