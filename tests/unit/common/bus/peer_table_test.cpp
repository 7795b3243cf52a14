#include "common/bus/peer_table.hpp"

#include <gtest/gtest.h>

namespace sealbus::bus {
namespace {

using Peers = std::vector<PeerId>;
constexpr std::size_t kMostUnread = 10;

TEST(PeerTable, KnowsAPeerAgainByItsRoutingIdAndConnection) {
  PeerTable table(kMostUnread);
  table.accepted(7);
  EXPECT_EQ(table.find("a", 7), std::nullopt);
  const PeerId peer = table.add("a", 7);
  EXPECT_NE(peer.number, 0U);
  EXPECT_EQ(table.find("a", 7), peer);
  ASSERT_NE(table.routing_id(peer), nullptr);
  EXPECT_EQ(*table.routing_id(peer), "a");
}

TEST(PeerTable, TellsOfAClosedConnectionOnceAndThenForgetsThePeer) {
  PeerTable table(kMostUnread);
  table.accepted(7);
  const PeerId peer = table.add("a", 7);
  EXPECT_FALSE(table.any_closed());
  table.disconnected(7);
  EXPECT_TRUE(table.any_closed());
  EXPECT_EQ(table.take_closed(), Peers{peer});
  EXPECT_FALSE(table.any_closed());
  EXPECT_EQ(table.take_closed(), Peers{});
  EXPECT_EQ(table.find("a", 7), std::nullopt);
  EXPECT_EQ(table.size(), 0U);
}

TEST(PeerTable, StillAttributesUnreadMessagesOfAClosedConnectionButSendsItNothing) {
  PeerTable table(kMostUnread);
  table.accepted(7);
  const PeerId peer = table.add("a", 7);
  table.disconnected(7);
  EXPECT_EQ(table.find("a", 7), peer);
  EXPECT_EQ(table.routing_id(peer), nullptr);
}

TEST(PeerTable, SaysNothingOfAConnectionThatNeverSpoke) {
  PeerTable table(kMostUnread);
  table.accepted(7);
  EXPECT_EQ(table.open_connections(), 1U);
  table.disconnected(7);
  EXPECT_FALSE(table.any_closed());
  EXPECT_EQ(table.open_connections(), 0U);
}

TEST(PeerTable, DoesNotTakeTheClosingOfADescriptorsLastUserForTheNewOnes) {
  PeerTable table(kMostUnread);
  table.accepted(7);
  const PeerId first = table.add("a", 7);
  table.disconnected(7);
  table.accepted(7);
  const PeerId second = table.add("b", 7);
  EXPECT_NE(first, second);
  EXPECT_EQ(table.take_closed(), Peers{first});
  EXPECT_EQ(table.find("b", 7), second);
  EXPECT_NE(table.routing_id(second), nullptr);
}

TEST(PeerTable, AttributesTheLastWordsOfADescriptorsFormerUserToHim) {
  PeerTable table(kMostUnread);
  table.accepted(7);
  const PeerId first = table.add("a", 7);
  table.disconnected(7);
  table.accepted(7);
  const PeerId second = table.add("b", 7);
  EXPECT_EQ(table.find("a", 7), first);
  EXPECT_EQ(table.find("b", 7), second);
  EXPECT_EQ(table.take_closed(), Peers{first});
}

TEST(PeerTable, ClosesAtOnceAPeerThatWentAwayBeforeItWasHeard) {
  PeerTable table(kMostUnread);
  table.accepted(7);
  table.disconnected(7);
  const PeerId peer = table.add("a", 7);
  EXPECT_EQ(table.routing_id(peer), nullptr);
  EXPECT_EQ(table.take_closed(), Peers{peer});
}

TEST(PeerTable, ClosesTheFormerUserOfADescriptorIfTheMonitorMissedHisEnd) {
  PeerTable table(kMostUnread);
  table.accepted(7);
  const PeerId first = table.add("a", 7);
  table.accepted(7);
  EXPECT_EQ(table.take_closed(), Peers{first});
  const PeerId second = table.add("b", 7);
  const PeerId third = table.add("c", 7);
  EXPECT_EQ(table.take_closed(), Peers{second});
  EXPECT_NE(table.routing_id(third), nullptr);
}

TEST(PeerTable, GivesAChosenRoutingIdANewNumberOnEachConnection) {
  PeerTable table(kMostUnread);
  table.accepted(7);
  table.accepted(8);
  const PeerId first = table.add("chosen", 7);
  EXPECT_EQ(table.find("chosen", 8), std::nullopt);
  const PeerId second = table.add("chosen", 8);
  EXPECT_NE(first, second);
  EXPECT_EQ(table.routing_id(first), nullptr) << "what is meant for the first reaches nobody else";
  EXPECT_EQ(table.take_closed(), Peers{first});
  EXPECT_EQ(table.find("chosen", 8), second);
  EXPECT_NE(table.routing_id(second), nullptr);
}

TEST(PeerTable, DoesNotCloseTheNewUserOfADescriptorWhenItsFormerUserReturnsElsewhere) {
  PeerTable table(kMostUnread);
  table.accepted(7);
  const PeerId first = table.add("chosen", 7);
  table.disconnected(7);
  table.accepted(7);
  const PeerId second = table.add("b", 7);
  table.accepted(8);
  const PeerId third = table.add("chosen", 8);
  EXPECT_EQ(table.take_closed(), Peers{first});
  EXPECT_NE(table.routing_id(second), nullptr);
  EXPECT_NE(table.routing_id(third), nullptr);
  EXPECT_EQ(table.find("chosen", 8), third);
}

TEST(PeerTable, DoesNotGrowWithConnectionsThatComeAndGo) {
  PeerTable table(kMostUnread);
  for (int i = 0; i < 10'000; ++i) {
    const int connection = 7 + i % 3;
    table.accepted(connection);
    table.add(std::to_string(i), connection);
    table.disconnected(connection);
    EXPECT_EQ(table.take_closed().size(), 1U);
  }
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(table.open_connections(), 0U);
}

TEST(PeerTable, CountsUntilNothingOfAClosedPeerCanBeUnread) {
  PeerTable table(kMostUnread);
  table.accepted(7);
  table.accepted(8);
  table.accepted(9);
  table.add("a", 7);
  EXPECT_FALSE(table.read_out_after_one_more()) << "nobody is closed";
  table.disconnected(7);
  // Its own messages and those of the two others, in turns.
  std::size_t reads = 1;
  while (!table.read_out_after_one_more() && reads < 1'000) ++reads;
  EXPECT_GE(reads, 3 * kMostUnread);
  EXPECT_LE(reads, 5 * kMostUnread);
  static_cast<void>(table.take_closed());
  EXPECT_FALSE(table.read_out_after_one_more());
}

TEST(PeerTable, HasNoRoutingIdForNobody) {
  const PeerTable table(kMostUnread);
  EXPECT_EQ(table.routing_id(PeerId{}), nullptr);
  EXPECT_EQ(table.routing_id(PeerId{17}), nullptr);
}

TEST(PeerTable, AMessageThatComesAfterItsPeersEndIsStillThatPeersAndEndsNobody) {
  PeerTable table(1'000);
  const std::string id("\0\1\2\3\4", 5);
  table.accepted(9);
  const PeerId gone = table.add(id, 9);
  table.disconnected(9);
  ASSERT_EQ(table.take_closed(), std::vector<PeerId>{gone});
  table.accepted(9);
  const PeerId next = table.add(std::string("\0\1\2\3\5", 5), 9);
  EXPECT_EQ(table.find(id, 9), gone);
  EXPECT_EQ(table.routing_id(gone), nullptr);
  EXPECT_NE(table.routing_id(next), nullptr);
  EXPECT_FALSE(table.any_closed());
}

}  // namespace
}  // namespace sealbus::bus
