// What peers may try against an ingress: with nothing, with what they recorded, with the key of
// their own service, and without end.

#include <functional>

#include <gtest/gtest.h>

#include "sidecar/ingress/dispatcher.hpp"
#include "tests/unit/sidecar/ingress/dispatcher_fixture.hpp"

namespace sealbus::ingress {
namespace {

using namespace std::chrono_literals;
using namespace test_bus;
using base::Refusal;

// Each message that a sidecar may send in its session, after `register`.
std::vector<Header> each_of_a_session(const base::Uuid& answers, base::WallTime expires) {
  std::vector<Header> all;
  const auto add = [&](MessageType type) -> Header& {
    all.emplace_back().type = type;
    return all.back();
  };
  for (const auto type : {MessageType::reply, MessageType::refused, MessageType::ack,
                          MessageType::nack, MessageType::reject, MessageType::progress}) {
    add(type).answers = answers;
  }
  all[0].status = 200;
  all[1].code = "internal";
  Header& credit = add(MessageType::credit);
  credit.up_to = 1'000;
  credit.bytes = 1'000'000;
  credit.ready = true;
  Header& publish = add(MessageType::publish);
  publish.contract = "users.UserCreated";
  publish.expires = expires;
  add(MessageType::heartbeat);
  add(MessageType::bye);
  return all;
}

Wire forged(Wire good) {
  good.seal.back() ^= std::byte{1};
  return good;
}

class DispatcherAttacks : public DispatcherFixture {
 protected:
  DispatcherAttacks() { options_.grants.emplace("orders", everything()); }

  // One after another, of one process, each on a connection of its own and each registered.
  std::vector<FakeSidecar> sessions_of(const FakeSidecar& first, std::uint64_t peer, unsigned count,
                                       const std::function<bool(unsigned)>& gives_credit) {
    std::vector<FakeSidecar> sessions;
    for (unsigned i = 0; i < count; ++i) {
      FakeSidecar& one = sessions.emplace_back(first.on(peer + i));
      EXPECT_TRUE(one.shake_hands());
      one.register_contracts(contracts());
      if (gives_credit(i)) one.credit(8);
    }
    return sessions;
  }
  // How many sessions the table holds, retired ones too: each is due a heartbeat.
  std::size_t sessions_held() {
    bus_.sent.clear();
    pass(1s);
    std::size_t held = 0;
    for (const auto& [peer, queue] : bus_.sent) held += queue.size();
    bus_.sent.clear();
    return held;
  }
  std::size_t replicas(const std::string& service) {
    return dispatcher().view().replicas[service].size();
  }
  void expect_served_by(FakeSidecar& replica) {
    const auto outcome = call();
    const auto ids = replica.messages();
    ASSERT_EQ(ids.size(), 1U);
    replica.answer(ids[0], MessageType::reply, "served");
    EXPECT_EQ(outcome->body, "served");
  }
};

// ---------------------------------------------------------------- without a key

TEST_F(DispatcherAttacks, WhatHasNoTagIsNeitherAnsweredNorActedUpon) {
  auto users = sidecar(1);
  users.join(contracts(), 1);
  const auto outcome = call();
  const auto ids = users.messages();
  ASSERT_EQ(ids.size(), 1U);
  const auto waiting = call();
  const auto all = each_of_a_session(ids[0], clock_.wall() + 5s);
  for (const Header& header : all) users.deliver(forged(users.make(header, {})));
  EXPECT_EQ(counters_.of(Refusal::bad_tag), all.size());
  EXPECT_TRUE(bus_.sent[users.peer()].empty());
  EXPECT_EQ(outcome->times + waiting->times, 0);
  EXPECT_EQ(replicas("users"), 1U);
  users.answer(ids[0], MessageType::reply, "genuine");
  EXPECT_EQ(outcome->body, "genuine");
  users.credit(2);
  EXPECT_EQ(users.messages().size(), 1U);
}

TEST_F(DispatcherAttacks, AForgedRegistrationMakesNothingLiveAndTheGenuineOneStillDoes) {
  auto users = sidecar(1);
  ASSERT_TRUE(users.shake_hands());
  Header header;
  header.type = MessageType::register_;
  users.deliver(forged(users.make(header, contract::encode({contracts(), {}}))));
  EXPECT_EQ(counters_.of(Refusal::bad_tag), 1U);
  EXPECT_EQ(replicas("users"), 0U);
  EXPECT_EQ(table_, nullptr);
  EXPECT_TRUE(bus_.sent[users.peer()].empty());
  users.register_contracts(contracts());
  users.credit(8);
  users.messages();
  expect_served_by(users);
}

TEST_F(DispatcherAttacks, NeitherForgedNorRecordedHeartbeatsKeepASessionAlive) {
  auto users = sidecar(1);
  users.join(contracts());
  users.say(MessageType::heartbeat);
  const Wire recorded = users.sent().back();
  for (int second = 0; second < 3; ++second) {
    EXPECT_EQ(replicas("users"), 1U);
    pass(1s);
    users.deliver(recorded);
    users.deliver(forged(recorded));
  }
  EXPECT_EQ(replicas("users"), 0U);
}

// ---------------------------------------------------------------- with what was recorded

TEST_F(DispatcherAttacks, ARecordedHelloWithoutEndDisplacesNobodyAndIsBounded) {
  options_.sessions.max_handshakes = 8;
  auto users = sidecar(1);
  users.join(contracts());
  const Wire hello = users.sent().front();
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    dispatcher().received(bus::PeerId{100 + i % 3}, hello.message());
    dispatcher().received(users.peer(), hello.message());
  }
  EXPECT_EQ(dispatcher().view().half_open, 8U);
  EXPECT_EQ(sessions_held(), 1U);
  expect_served_by(users);
}

TEST_F(DispatcherAttacks, AWholeRecordedSessionRetiresNobodyOnAnyConnection) {
  auto users = sidecar(1);
  users.join(contracts());
  const auto first = users.sent();
  auto again = users.on(2);
  again.join(contracts());
  users.messages();
  const auto second = again.sent();
  for (const auto& peer : {users.peer(), again.peer(), bus::PeerId{9}}) {
    for (const auto& recorded : {first, second}) {
      for (const Wire& wire : recorded) dispatcher().received(peer, wire.message());
    }
  }
  bus_.sent.clear();  // a WELCOME for each HELLO
  EXPECT_EQ(replicas("users"), 1U);
  EXPECT_EQ(sessions_held(), 2U);
  expect_served_by(again);
  EXPECT_TRUE(users.messages().empty());
}

TEST_F(DispatcherAttacks, AHandshakeWhoseKeyLeftTheRingGetsNoFurther) {
  auto users = sidecar(1);
  ASSERT_TRUE(users.shake_hands());
  std::vector<envelope::RootKey> fresh;
  fresh.push_back(other_root());
  dispatcher().renew(keys(std::move(fresh)), options_.grants);
  users.register_contracts(contracts());
  users.credit(8);
  EXPECT_EQ(replicas("users"), 0U);
  EXPECT_EQ(counters_.of(Refusal::unknown_session), 2U);
}

// ---------------------------------------------------------------- with a key of one's own

TEST_F(DispatcherAttacks, NoAnswerOfAnotherServiceCounts) {
  auto users = sidecar(1);
  users.join(contracts());
  auto thief = sidecar(2, "orders");
  thief.join({});
  const auto outcome = call();
  const auto ids = users.messages();
  ASSERT_EQ(ids.size(), 1U);
  thief.answer(ids[0], MessageType::reply, "forged");
  thief.answer(ids[0], MessageType::refused, {}, "internal");
  for (const auto type : {MessageType::reject, MessageType::nack, MessageType::ack}) {
    thief.answer(ids[0], type);
  }
  EXPECT_EQ(counters_.of(Refusal::replayed), 5U);
  EXPECT_EQ(outcome->times, 0);
  users.answer(ids[0], MessageType::reply, "genuine");
  EXPECT_EQ(outcome->body, "genuine");
}

TEST_F(DispatcherAttacks, AnAnswerToAnotherSessionsRequestCountsForNeither) {
  auto first = sidecar(1);
  auto second = sidecar(2);
  first.join(contracts());
  second.join(contracts());
  const std::vector outcomes = {call(), call()};
  const auto of_first = first.messages();
  const auto of_second = second.messages();
  ASSERT_EQ(of_first.size() + of_second.size(), 2U);
  first.answer(of_second.at(0), MessageType::reply, "forged");
  second.answer(of_first.at(0), MessageType::reply, "forged");
  EXPECT_EQ(counters_.of(Refusal::replayed), 2U);
  first.answer(of_first[0], MessageType::reply, "genuine");
  second.answer(of_second[0], MessageType::reply, "genuine");
  for (const auto& outcome : outcomes) EXPECT_EQ(outcome->body, "genuine");
}

TEST_F(DispatcherAttacks, ARetiredSessionAnswersForItselfAndNotForItsSuccessor) {
  auto users = sidecar(1);
  users.join(contracts());
  const auto held = call();
  const auto old_ids = users.messages();
  auto again = users.on(2);
  again.join(contracts());
  const auto next = call();
  const auto new_ids = again.messages();
  ASSERT_EQ(old_ids.size() + new_ids.size(), 2U);
  users.answer(new_ids.at(0), MessageType::reply, "forged");
  again.answer(old_ids.at(0), MessageType::reply, "forged");
  EXPECT_EQ(held->times + next->times, 0);
  EXPECT_EQ(counters_.of(Refusal::replayed), 2U);
  users.answer(old_ids[0], MessageType::reply, "old");
  again.answer(new_ids[0], MessageType::reply, "new");
  EXPECT_EQ(held->body + next->body, "oldnew");
}

TEST_F(DispatcherAttacks, ASidecarOfAnotherServiceWithTheSameInstanceRetiresNobody) {
  auto users = sidecar(1);
  users.join(contracts());
  const std::vector<Wire> recorded = users.sent();
  // The instance is what the thief may choose: that of the one which it wants to displace.
  envelope::Header hello;
  ASSERT_TRUE(envelope::decode_header(recorded.front().header, hello));
  const auto key = std::make_shared<const envelope::ServiceKey>(root().derive("orders"));
  const envelope::ClientHandshake handshake(key, {*hello.instance, 1s}, clock_, random_);
  const auto& frames = handshake.hello();
  dispatcher().received(bus::PeerId{2},
                        bus::message_of({frames.seal, frames.header.bytes(), base::ByteView{}}));
  const auto welcome = bus_.take(bus::PeerId{2});
  ASSERT_TRUE(welcome);
  auto session = handshake.finish(welcome->views(), {});
  ASSERT_TRUE(session);
  for (const auto type : {MessageType::register_, MessageType::credit}) {
    Header header;
    header.type = type;
    header.issued = clock_.wall();
    header.id = base::make_uuid_v7(header.issued, random_);
    if (type == MessageType::credit) {
      header.up_to = 8;
      header.bytes = 1'000'000;
      header.ready = true;
    }
    const auto encoded = envelope::encode_control(header).value();
    const base::Bytes payload =
        type == MessageType::register_ ? contract::encode({}) : base::Bytes();
    const auto seal = session->sealer.seal(encoded, payload);
    dispatcher().received(bus::PeerId{2}, bus::message_of({seal, encoded.bytes(), payload}));
  }
  EXPECT_EQ(replicas("orders"), 1U);
  EXPECT_EQ(replicas("users"), 1U);
  expect_served_by(users);
}

// ---------------------------------------------------------------- without end

TEST_F(DispatcherAttacks, SessionsWithoutEndOfOneInstanceLeaveThreeAtMost) {
  const std::vector<std::function<bool(unsigned)>> manners = {
      [](unsigned) { return false; }, [](unsigned) { return true; },
      [](unsigned i) { return i % 2 == 0; }, [](unsigned i) { return i % 3 == 2; }};
  std::uint64_t peer = 1;
  for (std::size_t manner = 0; manner < manners.size(); ++manner) {
    dispatcher_.reset();
    auto first = sidecar(peer);
    first.join(contracts());
    auto sessions = sessions_of(first, peer + 1, 100, manners[manner]);
    sessions.back().credit(8);
    peer += 200;
    EXPECT_EQ(replicas("users"), 1U) << manner;
    EXPECT_LE(sessions_held(), 3U) << manner;
    expect_served_by(sessions.back());
    EXPECT_EQ(counters_.of(Refusal::too_many_sessions), 0U);
  }
}

TEST_F(DispatcherAttacks, SessionsWithoutEndOfManyInstancesAreBoundedByTheirServicesShare) {
  options_.sessions.max_sessions_per_service = 10;
  std::vector<FakeSidecar> flood;
  for (std::uint64_t i = 0; i < 40; ++i) {
    const auto first = sidecar(1'000 + 10 * i);
    for (auto& one : sessions_of(first, 1'001 + 10 * i, 5, [](unsigned) { return true; })) {
      flood.push_back(std::move(one));
    }
  }
  EXPECT_GT(counters_.of(Refusal::too_many_sessions), 0U);
  EXPECT_LE(sessions_held(), 12U);
  auto orders = sidecar(1, "orders");
  orders.join({});
  EXPECT_EQ(replicas("orders"), 1U);
}

// ---------------------------------------------------------------- clocks that step

TEST_F(DispatcherAttacks, AClockThatStepsBackLetsNothingInTwiceAndEndsNobody) {
  auto users = sidecar(1);
  users.join(contracts());
  const auto recorded = users.sent();
  clock_.step_wall(-1h);
  for (std::size_t i = 1; i < recorded.size(); ++i) users.deliver(recorded[i]);
  EXPECT_EQ(counters_.of(Refusal::replayed), recorded.size() - 1);
  expect_served_by(users);
  pass(2'999ms);
  EXPECT_EQ(replicas("users"), 1U);
  pass(1ms);
  EXPECT_EQ(replicas("users"), 0U);
}

TEST_F(DispatcherAttacks, AClockThatStepsEitherWayMovesNoDeadline) {
  for (const auto step : {-1h, +2h}) {
    dispatcher_.reset();
    bus_.sent.clear();
    auto users = sidecar(1);
    users.join(contracts(2s));
    const auto outcome = call();
    clock_.step_wall(step);
    pass(1'999ms);
    EXPECT_EQ(outcome->times, 0);
    pass(1ms);
    EXPECT_EQ(outcome->refusal, Refusal::reply_timeout);
  }
}

TEST_F(DispatcherAttacks, ARecordedHelloIsTooOldAndLeadsNowhereIfTheClockStepsBackToIt) {
  auto users = sidecar(1);
  users.join(contracts());
  const auto recorded = users.sent();
  dispatcher().peer_lost(users.peer(), "its connection closed");
  clock_.advance(1h);
  dispatcher().received(bus::PeerId{2}, recorded.front().message());
  EXPECT_EQ(counters_.of(Refusal::clock_skew), 1U);
  EXPECT_EQ(dispatcher().view().half_open, 0U);
  clock_.step_wall(-1h);
  for (const Wire& wire : recorded) dispatcher().received(bus::PeerId{2}, wire.message());
  EXPECT_EQ(dispatcher().view().half_open, 1U);
  EXPECT_EQ(counters_.of(Refusal::unknown_session), recorded.size() - 1);
  EXPECT_EQ(replicas("users"), 0U);
}

}  // namespace
}  // namespace sealbus::ingress
