#include <gtest/gtest.h>

#include "tests/unit/sidecar/ingress/dispatcher_fixture.hpp"

namespace sealbus::ingress {
namespace {

using namespace std::chrono_literals;
using namespace test_bus;
using base::Refusal;

const std::string kPlaced = "orders.OrderPlaced";
using Ids = std::vector<base::Uuid>;

// The event orders.OrderPlaced; users and billing are granted it, orders and mail are not.
class OutboxEventsTest : public DispatcherFixture {
 protected:
  OutboxEventsTest() {
    for (const std::string service : {"orders", "billing", "mail"}) {
      options_.grants[service] = everything();
    }
    options_.grants["users"].subscribe = {kPlaced};
    options_.grants["billing"].subscribe = {kPlaced};
    options_.outbox.wait = 10s;  // past every deadline, but where a test says otherwise
  }
  // The owner's replica declares the event.
  void declare() { owner_->join(event()); }
  static std::vector<contract::Contract> event() {
    auto contract = contract::make_contract("OrderPlaced", contract::Kind::event);
    contract.delivery = contract::Delivery::memory;
    return {contract};
  }
  std::shared_ptr<Outcome> publish(const std::string& payload = "{}") {
    return call(payload, "order-placed");
  }
  void SetUp() override {
    owner_.emplace(sidecar(1, "orders"));
    declare();
  }

  std::optional<FakeSidecar> owner_;
};

TEST_F(OutboxEventsTest, EachSubscribedServiceGetsOneCopyWithTheSameIdAndTheOwnerNone) {
  auto users = sidecar(2, "users");
  auto billing = sidecar(3, "billing");
  users.subscribe({kPlaced});
  billing.subscribe({kPlaced});
  const auto outcome = publish();
  EXPECT_EQ(outcome->status, 202U);
  EXPECT_EQ(outcome->times, 1);
  const Ids copies = users.messages();
  ASSERT_EQ(copies.size(), 1U);
  EXPECT_EQ(outcome->body, to_string(copies[0]));
  EXPECT_EQ(billing.messages(), copies);
  EXPECT_EQ(users.names(), std::vector<std::string>{"event orders.OrderPlaced"});
  EXPECT_TRUE(owner_->messages().empty());
  EXPECT_TRUE(dispatcher().idle());
}

TEST_F(OutboxEventsTest, ItIsSettledWhenEveryCopyThatWasSentIsAnswered) {
  auto users = sidecar(2, "users");
  users.subscribe({kPlaced});
  publish();
  EXPECT_TRUE(dispatcher().idle());
  EXPECT_FALSE(dispatcher().settled());
  users.answer(users.messages().at(0), MessageType::ack);
  EXPECT_TRUE(dispatcher().settled());
}

TEST_F(OutboxEventsTest, ACopyThatIsNotAnsweredAtTheCloseIsCounted) {
  auto users = sidecar(2, "users");
  users.subscribe({kPlaced});
  publish();
  dispatcher().close();
  EXPECT_EQ(counters_.of(Refusal::replica_lost), 1U);
}

TEST_F(OutboxEventsTest, TheOwnerGetsACopyIfItSubscribesToo) {
  dispatcher_.reset();
  options_.grants["orders"].subscribe = {kPlaced};
  FakeSidecar owner = sidecar(5, "orders");
  ASSERT_TRUE(owner.shake_hands());
  owner.register_contracts(event(), {kPlaced});
  owner.credit(8);
  owner.messages();
  EXPECT_EQ(publish()->status, 202U);
  EXPECT_EQ(owner.messages().size(), 1U);
}

TEST_F(OutboxEventsTest, ReplicasOfOneServiceShareTheCopiesInTurn) {
  auto first = sidecar(2, "users");
  auto second = sidecar(3, "users");
  auto third = sidecar(4, "users");
  for (FakeSidecar* replica : {&first, &second, &third}) replica->subscribe({kPlaced});
  for (int i = 0; i < 6; ++i) publish();
  EXPECT_EQ(first.messages().size(), 2U);
  EXPECT_EQ(second.messages().size(), 2U);
  EXPECT_EQ(third.messages().size(), 2U);
}

TEST_F(OutboxEventsTest, AReplicaThatDidNotSubscribeGetsNoCopy) {
  auto without = sidecar(2, "users");
  without.join(contracts());
  auto with = sidecar(3, "users");
  with.subscribe({kPlaced});
  for (int i = 0; i < 3; ++i) publish();
  EXPECT_TRUE(without.messages().empty());
  EXPECT_EQ(with.messages().size(), 3U);
}

TEST_F(OutboxEventsTest, AServiceThatIsNotGrantedTheEventNeverGetsACopy) {
  auto mail = sidecar(2, "mail");
  mail.subscribe({kPlaced});
  EXPECT_EQ(mail.refusals(), std::vector<std::string>{"not_granted"});
  EXPECT_EQ(publish()->refusal, Refusal::no_replica);
  EXPECT_TRUE(mail.messages().empty());
}

TEST_F(OutboxEventsTest, WithoutAnyGrantThereIsNoSubscriber) {
  dispatcher_.reset();
  options_.grants["users"].subscribe.clear();
  options_.grants["billing"].subscribe = {"orders.OrderPaid"};
  owner_.emplace(sidecar(5, "orders"));
  declare();
  const auto outcome = publish();
  EXPECT_EQ(outcome->refusal, Refusal::no_subscriber);
  EXPECT_TRUE(outcome->retry_later);
}

TEST_F(OutboxEventsTest, WithEverySubscriberAwayTheCallerHearsNoReplica) {
  const auto outcome = publish();
  EXPECT_EQ(outcome->refusal, Refusal::no_replica);
  EXPECT_TRUE(outcome->retry_later);
  EXPECT_EQ(counters_.of(Refusal::no_replica), 2U);  // a copy each
}

TEST_F(OutboxEventsTest, OneSubscriberAwayKeepsNoOtherFromItsCopy) {
  auto users = sidecar(2, "users");
  users.subscribe({kPlaced});
  EXPECT_EQ(publish()->status, 202U);
  EXPECT_EQ(users.messages().size(), 1U);
  EXPECT_EQ(counters_.of(Refusal::no_replica), 1U);
}

TEST_F(OutboxEventsTest, WithOpenRegistrationWhoeverHasALiveSessionThatSubscribedGetsACopy) {
  dispatcher_.reset();
  options_.grants.clear();
  options_.sessions.registration = settings::RegistrationMode::open;
  owner_.emplace(sidecar(5, "orders"));
  declare();
  EXPECT_EQ(publish()->refusal, Refusal::no_subscriber);
  auto anyone = sidecar(6, "anyone");
  anyone.subscribe({kPlaced});
  EXPECT_EQ(publish()->status, 202U);
  dispatcher().peer_lost(anyone.peer(), "test");
  EXPECT_EQ(publish()->refusal, Refusal::no_subscriber);
}

TEST_F(OutboxEventsTest, WithoutCreditTheCopyWaitsAndTheCallerHearsOnceItIsSent) {
  auto users = sidecar(2, "users");
  users.subscribe({kPlaced}, 0);
  const auto outcome = publish();
  EXPECT_EQ(outcome->times, 0);
  users.credit(1);
  EXPECT_EQ(users.messages().size(), 1U);
  EXPECT_EQ(outcome->status, 202U);
  EXPECT_TRUE(dispatcher().idle());
}

TEST_F(OutboxEventsTest, ASlowSubscriberDelaysNoOthersCopy) {
  auto slow = sidecar(2, "users");
  auto quick = sidecar(3, "billing");
  slow.subscribe({kPlaced}, 1);
  quick.subscribe({kPlaced}, 100);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(publish()->status, 202U);
  EXPECT_EQ(slow.messages().size(), 1U);
  EXPECT_EQ(quick.messages().size(), 20U);
  slow.credit(20);  // the others waited, each with its own place
  EXPECT_EQ(slow.messages().size(), 19U);
  EXPECT_TRUE(dispatcher().idle());
}

TEST_F(OutboxEventsTest, ACopyThatWaitsInVainIsDroppedAtItsDeadlineAndCounted) {
  auto users = sidecar(2, "users");
  auto billing = sidecar(3, "billing");
  users.subscribe({kPlaced}, 0);
  billing.subscribe({kPlaced});
  EXPECT_EQ(publish()->status, 202U);
  pass(2s);
  users.say(MessageType::heartbeat);
  billing.say(MessageType::heartbeat);
  pass(2s);
  users.say(MessageType::heartbeat);
  billing.say(MessageType::heartbeat);
  pass(999ms);
  EXPECT_EQ(counters_.of(Refusal::expired), 0U);
  pass(1ms);
  EXPECT_EQ(counters_.of(Refusal::expired), 1U);
  EXPECT_TRUE(dispatcher().idle());
  users.credit(8);
  EXPECT_TRUE(users.messages().empty());
}

TEST_F(OutboxEventsTest, ACopyWaitsInTheQueueForNoLongerThanIsSet) {
  options_.outbox.wait = 200ms;
  dispatcher_.reset();
  SetUp();
  auto users = sidecar(2, "users");
  users.subscribe({kPlaced}, 0);
  const auto outcome = publish();
  pass(199ms);
  EXPECT_EQ(outcome->times, 0);
  pass(1ms);
  EXPECT_EQ(outcome->refusal, Refusal::queue_full);
  EXPECT_EQ(counters_.of(Refusal::queue_full), 1U);
  EXPECT_TRUE(dispatcher().idle());
}

TEST_F(OutboxEventsTest, ACopyThatWaitedInVainLeavesItsPlaceInTheQueue) {
  dispatcher_.reset();
  options_.outbox.queue = 1;
  owner_.emplace(sidecar(5, "orders"));
  declare();
  auto users = sidecar(2, "users");
  users.subscribe({kPlaced}, 0);
  publish();
  EXPECT_EQ(publish()->refusal, Refusal::queue_full);
  for (int i = 0; i < 5; ++i) {
    users.say(MessageType::heartbeat);
    pass(1s);
  }
  const auto next = publish();
  EXPECT_EQ(next->times, 0) << "it waits";
  users.credit(1);
  EXPECT_EQ(next->status, 202U);
}

TEST_F(OutboxEventsTest, WhenEveryCopyWaitedInVainTheCallerHears) {
  auto users = sidecar(2, "users");
  users.subscribe({kPlaced}, 0);
  const auto outcome = publish();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(outcome->times, 0);
    users.say(MessageType::heartbeat);
    pass(1s);
  }
  EXPECT_EQ(outcome->refusal, Refusal::no_replica);
  EXPECT_TRUE(outcome->retry_later);
  EXPECT_EQ(outcome->times, 1);
}

TEST_F(OutboxEventsTest, WhenTheReplicasGoWhileCopiesWaitTheCallerHearsAtOnce) {
  auto users = sidecar(2, "users");
  users.subscribe({kPlaced}, 0);
  const auto outcome = publish();
  dispatcher().peer_lost(users.peer(), "test");
  EXPECT_EQ(outcome->refusal, Refusal::no_replica);
  EXPECT_TRUE(dispatcher().idle());
}

TEST_F(OutboxEventsTest, WhenEveryQueueIsFullTheCallerHearsQueueFull) {
  dispatcher_.reset();
  options_.outbox.queue = 2;
  owner_.emplace(sidecar(5, "orders"));
  declare();
  auto users = sidecar(2, "users");
  auto billing = sidecar(3, "billing");
  users.subscribe({kPlaced}, 0);
  billing.subscribe({kPlaced}, 0);
  const auto first = publish();
  publish();
  const auto third = publish();
  EXPECT_EQ(third->refusal, Refusal::queue_full);
  EXPECT_TRUE(third->retry_later);
  EXPECT_EQ(counters_.of(Refusal::queue_full), 2U);
  EXPECT_EQ(first->times, 0);
  users.credit(8);
  EXPECT_EQ(users.messages().size(), 2U);
  EXPECT_EQ(first->status, 202U);
  // One has room, the other's queue is full: that copy alone is dropped.
  EXPECT_EQ(publish()->status, 202U);
  EXPECT_EQ(counters_.of(Refusal::queue_full), 3U);
}

TEST_F(OutboxEventsTest, NobodyWhoAcknowledgesNothingMakesAnythingGrow) {
  dispatcher_.reset();
  options_.outbox.queue = 4;
  owner_.emplace(sidecar(5, "orders"));
  declare();
  auto users = sidecar(2, "users");
  users.subscribe({kPlaced}, 3);
  int accepted = 0;
  int full = 0;
  for (int i = 0; i < 1'000; ++i) {
    const auto outcome = publish();
    accepted += outcome->status == 202U ? 1 : 0;
    full += outcome->refusal == Refusal::queue_full ? 1 : 0;
  }
  EXPECT_EQ(accepted, 3);
  EXPECT_EQ(full, 1'000 - 3 - 4);
  EXPECT_EQ(dispatcher().view().replicas.at("users")[0].in_flight, 3U);
}

TEST_F(OutboxEventsTest, ABusThatTakesNothingIsAFullQueue) {
  auto users = sidecar(2, "users");
  users.subscribe({kPlaced});
  bus_.full = true;
  EXPECT_EQ(publish()->refusal, Refusal::queue_full);
  EXPECT_TRUE(dispatcher().idle());
}

TEST_F(OutboxEventsTest, EveryFinalAnswerSettlesTheCreditAndOnlyAnAckIsNoFailure) {
  auto users = sidecar(2, "users");
  ASSERT_TRUE(users.shake_hands());
  users.register_contracts({}, {kPlaced});
  users.credit(100, true, 10);  // bytes: only while nothing is under way may the next be sent
  users.messages();
  const auto in_flight = [&] { return dispatcher().view().replicas.at("users")[0].in_flight; };
  const auto answer_with = [&](MessageType type, std::string_view code = {}) {
    publish();
    const Ids ids = users.messages();
    users.answer(ids.at(0), MessageType::progress);
    EXPECT_EQ(in_flight(), 1U);
    users.answer(ids.at(0), type, {}, code);
    EXPECT_EQ(in_flight(), 0U);
  };
  answer_with(MessageType::ack);
  EXPECT_EQ(counters_.of(Refusal::handler_failed), 0U);
  answer_with(MessageType::nack);
  answer_with(MessageType::reject);
  answer_with(MessageType::reply);
  EXPECT_EQ(counters_.of(Refusal::handler_failed), 3U);
  answer_with(MessageType::refused, "permission_denied");
  EXPECT_EQ(counters_.of(Refusal::permission_denied), 1U);
  answer_with(MessageType::refused, "unknown_key");  // nothing that a sidecar may say
  EXPECT_EQ(counters_.of(Refusal::handler_failed), 4U);
  EXPECT_TRUE(users.messages().empty()) << "at most once: no copy comes again";
}

TEST_F(OutboxEventsTest, AnAnswerCountsOnceAndOnlyOnTheSessionThatWasSentTheCopy) {
  auto users = sidecar(2, "users");
  auto billing = sidecar(3, "billing");
  users.subscribe({kPlaced});
  billing.subscribe({kPlaced});
  publish();
  const Ids ids = users.messages();
  users.answer(ids.at(0), MessageType::ack);
  users.answer(ids.at(0), MessageType::ack);
  EXPECT_EQ(counters_.of(Refusal::replayed), 1U);
  EXPECT_EQ(dispatcher().view().replicas.at("billing")[0].in_flight, 1U);
}

TEST_F(OutboxEventsTest, WhatALostSessionHadIsCountedAndSentToNobodyElse) {
  auto first = sidecar(2, "users");
  first.subscribe({kPlaced});
  publish();
  auto second = sidecar(3, "users");
  second.subscribe({kPlaced});
  dispatcher().peer_lost(first.peer(), "test");
  EXPECT_TRUE(second.messages().empty());
  EXPECT_EQ(counters_.of(Refusal::replica_lost), 1U);
}

TEST_F(OutboxEventsTest, ClosingDropsWhatWaitsByName) {
  auto users = sidecar(2, "users");
  users.subscribe({kPlaced}, 0);
  const auto outcome = publish();
  dispatcher().close();
  EXPECT_EQ(outcome->refusal, Refusal::draining);
  EXPECT_EQ(counters_.of(Refusal::draining), 1U);
}

TEST_F(OutboxEventsTest, EventsAndCallsOfOneServiceShareItsQueue) {
  dispatcher_.reset();
  options_.outbox.queue = 2;
  owner_.emplace(sidecar(5, "orders"));
  declare();
  auto users = sidecar(2, "users");
  ASSERT_TRUE(users.shake_hands());
  users.register_contracts(contracts(), {kPlaced});
  users.credit(0);
  users.messages();
  const auto asked = call();
  const auto event = publish();
  EXPECT_EQ(call()->refusal, Refusal::queue_full);
  users.credit(2);
  EXPECT_EQ(users.messages().size(), 2U);
  EXPECT_EQ(users.names(),
            (std::vector<std::string>{"command CreateUser", "event orders.OrderPlaced"}));
  EXPECT_EQ(event->status, 202U);
  EXPECT_EQ(asked->times, 0);
}

}  // namespace
}  // namespace sealbus::ingress
