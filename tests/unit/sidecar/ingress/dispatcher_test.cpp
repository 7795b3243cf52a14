#include "sidecar/ingress/dispatcher.hpp"

#include <gtest/gtest.h>

#include "tests/unit/sidecar/ingress/dispatcher_fixture.hpp"

namespace sealbus::ingress {
namespace {

using namespace std::chrono_literals;
using namespace test_bus;
using base::Refusal;

using DispatcherTest = DispatcherFixture;

// ---------------------------------------------------------------- handshake and registration

TEST_F(DispatcherTest, AGenuineSidecarGetsASessionAndItsContractsAreLive) {
  auto users = sidecar(1);
  users.join(contracts());
  EXPECT_NE(table_->match("POST", {"api", "create-user"}).contract, nullptr);
  EXPECT_EQ(users.types(), std::vector<MessageType>{MessageType::ack});
}

TEST_F(DispatcherTest, AServiceWithoutAGrantIsMetWithSilence) {
  EXPECT_FALSE(sidecar(1, "billing").shake_hands());
  EXPECT_EQ(counters_.of(Refusal::unknown_key), 1U);
}

TEST_F(DispatcherTest, OpenRegistrationLearnsAServiceFromAHelloThatVerifies) {
  options_.grants.clear();
  options_.sessions.registration = settings::RegistrationMode::open;
  EXPECT_TRUE(sidecar(1, "billing").shake_hands());
}

TEST_F(DispatcherTest, APublicationIsRefusedByNameAndCounted) {
  auto users = sidecar(1);
  users.join(contracts());
  Header header;
  header.type = MessageType::publish;
  header.contract = "users.UserCreated";
  header.expires = clock_.wall() + 5s;
  users.deliver(users.make(header, base::as_bytes("{}")));
  users.messages();
  EXPECT_EQ(users.refusals(), std::vector<std::string>{"not_granted"});
  EXPECT_EQ(counters_.of(Refusal::not_granted), 1U);
}

TEST_F(DispatcherTest, AClockTooFarAwayLearnsWhyAndLeavesNothingBehind) {
  test::ManualClock other;
  other.step_wall(31s);
  auto key = std::make_shared<const envelope::ServiceKey>(root().derive("users"));
  FakeSidecar users(dispatcher(), bus_, 1, key, other, random_);
  EXPECT_FALSE(users.shake_hands());
  EXPECT_EQ(counters_.of(Refusal::clock_skew), 1U);
}

TEST_F(DispatcherTest, HalfOpenHandshakesAreBoundedAndTheOldestGivesWay) {
  options_.sessions.max_handshakes = 2;
  auto first = sidecar(1);
  auto second = sidecar(2);
  auto third = sidecar(3);
  ASSERT_TRUE(first.shake_hands());
  ASSERT_TRUE(second.shake_hands());
  ASSERT_TRUE(third.shake_hands());
  first.register_contracts(contracts());
  EXPECT_EQ(counters_.of(Refusal::unknown_session), 1U);
  third.register_contracts(contracts());
  EXPECT_NE(table_, nullptr);
}

TEST_F(DispatcherTest, AHandshakeAloneDoesNotDisplaceALiveSession) {
  auto users = sidecar(1);
  users.join(contracts());
  ASSERT_TRUE(users.shake_hands());  // the same instance begins anew and registers nothing
  EXPECT_EQ(dispatcher().view().replicas["users"].size(), 1U);
  EXPECT_EQ(dispatcher().view().replicas["users"][0].ready, true);
}

TEST_F(DispatcherTest, AnOlderSessionIsSentMessagesUntilTheNewOneGivesCredit) {
  auto users = sidecar(1);
  users.join(contracts());
  auto again = users.on(2);
  ASSERT_TRUE(again.shake_hands());
  again.register_contracts(contracts());
  call();
  EXPECT_EQ(users.messages().size(), 1U);
  again.credit(8);
  call();
  EXPECT_TRUE(users.messages().empty());
  EXPECT_EQ(again.messages().size(), 1U);
}

TEST_F(DispatcherTest, SessionsThatFollowEachOtherWithoutCreditLeaveOneThatIsServed) {
  auto users = sidecar(1);
  users.join(contracts());
  for (std::uint64_t peer = 2; peer < 6; ++peer) {
    auto again = users.on(peer);
    ASSERT_TRUE(again.shake_hands());
    again.register_contracts(contracts());
  }
  EXPECT_EQ(dispatcher().view().replicas["users"].size(), 2U);
  call();
  EXPECT_EQ(users.messages().size(), 1U);
  auto last = users.on(6);
  last.join(contracts());
  EXPECT_EQ(dispatcher().view().replicas["users"].size(), 1U);
  call();
  EXPECT_EQ(last.messages().size(), 1U);
}

TEST_F(DispatcherTest, TheFirstCreditOfANewSessionRetiresTheOldOneWhichMayAnswerWhatItHas) {
  auto users = sidecar(1);
  users.join(contracts());
  const auto held = call();
  const auto ids = users.messages();
  auto again = users.on(2);
  again.join(contracts());
  EXPECT_EQ(dispatcher().view().replicas["users"].size(), 1U);
  EXPECT_EQ(held->times, 0);
  users.answer(ids.at(0), MessageType::reply, "done");
  EXPECT_EQ(held->body, "done");
}

TEST_F(DispatcherTest, ARetiredSessionIsSentNothingMoreWhateverCreditItGives) {
  auto users = sidecar(1);
  users.join(contracts());
  auto again = users.on(2);
  again.join(contracts(), 2);
  users.messages();
  users.credit(100);
  for (int i = 0; i < 3; ++i) call();
  EXPECT_TRUE(users.messages().empty());
  EXPECT_EQ(again.messages().size(), 2U);
}

TEST_F(DispatcherTest, WhatARetiredSessionDidNotAnswerIsLostWithItsConnection) {
  auto users = sidecar(1);
  users.join(contracts());
  const auto held = call();
  auto again = users.on(2);
  again.join(contracts());
  dispatcher().peer_lost(users.peer(), "its connection closed");
  EXPECT_EQ(held->refusal, Refusal::replica_lost);
  EXPECT_EQ(dispatcher().view().replicas["users"].size(), 1U);
  const auto next = call();
  again.answer(again.messages().at(0), MessageType::reply, "done");
  EXPECT_EQ(next->body, "done");
}

TEST_F(DispatcherTest, ASessionWhoseKeyLeftTheRingEndsAndOneOfAPreviousKeyStays) {
  auto users = sidecar(1);
  users.join(contracts());
  std::vector<envelope::RootKey> both;
  both.push_back(other_root());
  both.push_back(root());
  dispatcher().renew(keys(std::move(both)), options_.grants);
  EXPECT_EQ(dispatcher().view().replicas["users"].size(), 1U);
  const auto held = call();
  std::vector<envelope::RootKey> fresh;
  fresh.push_back(other_root());
  users.messages();
  dispatcher().renew(keys(std::move(fresh)), options_.grants);
  EXPECT_EQ(dispatcher().view().replicas.count("users"), 0U);
  EXPECT_EQ(held->refusal, Refusal::replica_lost);
  users.messages();
  EXPECT_EQ(users.types().back(), MessageType::bye);
  EXPECT_FALSE(users.on(2).shake_hands());
}

TEST_F(DispatcherTest, ASessionOfAServiceThatMayNotConnectAnyMoreEnds) {
  options_.grants.emplace("billing", everything());
  auto billing = sidecar(1, "billing");
  billing.join({contract::make_contract("Pay", contract::Kind::command)});
  options_.grants.erase("billing");
  dispatcher().renew(keys(roots()), options_.grants);
  EXPECT_EQ(dispatcher().view().replicas.count("billing"), 0U);
}

TEST_F(DispatcherTest, WithOpenRegistrationASessionStaysWhenTheKeysAreReadAgain) {
  options_.grants.clear();
  options_.sessions.registration = settings::RegistrationMode::open;
  auto users = sidecar(1);
  users.join(contracts());
  dispatcher().renew(keys(roots()), {});
  EXPECT_EQ(dispatcher().view().replicas["users"].size(), 1U);
}

TEST_F(DispatcherTest, RenewedGrantsTakeARouteAndGiveItBackWithoutANewRegistration) {
  auto users = sidecar(1);
  users.join(contracts());
  settings::GrantConfig less;
  less.routes.push_back(contract::PathPattern::parse("/api/other").value());
  dispatcher().renew(keys(roots()), {{"users", less}});
  EXPECT_EQ(table_->match("POST", {"api", "create-user"}).contract, nullptr);
  users.messages();
  EXPECT_EQ(users.refusals(), std::vector<std::string>{"not_granted"});
  dispatcher().renew(keys(roots()), options_.grants);
  users.messages();
  EXPECT_EQ(users.types().back(), MessageType::ack);
  const auto outcome = call();
  users.answer(users.messages().at(0), MessageType::reply, "done");
  EXPECT_EQ(outcome->body, "done");
}

TEST_F(DispatcherTest, TheSessionTableIsBoundedAndTheSidecarHearsWhy) {
  options_.sessions.max_sessions = 1;
  auto first = sidecar(1);
  first.join(contracts());
  auto second = sidecar(2);
  ASSERT_TRUE(second.shake_hands());
  second.register_contracts(contracts());
  second.messages();
  EXPECT_EQ(second.refusals(), std::vector<std::string>{"too_many_sessions"});
  EXPECT_EQ(dispatcher().view().replicas["users"].size(), 1U);
}

TEST_F(DispatcherTest, AHandshakeThatFoundNoRoomLeadsNowhereLaterEither) {
  options_.sessions.max_sessions = 1;
  auto first = sidecar(1);
  first.join(contracts());
  auto second = sidecar(2);
  ASSERT_TRUE(second.shake_hands());
  second.register_contracts(contracts());
  dispatcher().peer_lost(first.peer(), "its connection closed");
  second.say(MessageType::heartbeat);  // there is room now, and it never registered
  EXPECT_EQ(dispatcher().view().replicas.count("users"), 0U);
  EXPECT_EQ(counters_.of(Refusal::unknown_session), 1U);
}

TEST_F(DispatcherTest, OneServiceHasAShareOfTheSessionTableAndLeavesTheRestToOthers) {
  options_.sessions.max_sessions_per_service = 2;
  options_.grants.emplace("orders", everything());
  auto first = sidecar(1);
  auto second = sidecar(2);
  first.join(contracts());
  second.join(contracts());
  auto third = sidecar(3);
  ASSERT_TRUE(third.shake_hands());
  third.register_contracts(contracts());
  third.messages();
  EXPECT_EQ(third.refusals(), std::vector<std::string>{"too_many_sessions"});
  auto other = sidecar(4, "orders");
  other.join({});
  EXPECT_TRUE(other.refusals().empty());
  // A sidecar that begins anew takes its own place.
  ASSERT_TRUE(first.shake_hands());
  first.register_contracts(contracts());
  first.messages();
  EXPECT_TRUE(first.refusals().empty());
  first.credit(8);
  EXPECT_EQ(dispatcher().view().replicas["users"].size(), 2U);
}

TEST_F(DispatcherTest, WhoeverBeginsHandshakesWithoutEndPushesOutItsOwnServicesOnly) {
  options_.sessions.max_handshakes = 3;
  options_.grants.emplace("orders", everything());
  auto orders = sidecar(1, "orders");
  ASSERT_TRUE(orders.shake_hands());
  std::vector<FakeSidecar> flood;
  for (std::uint64_t i = 0; i < 10; ++i) flood.push_back(sidecar(10 + i));
  for (FakeSidecar& one : flood) ASSERT_TRUE(one.shake_hands());
  orders.register_contracts(contracts());
  EXPECT_EQ(dispatcher().view().replicas["orders"].size(), 1U);
  flood.front().register_contracts(contracts());
  EXPECT_TRUE(dispatcher().view().replicas["users"].empty());
}

TEST_F(DispatcherTest, ARegistrationThatIsMalformedEndsTheSession) {
  auto users = sidecar(1);
  ASSERT_TRUE(users.shake_hands());
  Header header;
  header.type = MessageType::register_;
  users.deliver(users.make(header, base::as_bytes("\xc1")));
  EXPECT_EQ(counters_.of(Refusal::malformed_header), 1U);
  EXPECT_TRUE(dispatcher().view().replicas["users"].empty());
}

// ---------------------------------------------------------------- what is not believed

TEST_F(DispatcherTest, ARecordedMessageSentAgainIsRefused) {
  auto users = sidecar(1);
  users.join(contracts(), 0);
  Header header;
  header.type = MessageType::credit;
  header.up_to = 4;
  header.bytes = 1000;
  header.ready = true;
  const Wire credit = users.make(header, {});
  users.deliver(credit);
  users.deliver(credit);
  EXPECT_EQ(counters_.of(Refusal::replayed), 1U);
}

TEST_F(DispatcherTest, ASessionsMessageOnAnotherConnectionIsRefused) {
  auto users = sidecar(1);
  users.join(contracts());
  Header header;
  header.type = MessageType::heartbeat;
  dispatcher().received(bus::PeerId{2}, users.make(header, {}).message());
  EXPECT_EQ(counters_.of(Refusal::unknown_session), 1U);
}

TEST_F(DispatcherTest, AReplyCountsOnlyOnTheSessionThatWasSentTheMessage) {
  auto first = sidecar(1);
  first.join(contracts());
  const auto outcome = call();
  const auto ids = first.messages();
  ASSERT_EQ(ids.size(), 1U);
  auto second = sidecar(2);
  second.join(contracts());
  second.answer(ids[0], MessageType::reply, "forged");
  EXPECT_EQ(outcome->times, 0);
  first.answer(ids[0], MessageType::reply, "genuine");
  EXPECT_EQ(outcome->body, "genuine");
}

TEST_F(DispatcherTest, AReplyCountsOnce) {
  auto users = sidecar(1);
  users.join(contracts());
  const auto outcome = call();
  const auto ids = users.messages();
  users.answer(ids[0], MessageType::reply, "one");
  users.answer(ids[0], MessageType::reply, "two");
  EXPECT_EQ(outcome->times, 1);
  EXPECT_EQ(outcome->body, "one");
  EXPECT_EQ(counters_.of(Refusal::replayed), 1U);
}

TEST_F(DispatcherTest, FramesThatAreNotThreeAreBadSize) {
  dispatcher().received(bus::PeerId{1}, bus::message_of({base::ByteView{}, base::ByteView{}}));
  EXPECT_EQ(counters_.of(Refusal::bad_size), 1U);
}

// ---------------------------------------------------------------- dispatch

TEST_F(DispatcherTest, ReplicasTakeTurns) {
  auto first = sidecar(1);
  auto second = sidecar(2);
  first.join(contracts());
  second.join(contracts());
  for (int i = 0; i < 4; ++i) call();
  EXPECT_EQ(first.messages().size(), 2U);
  EXPECT_EQ(second.messages().size(), 2U);
}

TEST_F(DispatcherTest, NoMoreIsSentThanTheReplicaGaveCreditFor) {
  auto users = sidecar(1);
  users.join(contracts(), 2);
  for (int i = 0; i < 5; ++i) call();
  EXPECT_EQ(users.messages().size(), 2U);
  users.credit(4);
  EXPECT_EQ(users.messages().size(), 2U);
}

TEST_F(DispatcherTest, CreditThatTakesBackIsIgnored) {
  auto users = sidecar(1);
  users.join(contracts(), 2);
  users.credit(0);
  call();
  EXPECT_EQ(users.messages().size(), 1U);
}

TEST_F(DispatcherTest, AReplicaThatIsNotReadyGetsNothingWhateverItsCredit) {
  auto users = sidecar(1);
  users.join(contracts());
  users.credit(8, false);
  EXPECT_EQ(call()->refusal, Refusal::no_replica);
  EXPECT_TRUE(users.messages().empty());
}

TEST_F(DispatcherTest, OnlyAReplicaThatHoldsTheContractGetsIt) {
  auto old = sidecar(1);
  old.join({contract::make_contract("Other", contract::Kind::command)});
  auto fresh = sidecar(2);
  fresh.join(contracts());
  for (int i = 0; i < 3; ++i) call();
  EXPECT_TRUE(old.messages().empty());
  EXPECT_EQ(fresh.messages().size(), 3U);
}

TEST_F(DispatcherTest, AFullQueueIsRefusedAtOnce) {
  options_.outbox.queue = 1;
  auto users = sidecar(1);
  users.join(contracts(), 0);
  const auto waiting = call();
  EXPECT_EQ(call()->refusal, Refusal::queue_full);
  EXPECT_EQ(waiting->times, 0);
}

TEST_F(DispatcherTest, WhatWaitedUntilItsDeadlineMakesRoomInTheQueue) {
  options_.outbox.queue = 1;
  options_.outbox.wait = 10s;
  auto users = sidecar(1);
  users.join(contracts(1s), 0);
  const auto waiting = call();
  pass(1s);
  EXPECT_EQ(waiting->refusal, Refusal::queue_full);
  const auto next = call();
  EXPECT_EQ(next->times, 0);
  users.credit(1);
  EXPECT_EQ(users.messages().size(), 1U);
}

TEST_F(DispatcherTest, NobodyWaitsInTheQueueForLongerThanIsSet) {
  options_.outbox.wait = 200ms;
  auto users = sidecar(1);
  users.join(contracts(5s), 0);
  const auto waiting = call();
  pass(199ms);
  EXPECT_EQ(waiting->times, 0);
  const auto later = call();
  pass(1ms);
  EXPECT_EQ(waiting->refusal, Refusal::queue_full);
  EXPECT_EQ(later->times, 0);
  users.credit(8);
  EXPECT_EQ(users.messages().size(), 1U);
}

TEST_F(DispatcherTest, TheClockIsLookedAtWhenTheOldestInTheQueueHasWaitedEnough) {
  options_.outbox.wait = 200ms;
  auto users = sidecar(1);
  users.join(contracts(5s), 0);
  call();
  EXPECT_EQ(dispatcher().next_tick(), clock_.steady() + 200ms);
}

TEST_F(DispatcherTest, AReplicaThatOwesAnswersIsPassedOver) {
  auto silent = sidecar(1);
  silent.join(contracts(), 100);
  auto quick = sidecar(2);
  quick.join(contracts(), 100);
  std::size_t of_the_silent = 0;
  for (int i = 0; i < 50; ++i) {
    call();
    of_the_silent += silent.messages().size();
    for (const auto& id : quick.messages()) quick.answer(id, MessageType::reply, "done");
  }
  EXPECT_EQ(of_the_silent, 1U);
}

TEST_F(DispatcherTest, ACallThatIsHandedBackGoesToAnotherReplica) {
  for (const std::string code : {"no_replica", "draining"}) {
    dispatcher_.reset();
    auto first = sidecar(1);
    first.join(contracts());
    auto second = sidecar(2);
    second.join(contracts());
    const auto outcome = call();
    auto ids = first.messages();
    auto& had_it = ids.empty() ? second : first;
    auto& other = ids.empty() ? first : second;
    if (ids.empty()) ids = second.messages();
    ASSERT_EQ(ids.size(), 1U) << code;
    had_it.answer(ids[0], MessageType::refused, {}, code);
    EXPECT_EQ(outcome->times, 0) << code;
    EXPECT_EQ(other.messages(), ids) << code;
    other.answer(ids[0], MessageType::reply, "done");
    EXPECT_EQ(outcome->body, "done") << code;
    EXPECT_TRUE(had_it.messages().empty()) << code;
  }
}

TEST_F(DispatcherTest, ACallThatEveryReplicaHandedBackIsRefusedOnce) {
  auto first = sidecar(1);
  first.join(contracts());
  auto second = sidecar(2);
  second.join(contracts());
  const auto outcome = call();
  for (int i = 0; i < 2; ++i) {
    for (auto* replica : {&first, &second}) {
      for (const auto& id : replica->messages()) {
        replica->answer(id, MessageType::refused, {}, "no_replica");
      }
    }
  }
  EXPECT_EQ(outcome->refusal, Refusal::no_replica);
  EXPECT_EQ(outcome->times, 1);
  EXPECT_TRUE(first.messages().empty());
  EXPECT_TRUE(second.messages().empty());
}

TEST_F(DispatcherTest, ACallThatAProcessMayHaveHadIsNotGivenToAnother) {
  for (const std::string code : {"handler_failed", "expired", "unknown_contract"}) {
    dispatcher_.reset();
    auto first = sidecar(1);
    first.join(contracts());
    auto second = sidecar(2);
    second.join(contracts());
    const auto outcome = call();
    for (auto* replica : {&first, &second}) {
      for (const auto& id : replica->messages()) {
        replica->answer(id, MessageType::refused, {}, code);
      }
    }
    EXPECT_EQ(outcome->refusal, base::refusal_named(code)) << code;
    EXPECT_TRUE(first.messages().empty() && second.messages().empty()) << code;
  }
}

TEST_F(DispatcherTest, AnAnswerMakesRoomForWhatWaitsEvenWithoutNewCredit) {
  auto users = sidecar(1);
  users.join(contracts(), 8, 1'000);
  const auto large = call(std::string(800, 'x'));
  const auto waiting = call(std::string(900, 'y'));
  const auto ids = users.messages();
  ASSERT_EQ(ids.size(), 1U);
  users.answer(ids[0], MessageType::reply, "done");
  EXPECT_EQ(large->body, "done");
  EXPECT_EQ(users.messages().size(), 1U);
  EXPECT_EQ(waiting->times, 0);
}

TEST_F(DispatcherTest, ACallThatWaitsForOneReplicaDoesNotHoldUpAnother) {
  auto busy = sidecar(1);
  busy.join(contracts(), 0);
  auto idle = sidecar(2);
  idle.join({contract::make_contract("Other", contract::Kind::command)});
  const auto waiting = call();
  const auto other = call("{}", "other");
  EXPECT_EQ(idle.messages().size(), 1U);
  EXPECT_EQ(waiting->times, 0);
  EXPECT_EQ(other->times, 0);
}

TEST_F(DispatcherTest, ARefusalThatIsNotASidecarsToSayIsHandlerFailed) {
  auto users = sidecar(1);
  users.join(contracts());
  const auto outcome = call();
  users.answer(users.messages()[0], MessageType::refused, {}, "method_not_allowed");
  EXPECT_EQ(outcome->refusal, Refusal::handler_failed);
}

TEST_F(DispatcherTest, WhatWaitsIsServedInItsOrder) {
  auto users = sidecar(1);
  users.join(contracts(), 0);
  const auto first = call();
  const auto second = call();
  users.credit(1);
  const auto ids = users.messages();
  ASSERT_EQ(ids.size(), 1U);
  users.answer(ids[0], MessageType::reply, "done");
  EXPECT_EQ(first->body, "done");
  EXPECT_EQ(second->times, 0);
}

TEST_F(DispatcherTest, ABusThatTakesNoMoreIsARefusalAndNotALoss) {
  auto users = sidecar(1);
  users.join(contracts());
  bus_.full = true;
  EXPECT_EQ(call()->refusal, Refusal::queue_full);
}

// ---------------------------------------------------------------- outcomes

TEST_F(DispatcherTest, AHandlerThatRaisedIsInternal) {
  auto users = sidecar(1);
  users.join(contracts());
  const auto outcome = call();
  users.answer(users.messages()[0], MessageType::reject);
  EXPECT_EQ(outcome->refusal, Refusal::internal);
}

TEST_F(DispatcherTest, ASidecarsRefusalReachesTheCallerUnderItsName) {
  auto users = sidecar(1);
  users.join(contracts());
  const auto outcome = call();
  users.answer(users.messages()[0], MessageType::refused, {}, "development_refused");
  EXPECT_EQ(outcome->refusal, Refusal::development_refused);
}

TEST_F(DispatcherTest, ARefusalThatHasNoNameIsHandlerFailed) {
  auto users = sidecar(1);
  users.join(contracts());
  const auto outcome = call();
  users.answer(users.messages()[0], MessageType::refused, {}, "made_up");
  EXPECT_EQ(outcome->refusal, Refusal::handler_failed);
}

TEST_F(DispatcherTest, NoReplyUntilTheDeadlineIsReplyTimeoutAndALateOneIsDropped) {
  auto users = sidecar(1);
  users.join(contracts(2s));
  const auto outcome = call();
  const auto ids = users.messages();
  pass(1999ms);
  EXPECT_EQ(outcome->times, 0);
  pass(1ms);
  EXPECT_EQ(outcome->refusal, Refusal::reply_timeout);
  users.answer(ids[0], MessageType::reply, "late");
  EXPECT_EQ(outcome->times, 1);
}

TEST_F(DispatcherTest, AConnectionThatClosesIsNoticedAtOnce) {
  auto users = sidecar(1);
  users.join(contracts());
  const auto outcome = call();
  dispatcher().peer_lost(users.peer(), "closed");
  EXPECT_EQ(outcome->refusal, Refusal::replica_lost);
  EXPECT_EQ(call()->refusal, Refusal::no_replica);
}

TEST_F(DispatcherTest, AReplicaThatFellSilentIsGoneAfterThreeHeartbeats) {
  auto users = sidecar(1);
  users.join(contracts());
  const auto outcome = call();
  pass(2999ms);
  EXPECT_EQ(outcome->times, 0);
  pass(1ms);
  EXPECT_EQ(outcome->refusal, Refusal::replica_lost);
}

TEST_F(DispatcherTest, AHeartbeatKeepsAReplica) {
  auto users = sidecar(1);
  users.join(contracts());
  pass(2s);
  users.say(MessageType::heartbeat);
  pass(2s);
  EXPECT_EQ(dispatcher().view().replicas["users"].size(), 1U);
}

TEST_F(DispatcherTest, HeartbeatsAreSentEachInterval) {
  auto users = sidecar(1);
  users.join(contracts());
  pass(1s);
  users.messages();
  EXPECT_EQ(users.types().back(), MessageType::heartbeat);
}

TEST_F(DispatcherTest, WhatWaitsForTheOnlyReplicaHearsAtOnceThatItIsGone) {
  auto users = sidecar(1);
  users.join(contracts(), 0);
  const auto waiting = call();
  dispatcher().peer_lost(users.peer(), "closed");
  EXPECT_EQ(waiting->refusal, Refusal::no_replica);
}

TEST_F(DispatcherTest, WhatWaitsIsGivenToAnotherReplicaAndWhatWasSentIsNot) {
  auto first = sidecar(1);
  auto second = sidecar(2);
  first.join(contracts(), 1);
  second.join(contracts(), 0);
  const auto sent = call();
  const auto waiting = call();
  ASSERT_EQ(first.messages().size(), 1U);
  dispatcher().peer_lost(first.peer(), "closed");
  EXPECT_EQ(sent->refusal, Refusal::replica_lost);
  EXPECT_EQ(waiting->times, 0);
  second.credit(8);
  EXPECT_EQ(second.messages().size(), 1U);
}

TEST_F(DispatcherTest, AGoodByeEndsTheSession) {
  auto users = sidecar(1);
  users.join(contracts());
  users.say(MessageType::bye);
  EXPECT_TRUE(dispatcher().view().replicas["users"].empty());
}

TEST_F(DispatcherTest, ClosingRefusesWhatWaitsAndSaysGoodByeToEverySidecar) {
  auto users = sidecar(1);
  users.join(contracts(), 0);
  const auto waiting = call();
  dispatcher().close();
  EXPECT_EQ(waiting->refusal, Refusal::draining);
  users.messages();
  EXPECT_EQ(users.types().back(), MessageType::bye);
  EXPECT_TRUE(dispatcher().idle());
}

// ---------------------------------------------------------------- what it counts

TEST_F(DispatcherTest, CountsWhatBecameOfHandshakes) {
  options_.sessions.max_handshakes = 1;
  EXPECT_FALSE(sidecar(1, "billing").shake_hands());
  auto first = sidecar(2);
  EXPECT_TRUE(first.shake_hands());
  EXPECT_EQ(dispatcher().view().half_open, 1U);
  auto users = sidecar(3);
  users.join(contracts());
  const Dispatcher::View view = dispatcher().view();
  EXPECT_EQ(view.bus.handshakes_refused, 1U);
  EXPECT_EQ(view.bus.handshakes_dropped, 1U);
  EXPECT_EQ(view.bus.handshakes_established, 1U);
  EXPECT_EQ(view.half_open, 0U);
}

TEST_F(DispatcherTest, CountsMessagesAndTheirBytesInBothDirections) {
  auto users = sidecar(1);
  users.join(contracts());
  const metrics::BusCounts before = dispatcher().view().bus;
  EXPECT_EQ(before.messages_received, 3U);  // hello, register, credit
  EXPECT_EQ(before.messages_sent, 2U);      // welcome, ack
  dispatcher().received(bus::PeerId{9}, bus::message_of({base::to_bytes("abc")}));
  const metrics::BusCounts after = dispatcher().view().bus;
  EXPECT_EQ(after.messages_received, 4U);
  EXPECT_EQ(after.bytes_received, before.bytes_received + 3);
  EXPECT_EQ(after.bytes_sent, before.bytes_sent);
}

TEST_F(DispatcherTest, ShowsHowManyCallsWaitForEachService) {
  auto users = sidecar(1);
  users.join(contracts(), 0);
  call();
  EXPECT_EQ(dispatcher().view().queued.at("users"), 1U);
}

}  // namespace
}  // namespace sealbus::ingress
