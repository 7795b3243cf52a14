#include "sidecar/delivery/attempts.hpp"

#include <string>

#include <gtest/gtest.h>

namespace sealbus::delivery {
namespace {

using bus::HandshakeFailure;
using settings::BusSecurity;
using Next = Attempts::Next;

constexpr HandshakeFailure kEvery[] = {HandshakeFailure::other_mechanism,
                                       HandshakeFailure::wrong_key, HandshakeFailure::turned_away,
                                       HandshakeFailure::closed, HandshakeFailure::malformed};

// "plain 0", "curve 1"
std::string now(const Attempts& attempts) {
  return (attempts.curve() ? "curve " : "plain ") + std::to_string(attempts.key());
}

TEST(Attempts, NeverGoWithoutCurveTowardsAnAddressThatIsNotLoopback) {
  Attempts attempts(BusSecurity::curve, 2);
  for (int i = 0; i < 10; ++i) {
    for (const HandshakeFailure why : kEvery) {
      EXPECT_TRUE(attempts.curve());
      attempts.not_connected(why);
    }
    attempts.not_connected({});
    attempts.not_welcomed();
    EXPECT_TRUE(attempts.curve());
  }
}

TEST(Attempts, StayPlaintextWhereThatIsWhatTheConfigurationSays) {
  Attempts attempts(BusSecurity::plaintext, 2);
  for (const HandshakeFailure why : kEvery) {
    EXPECT_EQ(attempts.not_connected(why), Next::after_a_pause);
    EXPECT_EQ(now(attempts), "plain 0");
  }
}

TEST(Attempts, GoThroughTheRingWhenACurveHandshakeFails) {
  Attempts attempts(BusSecurity::curve, 3);
  EXPECT_EQ(now(attempts), "curve 0");
  EXPECT_EQ(attempts.not_connected(HandshakeFailure::closed), Next::at_once);
  EXPECT_EQ(now(attempts), "curve 1");
  EXPECT_EQ(attempts.not_connected(HandshakeFailure::closed), Next::at_once);
  EXPECT_EQ(now(attempts), "curve 2");
  EXPECT_EQ(attempts.not_connected(HandshakeFailure::closed), Next::after_a_pause);
  EXPECT_EQ(now(attempts), "curve 0");
}

TEST(Attempts, TowardsLoopbackTryPlaintextAndThenCurveWithEachKey) {
  Attempts attempts(BusSecurity::either, 2);
  EXPECT_EQ(now(attempts), "plain 0");
  EXPECT_EQ(attempts.not_connected(HandshakeFailure::closed), Next::at_once);
  EXPECT_EQ(now(attempts), "curve 0");
  EXPECT_EQ(attempts.not_connected(HandshakeFailure::closed), Next::at_once);
  EXPECT_EQ(now(attempts), "curve 1");
  EXPECT_EQ(attempts.not_connected(HandshakeFailure::closed), Next::after_a_pause);
  EXPECT_EQ(now(attempts), "plain 0");
}

TEST(Attempts, GoBackToPlaintextAtOnceWhenThePeerSaysThatItHasNoCurve) {
  Attempts attempts(BusSecurity::either, 3);
  attempts.not_connected(HandshakeFailure::other_mechanism);
  EXPECT_EQ(now(attempts), "curve 0");
  attempts.not_connected(HandshakeFailure::other_mechanism);
  EXPECT_EQ(now(attempts), "plain 0");
}

TEST(Attempts, KeepWhatWorkedForTheNextTime) {
  Attempts attempts(BusSecurity::either, 2);
  attempts.not_connected(HandshakeFailure::closed);
  attempts.not_connected(HandshakeFailure::closed);
  EXPECT_EQ(now(attempts), "curve 1");
  attempts.welcomed();
  EXPECT_EQ(now(attempts), "curve 0") << "the current key first";
  EXPECT_EQ(attempts.not_connected({}), Next::after_a_pause);
  EXPECT_EQ(now(attempts), "curve 0") << "nobody was there: that says nothing";
}

TEST(Attempts, GoThroughTheRingWhenAHelloIsMetWithSilence) {
  Attempts attempts(BusSecurity::either, 2);
  attempts.not_welcomed();
  EXPECT_EQ(now(attempts), "plain 1") << "the connection was good: plaintext is right";
  attempts.not_welcomed();
  EXPECT_EQ(now(attempts), "plain 0");
}

TEST(Attempts, BeginAnewWithAnotherRing) {
  Attempts attempts(BusSecurity::curve, 3);
  attempts.not_connected(HandshakeFailure::closed);
  attempts.not_connected(HandshakeFailure::closed);
  attempts.renew(1);
  EXPECT_EQ(now(attempts), "curve 0");
  EXPECT_EQ(attempts.not_connected(HandshakeFailure::closed), Next::after_a_pause);
  EXPECT_EQ(now(attempts), "curve 0");
}

TEST(Attempts, BeginEachRoundAfterAPause) {
  Attempts attempts(BusSecurity::curve, 2);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(attempts.not_connected(HandshakeFailure::closed), Next::at_once);
    EXPECT_EQ(attempts.not_connected(HandshakeFailure::closed), Next::after_a_pause);
  }
}

TEST(Attempts, SayWhichSideToChange) {
  const auto says = [](const Attempts& attempts, HandshakeFailure why, std::string_view text) {
    return attempts.explain(why).find(text) != std::string_view::npos;
  };
  const Attempts curve(BusSecurity::curve, 1);
  EXPECT_TRUE(says(curve, HandshakeFailure::other_mechanism, "remove bus.plaintext there"));
  EXPECT_TRUE(says(curve, HandshakeFailure::closed, "another"));
  EXPECT_TRUE(says(curve, HandshakeFailure::turned_away, "the ingress's services"));
  const Attempts plaintext(BusSecurity::plaintext, 1);
  EXPECT_TRUE(says(plaintext, HandshakeFailure::other_mechanism, "remove bus.plaintext here"));
  EXPECT_TRUE(says(plaintext, HandshakeFailure::closed, "remove bus.plaintext here"));
  const Attempts either(BusSecurity::either, 1);
  EXPECT_EQ(either.explain(HandshakeFailure::other_mechanism), "") << "the other one comes next";
}

}  // namespace
}  // namespace sealbus::delivery
