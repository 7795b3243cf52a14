#include "sidecar/delivery/door.hpp"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/wire/reader.hpp"
#include "common/wire/writer.hpp"
#include "tests/support/counting_random.hpp"
#include "tests/support/manual_clock.hpp"

namespace sealbus::delivery {
namespace {

using namespace std::chrono_literals;
using base::Refusal;

// The type of a message that the door sent.
std::string type_of(base::ByteView header) {
  std::string type;
  wire::Reader in(header);
  in.each_entry(64, [&](std::string_view key) {
    if (key == "type") {
      type = in.text(32);
    } else {
      in.skip();
    }
  });
  return type;
}

class FakePort final : public DoorPort {
 public:
  bool send(const ProcessId& process, base::ByteView header, bus::Frame& payload) override {
    if (gone) return false;
    // The delivered header of these tests is no msgpack but the name of the message.
    const std::string_view text = base::as_text(header);
    sent[process].push_back(text.starts_with("m") ? std::string(text) : type_of(header));
    payload = bus::Frame();
    return true;
  }
  bool gone = false;
  std::map<ProcessId, std::vector<std::string>> sent;
};

class FakeUpstream final : public Upstream {
 public:
  void answer(const Delivery& delivery, const DoorHeader& answer, base::ByteView) override {
    answers.emplace_back(delivery.contract, answer.type);
  }
  void refuse(const Delivery&, Refusal refusal) override { refusals.push_back(refusal); }
  void delivered(Delivery& delivery) override { handed_over.push_back(delivery.id); }
  void forgotten(const Delivery& delivery) override { over.push_back(delivery.id); }

  std::vector<base::Uuid> handed_over;
  std::vector<base::Uuid> over;
  std::vector<std::pair<std::string, DoorType>> answers;
  std::vector<Refusal> refusals;
};

class DoorTest : public testing::Test {
 protected:
  static ProcessId process(std::uint64_t n) { return {0, bus::PeerId{n}}; }

  void say(const ProcessId& id, wire::Writer& header) {
    door_.received(id, bus::message_of({header.take(), base::ByteView{}}));
  }
  void subscribe(const ProcessId& id, std::uint64_t credit,
                 const std::vector<std::string>& contracts = {}) {
    wire::Writer out;
    out.map(4).text("type").text("subscribe").text("protocol").unsigned_integer(1);
    out.text("credit").unsigned_integer(credit).text("contracts");
    out.array(static_cast<std::uint32_t>(contracts.size()));
    for (const auto& contract : contracts) out.text(contract);
    say(id, out);
  }
  void answer(const ProcessId& id, const std::string& type, const base::Uuid& message) {
    wire::Writer out;
    out.map(2).text("type").text(type).text("id").bin(message.bytes);
    say(id, out);
  }
  void say(const ProcessId& id, const std::string& type) {
    wire::Writer out;
    out.map(1).text("type").text(type);
    say(id, out);
  }
  base::Uuid deliver(const std::string& contract = "A", std::chrono::milliseconds lifetime = 60s) {
    Delivery delivery;
    delivery.id = base::make_uuid_v7(clock_.wall(), random_);
    delivery.contract = contract;
    delivery.header = base::to_bytes("m" + std::to_string(++delivered_));
    delivery.deadline = clock_.steady() + lifetime;
    const base::Uuid id = delivery.id;
    door_.deliver(std::move(delivery));
    return id;
  }
  // What the process was sent that is no control message.
  std::size_t received(const ProcessId& id) {
    const auto& sent = port_.sent[id];
    return static_cast<std::size_t>(
        std::count_if(sent.begin(), sent.end(), [](const auto& one) { return one[0] == 'm'; }));
  }

  test::ManualClock clock_;
  test::CountingRandom random_;
  base::RefusalCounters counters_;
  FakePort port_;
  FakeUpstream upstream_;
  Door door_{{.service = "users", .instance = {}, .contracts = {"A", "B"}, .heartbeat = 1s},
             port_,
             upstream_,
             counters_,
             clock_};
  int delivered_ = 0;
};

TEST_F(DoorTest, IsReadyWhenAProcessHasSubscribed) {
  EXPECT_FALSE(door_.ready());
  subscribe(process(1), 4);
  EXPECT_TRUE(door_.ready());
  EXPECT_EQ(port_.sent[process(1)], std::vector<std::string>{"subscribed"});
}

TEST_F(DoorTest, GivesAProcessNoMoreThanItsCredit) {
  subscribe(process(1), 2);
  for (int i = 0; i < 3; ++i) deliver();
  EXPECT_EQ(received(process(1)), 2U);
  EXPECT_EQ(door_.in_flight(), 3U);
}

TEST_F(DoorTest, ItsRoomIsWhatTheProcessesThatStayTakeAtOnce) {
  EXPECT_EQ(door_.room(), 0U);
  subscribe(process(1), 3);
  subscribe(process(2), 4);
  EXPECT_EQ(door_.room(), 7U);
  wire::Writer bye;
  say(process(1), bye.map(1).text("type").text("bye"));
  EXPECT_EQ(door_.room(), 4U);
  door_.connection_closed(process(2));
  EXPECT_EQ(door_.room(), 0U);
}

TEST_F(DoorTest, AFinalAnswerMakesRoomForWhatWaits) {
  subscribe(process(1), 1);
  const auto first = deliver();
  deliver();
  answer(process(1), "ack", first);
  EXPECT_EQ(received(process(1)), 2U);
}

TEST_F(DoorTest, ProgressIsPassedOnAndMakesNoRoom) {
  subscribe(process(1), 1);
  const auto first = deliver();
  deliver();
  answer(process(1), "progress", first);
  EXPECT_EQ(received(process(1)), 1U);
  ASSERT_EQ(upstream_.answers.size(), 1U);
  EXPECT_EQ(upstream_.answers[0].second, DoorType::progress);
}

TEST_F(DoorTest, ProcessesTakeTurns) {
  subscribe(process(1), 8);
  subscribe(process(2), 8);
  for (int i = 0; i < 4; ++i) deliver();
  EXPECT_EQ(received(process(1)), 2U);
  EXPECT_EQ(received(process(2)), 2U);
}

TEST_F(DoorTest, AMessageGoesOnlyToAProcessThatSubscribedToItsContract) {
  subscribe(process(1), 8, {"A"});
  subscribe(process(2), 8, {"B"});
  deliver("B");
  EXPECT_EQ(received(process(1)), 0U);
  EXPECT_EQ(received(process(2)), 1U);
}

TEST_F(DoorTest, AContractThatNoProcessTakesIsRefusedAtOnce) {
  subscribe(process(1), 8, {"A"});
  deliver("B");
  EXPECT_EQ(upstream_.refusals, std::vector<Refusal>{Refusal::no_replica});
}

TEST_F(DoorTest, RefusesASubscriptionToWhatTheSidecarDoesNotDeclare) {
  subscribe(process(1), 8, {"C"});
  EXPECT_FALSE(door_.ready());
  EXPECT_EQ(port_.sent[process(1)], std::vector<std::string>{"refused"});
}

TEST_F(DoorTest, AnAnswerFromAProcessThatWasNotGivenTheMessageIsRefused) {
  subscribe(process(1), 8, {"A"});
  subscribe(process(2), 8, {"B"});
  const auto id = deliver("A");
  answer(process(2), "reply", id);
  EXPECT_TRUE(upstream_.answers.empty());
  EXPECT_EQ(counters_.of(Refusal::replayed), 1U);
}

TEST_F(DoorTest, AnAnswerCountsOnce) {
  subscribe(process(1), 8);
  const auto id = deliver();
  answer(process(1), "reply", id);
  answer(process(1), "reply", id);
  EXPECT_EQ(upstream_.answers.size(), 1U);
}

TEST_F(DoorTest, AProcessThatDidNotSubscribeIsRefused) {
  say(process(1), "heartbeat");
  EXPECT_EQ(port_.sent[process(1)], std::vector<std::string>{"refused"});
  EXPECT_EQ(counters_.of(Refusal::unknown_session), 1U);
}

TEST_F(DoorTest, AConnectionThatClosesFailsWhatItsProcessHad) {
  subscribe(process(1), 8);
  deliver();
  door_.connection_closed(process(1));
  EXPECT_EQ(upstream_.refusals, std::vector<Refusal>{Refusal::handler_failed});
  EXPECT_FALSE(door_.ready());
}

TEST_F(DoorTest, WhatWaitedForTheLastProcessIsHandedBack) {
  subscribe(process(1), 1);
  deliver();
  deliver();
  door_.connection_closed(process(1));
  EXPECT_EQ(upstream_.refusals,
            (std::vector<Refusal>{Refusal::handler_failed, Refusal::no_replica}));
  EXPECT_EQ(door_.in_flight(), 0U);
}

TEST_F(DoorTest, AProcessThatFellSilentIsGoneAfterThreeHeartbeats) {
  subscribe(process(1), 8);
  deliver();
  clock_.advance(2999ms);
  door_.tick();
  EXPECT_TRUE(upstream_.refusals.empty());
  clock_.advance(1ms);
  door_.tick();
  EXPECT_EQ(upstream_.refusals, std::vector<Refusal>{Refusal::handler_failed});
}

TEST_F(DoorTest, WhatWaitsIsRefusedWhenAProcessSubscribesToLess) {
  subscribe(process(1), 1);
  deliver("A");
  deliver("B");
  subscribe(process(1), 1, {"A"});
  EXPECT_EQ(upstream_.refusals, std::vector<Refusal>{Refusal::no_replica});
}

TEST_F(DoorTest, AProcessThatSubscribesAgainAfterItsGoodByeIsServedAgain) {
  subscribe(process(1), 1);
  say(process(1), "bye");
  subscribe(process(1), 1);
  deliver();
  EXPECT_EQ(received(process(1)), 1U);
}

TEST_F(DoorTest, WhatWaitsOfASessionThatIsOverReachesNobody) {
  subscribe(process(1), 1);
  const auto first = deliver();
  const auto second = deliver();
  EXPECT_EQ(door_.waiting(), 1U);
  door_.forget(0);
  answer(process(1), "reply", first);
  EXPECT_EQ(received(process(1)), 1U);
  EXPECT_TRUE(upstream_.refusals.empty());
  EXPECT_EQ(upstream_.handed_over, std::vector<base::Uuid>{first});
  EXPECT_EQ(upstream_.over, std::vector<base::Uuid>{second});
  EXPECT_EQ(door_.in_flight(), 0U);
}

TEST_F(DoorTest, ADroppedMessageIsRefusedAndItsProcessForgotten) {
  subscribe(process(1), 8);
  deliver();
  door_.malformed(process(1));
  EXPECT_EQ(port_.sent[process(1)].back(), "refused");
  EXPECT_EQ(upstream_.refusals, std::vector<Refusal>{Refusal::handler_failed});
}

TEST_F(DoorTest, WhatWaitsIsRefusedExactlyWhenItExpires) {
  subscribe(process(1), 1);
  deliver();
  deliver("A", 500ms);
  clock_.advance(499ms);
  door_.tick();
  EXPECT_TRUE(upstream_.refusals.empty());
  clock_.advance(1ms);
  door_.tick();
  EXPECT_EQ(upstream_.refusals, std::vector<Refusal>{Refusal::expired});
}

TEST_F(DoorTest, AProcessThatSaidGoodByeGetsNothingNewAndMayFinish) {
  subscribe(process(1), 8);
  const auto id = deliver();
  say(process(1), "bye");
  EXPECT_FALSE(door_.ready());
  deliver();
  EXPECT_EQ(received(process(1)), 1U);
  answer(process(1), "reply", id);
  EXPECT_EQ(upstream_.answers.size(), 1U);
}

TEST_F(DoorTest, SomethingMalformedMakesTheDoorForgetTheProcess) {
  subscribe(process(1), 8);
  deliver();
  door_.received(process(1), bus::message_of({base::as_bytes("\xc1"), base::ByteView{}}));
  EXPECT_EQ(upstream_.refusals, std::vector<Refusal>{Refusal::handler_failed});
  EXPECT_EQ(counters_.of(Refusal::malformed_header), 1U);
}

TEST_F(DoorTest, AProcessThatTakesNothingLeavesTheMessageWaiting) {
  subscribe(process(1), 8);
  port_.gone = true;
  deliver();
  EXPECT_EQ(door_.in_flight(), 1U);
  port_.gone = false;
  subscribe(process(2), 8);
  EXPECT_EQ(received(process(1)) + received(process(2)), 1U);
}

}  // namespace
}  // namespace sealbus::delivery
