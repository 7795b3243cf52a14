// The conversation by itself, with time that is turned by hand.

#include "src/session.hpp"

#include <gtest/gtest.h>

#include "fake_sidecar.hpp"

namespace sealbus::detail {
namespace {

using namespace std::chrono_literals;

class SessionTest : public testing::Test {
 protected:
  // What was sent since the last call, by type.
  std::vector<std::string> sent() {
    std::vector<std::string> types;
    for (const Frames& frames : std::exchange(sent_, {})) {
      types.push_back(test::header_fields(frames.header).at("type"));
    }
    return types;
  }

  void begin() { session.begin({2, "", std::vector<std::string>{"A"}}, now); }
  void subscribed() {
    begin();
    session.take(Subscribed{"my-service", std::string(16, 'i'), 100ms, {"A"}}, now);
    sent();
  }
  void deliver(std::uint8_t number) {
    Delivered one;
    one.message.id = id(number);
    session.take(std::move(one), now);
  }
  static MessageId id(std::uint8_t number) { return {std::byte(number)}; }

  void pass(std::chrono::milliseconds time) {
    now += time;
    session.tick(now);
  }

  bool takes_it = true;
  std::size_t delivered = 0;
  std::vector<Frames> sent_;
  const Log log = [](Severity, std::string_view) {};
  SteadyTime now{1h};
  Session session{2,
                  {[this](const Frames& frames) {
                     sent_.push_back(frames);
                     return takes_it;
                   },
                   [](const Subscribed&) {}, [this](Delivered) { ++delivered; }, log}};
};

using Types = std::vector<std::string>;

TEST_F(SessionTest, EndsWhenSubscribedDoesNotComeWithinASecond) {
  begin();
  EXPECT_EQ(sent(), Types{"subscribe"});
  pass(999ms);
  EXPECT_FALSE(session.over());
  pass(1ms);
  EXPECT_TRUE(session.over());
}

TEST_F(SessionTest, NothingButSubscribedProlongsTheFirstSecond) {
  begin();
  now += 999ms;
  session.take(Heartbeat{}, now);
  deliver(1);
  EXPECT_EQ(delivered, 0U);
  pass(1ms);
  EXPECT_TRUE(session.over());
}

TEST_F(SessionTest, EndsAfterThreeSilentIntervalsAndNotBefore) {
  subscribed();
  pass(299ms);
  EXPECT_FALSE(session.over());
  session.take(Heartbeat{}, now);
  pass(299ms);
  EXPECT_FALSE(session.over());
  pass(1ms);
  EXPECT_TRUE(session.over());
  EXPECT_EQ(session.why(), "the sidecar fell silent");
}

TEST_F(SessionTest, BytesThatAreNoMessageAreNoSignOfLife) {
  subscribed();
  now += 299ms;
  session.take(Malformed{"malformed_header", "not a map", {}}, now);
  pass(1ms);
  EXPECT_TRUE(session.over());
}

TEST_F(SessionTest, BeatsWhenItHasSentNothingForOneInterval) {
  subscribed();
  EXPECT_EQ(session.next_turn(), now + 100ms);
  pass(99ms);
  EXPECT_EQ(sent(), Types{});
  pass(1ms);
  EXPECT_EQ(sent(), Types{"heartbeat"});
  deliver(1);
  now += 60ms;
  session.progress(id(1), now);
  pass(60ms);
  EXPECT_EQ(sent(), Types{"progress"});
}

TEST_F(SessionTest, PutsOffWhatExceedsTheCreditUntilAnAnswerGivesItBack) {
  subscribed();
  deliver(1);
  deliver(2);
  deliver(3);
  EXPECT_EQ(sent(), Types{"nack"});
  EXPECT_TRUE(session.answer(id(1), ack(id(1)), now));
  deliver(3);
  EXPECT_EQ(sent(), Types{"ack"});
  EXPECT_EQ(delivered, 3U);
}

TEST_F(SessionTest, LeavesWithByeAndNeedNotWaitLongerThanOneInterval) {
  subscribed();
  session.leave(now);
  session.leave(now);
  EXPECT_EQ(sent(), Types{"bye"});
  pass(99ms);
  EXPECT_FALSE(session.has_left());
  EXPECT_EQ(session.next_turn(), now + 1ms);
  pass(1ms);
  EXPECT_TRUE(session.has_left());
  EXPECT_FALSE(session.over());
}

TEST_F(SessionTest, AfterTheSidecarsByeTheLastAnswerEndsIt) {
  subscribed();
  deliver(1);
  session.take(Bye{"restart"}, now);
  EXPECT_FALSE(session.over());
  EXPECT_TRUE(session.answer(id(1), ack(id(1)), now));
  EXPECT_TRUE(session.over());
  EXPECT_EQ(session.why(), "the sidecar said bye: restart");
}

TEST_F(SessionTest, ASidecarThatTakesNothingMoreIsGone) {
  subscribed();
  takes_it = false;
  pass(100ms);
  EXPECT_TRUE(session.over());
  EXPECT_FALSE(session.answer(id(1), ack(id(1)), now));
}

TEST_F(SessionTest, EndsAtARefusalThatForgetsTheProcessAndAtNoOther) {
  subscribed();
  session.take(Refused{"replayed", "too late", id(9)}, now);
  EXPECT_FALSE(session.over());
  session.take(Refused{"one_of_tomorrow", "\x1b", {}}, now);
  EXPECT_TRUE(session.over());
  EXPECT_EQ(session.why(), "the sidecar refused this process with one_of_tomorrow: \\x1b");
}

TEST_F(SessionTest, UnknownSessionEndsItThoughItHasAnId) {
  subscribed();
  session.take(Refused{"unknown_session", "subscribe first", id(9)}, now);
  EXPECT_TRUE(session.over());
}

TEST_F(SessionTest, RejectsAMalformedMessageOnceItIsSubscribed) {
  subscribed();
  session.take(Malformed{"malformed_header", "path is not text", id(4)}, now);
  ASSERT_EQ(sent_.size(), 1U);
  const auto fields = test::header_fields(sent_[0].header);
  EXPECT_EQ(fields.at("type"), "reject");
  EXPECT_EQ(fields.at("code"), "malformed_header");
  EXPECT_FALSE(session.over());
}

}  // namespace
}  // namespace sealbus::detail
