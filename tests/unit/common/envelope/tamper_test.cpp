// Every bit flipped, every length cut, one byte added, and bytes moved over a frame boundary, of
// accepted messages; and accepted messages sent again wherever they could be sent.

#include <functional>

#include "common/envelope/mac.hpp"
#include "tests/unit/common/envelope/fixture.hpp"

namespace sealbus::envelope {
namespace {

using Judge = std::function<std::string(const Frames&)>;

// Calls `visit` with each changed form of `good`.
void each_bit_flipped(const Frames& good, const std::function<void(const Frames&)>& visit) {
  for (auto frame : {&Frames::seal, &Frames::header, &Frames::payload}) {
    Frames changed = good;
    for (std::byte& byte : changed.*frame) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        byte ^= static_cast<std::byte>(1U << bit);
        visit(changed);
        byte ^= static_cast<std::byte>(1U << bit);
      }
    }
  }
}

void each_length_cut_or_extended(const Frames& good,
                                 const std::function<void(const Frames&)>& visit) {
  for (auto frame : {&Frames::seal, &Frames::header, &Frames::payload}) {
    for (std::size_t size = 0; size < (good.*frame).size(); ++size) {
      Frames cut = good;
      (cut.*frame).resize(size);
      visit(cut);
      Frames tail = good;
      (tail.*frame)
          .erase((tail.*frame).begin(), (tail.*frame).end() - static_cast<std::ptrdiff_t>(size));
      visit(tail);
    }
    for (const unsigned added : {0x00U, 0xc0U, 0xffU}) {
      Frames longer = good;
      (longer.*frame).push_back(static_cast<std::byte>(added));
      visit(longer);
      Frames shifted = good;
      (shifted.*frame).insert((shifted.*frame).begin(), static_cast<std::byte>(added));
      visit(shifted);
    }
  }
}

// Every way to cut the same bytes into three frames but the right one.
void each_boundary_moved(const Frames& good, const std::function<void(const Frames&)>& visit) {
  base::Bytes all = good.seal;
  all.insert(all.end(), good.header.begin(), good.header.end());
  all.insert(all.end(), good.payload.begin(), good.payload.end());
  const std::size_t end_of_header = good.seal.size() + good.header.size();
  const base::ByteView view(all);
  for (std::size_t at = kSealSize; at <= all.size(); ++at) {
    if (at == end_of_header) continue;
    visit({base::to_bytes(view.first(kSealSize)),
           base::to_bytes(view.subspan(kSealSize, at - kSealSize)),
           base::to_bytes(view.subspan(at))});
  }
  for (std::size_t at = 0; at <= end_of_header; ++at) {
    if (at == kSealSize) continue;
    visit({base::to_bytes(view.first(at)), base::to_bytes(view.subspan(at, end_of_header - at)),
           good.payload});
  }
}

class Tampered : public SessionFixture {
 protected:
  // No changed form of `good` is accepted, and after all of them `good` itself still is: what
  // does not verify leaves no trace.
  static void expect_only_this(const Frames& good, const Judge& judge) {
    std::size_t tried = 0;
    const auto refused = [&](const Frames& changed) {
      ++tried;
      ASSERT_NE(judge(changed), "accepted") << "form " << tried;
    };
    each_bit_flipped(good, refused);
    each_length_cut_or_extended(good, refused);
    each_boundary_moved(good, refused);
    EXPECT_GT(tried, 8 * (good.seal.size() + good.header.size() + good.payload.size()));
    EXPECT_EQ(judge(good), "accepted");
  }

  [[nodiscard]] Judge up() {
    return [this](const Frames& frames) { return open_up(frames); };
  }
  [[nodiscard]] Judge down() {
    return [this](const Frames& frames) { return open_down(frames); };
  }
  // An ingress that has this key looks at a HELLO.
  [[nodiscard]] Judge hello() {
    return [this](const Frames& frames) {
      return outcome(answer_hello(frames.views(), *key_, ingress_, clock_, random_, limits_));
    };
  }
};

TEST_F(Tampered, HelloIsRefused) { expect_only_this(hello_, hello()); }

TEST_F(Tampered, WelcomeIsRefused) {
  const ClientHandshake waiting(key_, sidecar_, clock_, random_);
  const auto answer =
      answer_hello(frames_of(waiting.hello()).views(), *key_, ingress_, clock_, random_, limits_);
  ASSERT_TRUE(answer);
  expect_only_this(frames_of(answer->welcome), [&](const Frames& frames) {
    return outcome(waiting.finish(frames.views(), limits_));
  });
}

TEST_F(Tampered, RegisterIsRefused) { expect_only_this(register_(), up()); }

TEST_F(Tampered, MessageIsRefused) { expect_only_this(message(), down()); }

TEST_F(Tampered, ReplyIsRefused) {
  ASSERT_EQ(open_up(register_()), "accepted");
  expect_only_this(reply(), up());
}

TEST_F(Tampered, CreditIsRefused) {
  ASSERT_EQ(open_up(register_()), "accepted");
  expect_only_this(credit(), up());
}

TEST_F(Tampered, HeartbeatIsRefusedInBothDirections) {
  ASSERT_EQ(open_up(register_()), "accepted");
  expect_only_this(heartbeat_up(), up());
  expect_only_this(heartbeat_down(), down());
}

TEST_F(Tampered, FramesOfTwoMessagesDoNotMix) {
  const Frames first = message();
  const Frames second = message();
  EXPECT_EQ(open_down({first.seal, second.header, first.payload}), "bad_tag");
  EXPECT_EQ(open_down({second.seal, first.header, first.payload}), "bad_tag");
  EXPECT_EQ(open_down({first.seal, first.header, base::to_bytes("another")}), "bad_tag");
  EXPECT_EQ(open_down(first), "accepted");
}

TEST_F(Tampered, EmptyFramesAreRefusedBySize) {
  const Frames good = message();
  EXPECT_EQ(open_down({{}, good.header, good.payload}), "bad_size");
  EXPECT_EQ(open_down({good.seal, {}, good.payload}), "bad_size");
  EXPECT_EQ(open_down({{}, {}, {}}), "bad_size");
  EXPECT_EQ(open_down({good.seal, good.header, {}}), "bad_tag");
}

TEST_F(Tampered, ATruncatedTagIsRefusedBySize) {
  for (std::size_t size = kTaggedSealSize; size < kSealSize; ++size) {
    Frames cut = message();
    cut.seal.resize(size);
    EXPECT_EQ(open_down(cut), "bad_size") << size;
  }
}

TEST_F(Tampered, OtherKeyIdsAndSessionsAreUnknown) {
  Frames other_key = message();
  other_key.seal[8] ^= std::byte{1};
  EXPECT_EQ(open_down(other_key), "unknown_session");
  Frames other_session = message();
  other_session.seal[16] ^= std::byte{1};
  EXPECT_EQ(open_down(other_session), "unknown_session");
}

class SentAgain : public SessionFixture {
 protected:
  SentAgain() {
    recorded_up_ = {register_(), reply(), credit(), heartbeat_up()};
    recorded_down_ = {message(), heartbeat_down()};
    for (const Frames& frames : recorded_up_) EXPECT_EQ(open_up(frames), "accepted");
    for (const Frames& frames : recorded_down_) EXPECT_EQ(open_down(frames), "accepted");
  }

  void expect_refused(std::string_view as) {
    for (const Frames& frames : recorded_up_) EXPECT_EQ(open_up(frames), as);
    for (const Frames& frames : recorded_down_) EXPECT_EQ(open_down(frames), as);
  }

  std::vector<Frames> recorded_up_;
  std::vector<Frames> recorded_down_;
};

TEST_F(SentAgain, ToTheSameSessionIsReplayed) { expect_refused("replayed"); }

TEST_F(SentAgain, AfterTheWindowMovedOnIsReplayed) {
  for (std::uint64_t i = 0; i < 2 * kReplayWindow; ++i) {
    ASSERT_EQ(open_up(heartbeat_up()), "accepted");
    ASSERT_EQ(open_down(heartbeat_down()), "accepted");
  }
  expect_refused("replayed");
}

// Which messages were seen has nothing to do with the time of day.
TEST_F(SentAgain, WhenEitherClockSteppedBackIsReplayed) {
  clock_.advance(std::chrono::hours(1));
  expect_refused("replayed");
  clock_.step_wall(-std::chrono::hours(1));
  expect_refused("replayed");
  clock_.step_wall(-std::chrono::hours(24));
  expect_refused("replayed");
}

TEST_F(SentAgain, ToARestartedReplicaIsAnotherSession) {
  connect(Instances::restarted);
  expect_refused("unknown_session");
}

TEST_F(SentAgain, AfterAReconnectOfTheSameProcessesIsAnotherSession) {
  connect(Instances::same);
  expect_refused("unknown_session");
}

TEST_F(SentAgain, ToAnotherServiceIsAnotherSession) {
  key_ = service_key("orders");
  connect();
  expect_refused("unknown_session");
}

// A thief who changes the session id in a recorded seal has no tag for it.
TEST_F(SentAgain, WithTheNewSessionsIdHasNoTag) {
  connect(Instances::restarted);
  const auto moved = [this](Frames frames) {
    std::copy(at_ingress_->id.begin(), at_ingress_->id.end(), frames.seal.begin() + 16);
    return frames;
  };
  for (const Frames& frames : recorded_up_) EXPECT_EQ(open_up(moved(frames)), "bad_tag");
  for (const Frames& frames : recorded_down_) EXPECT_EQ(open_down(moved(frames)), "bad_tag");
}

TEST_F(SentAgain, InTheOtherDirectionIsNoPurposeOfThatSide) {
  for (const Frames& frames : recorded_up_) EXPECT_EQ(open_down(frames), "bad_version");
  for (const Frames& frames : recorded_down_) EXPECT_EQ(open_up(frames), "bad_version");
}

TEST_F(SentAgain, InTheOtherDirectionWithItsPurposeChangedHasNoTag) {
  const auto with_purpose = [](Frames frames, Purpose purpose) {
    frames.seal[5] = static_cast<std::byte>(purpose);
    return frames;
  };
  for (const Frames& frames : recorded_up_) {
    EXPECT_EQ(open_down(with_purpose(frames, Purpose::down)), "bad_tag");
  }
  for (const Frames& frames : recorded_down_) {
    EXPECT_EQ(open_up(with_purpose(frames, Purpose::up)), "bad_tag");
  }
}

TEST_F(SentAgain, ToTheHandshakeIsNoSession) {
  for (const Frames& frames : recorded_up_) {
    EXPECT_EQ(outcome(answer_hello(frames.views(), *key_, ingress_, clock_, random_, limits_)),
              "unknown_session");
  }
  const ClientHandshake waiting(key_, sidecar_, clock_, random_);
  for (const Frames& frames : recorded_down_) {
    EXPECT_EQ(outcome(waiting.finish(frames.views(), limits_)), "unknown_session");
  }
}

TEST_F(SentAgain, AHandshakeInASessionIsUnknown) {
  EXPECT_EQ(open_up(hello_), "unknown_session");
  EXPECT_EQ(open_down(welcome_), "unknown_session");
}

// A HELLO can be sent again: it costs a WELCOME and leads nowhere.
TEST_F(SentAgain, AHelloGivesASessionThatTheThiefHasNoKeysFor) {
  const auto answer = answer_hello(hello_.views(), *key_, ingress_, clock_, random_, limits_);
  ASSERT_TRUE(answer && answer->session);
  EXPECT_NE(answer->session->id, at_ingress_->id);
  for (const Frames& frames : recorded_up_) {
    EXPECT_EQ(outcome(answer->session->verifier.open(frames.views(), clock_.wall(), limits_)),
              "unknown_session");
  }
}

TEST_F(SentAgain, AWelcomeToAnotherHelloIsReplayed) {
  const ClientHandshake waiting(key_, sidecar_, clock_, random_);
  EXPECT_EQ(outcome(waiting.finish(welcome_.views(), limits_)), "replayed");
}

}  // namespace
}  // namespace sealbus::envelope
