#include "common/bus/router_socket.hpp"

#include <map>
#include <memory>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "tests/unit/common/bus/bus_fixture.hpp"

namespace sealbus::bus {
namespace {

using test::Client;
using test::RawPeer;
using test::Server;
using test::text_message;
using test::texts;
using Texts = std::vector<std::string>;

class RouterSocketTest : public testing::Test {
 protected:
  // The peer behind a client that has just connected and said hello.
  PeerId greet(Server& server, Client& client) {
    const std::size_t before = server.received();
    EXPECT_TRUE(client.send(text_message({"hello"})));
    EXPECT_TRUE(server.until([&] { return server.received() > before; }));
    return server.last_peer();
  }

  Context context;
};

TEST_F(RouterSocketTest, TellsWhichPortItWasGiven) {
  const Server server(context);
  const std::string prefix = "tcp://127.0.0.1:";
  ASSERT_TRUE(server.endpoint().starts_with(prefix)) << server.endpoint();
  EXPECT_GT(std::stoi(server.endpoint().substr(prefix.size())), 0);
}

TEST_F(RouterSocketTest, BindsToAnyOfTheForms) {
  for (const char* endpoint :
       {"tcp://127.0.0.1:*", "tcp://*:0", "tcp://0.0.0.0:0", "tcp://localhost:0"}) {
    RouterOptions options;
    options.endpoint = endpoint;
    Server server(context, options);
    EXPECT_TRUE(server.endpoint().starts_with("tcp://"));
    EXPECT_FALSE(server.endpoint().ends_with(":0")) << server.endpoint();
    EXPECT_EQ(server.endpoint().find("::ffff"), std::string::npos) << server.endpoint();
  }
}

TEST_F(RouterSocketTest, NamesTheAddressThatIsTaken) {
  const Server server(context);
  RouterOptions options;
  options.endpoint = server.endpoint();
  const auto second = RouterSocket::bind(context, options);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find(server.endpoint()), std::string::npos);
  EXPECT_NE(second.error().message.find("in use"), std::string::npos) << second.error().message;
}

TEST_F(RouterSocketTest, RefusesWhatIsNoAddress) {
  for (const char* endpoint :
       {"", "tcp://127.0.0.1", "inproc://x", "ipc://@x", "tcp://no-such-host.invalid:0"}) {
    RouterOptions options;
    options.endpoint = endpoint;
    EXPECT_FALSE(RouterSocket::bind(context, options)) << endpoint;
  }
}

TEST_F(RouterSocketTest, CarriesFramesBothWaysAsTheyAre) {
  Server server(context);
  Client client(context, server.endpoint());
  const std::string large(100'000, 'x');
  ASSERT_TRUE(client.send(text_message({"seal", "", large})));
  ASSERT_TRUE(server.until([&] { return server.received() == 1; }));
  const auto& received = std::get<Received>(server.events[0]);
  EXPECT_EQ(texts(received.message), (Texts{"seal", "", large}));
  Message reply = text_message({"", "reply"});
  EXPECT_EQ(server.socket().send(received.peer, reply), SendStatus::sent);
  EXPECT_EQ(client.receive(), (Texts{"", "reply"}));
}

TEST_F(RouterSocketTest, TellsPeersApart) {
  Server server(context);
  Client one(context, server.endpoint());
  Client two(context, server.endpoint());
  const PeerId first = greet(server, one);
  const PeerId second = greet(server, two);
  EXPECT_NE(first, second);
  Message to_second = text_message({"for two"});
  Message to_first = text_message({"for one"});
  EXPECT_EQ(server.socket().send(second, to_second), SendStatus::sent);
  EXPECT_EQ(server.socket().send(first, to_first), SendStatus::sent);
  EXPECT_EQ(one.receive(), Texts{"for one"});
  EXPECT_EQ(two.receive(), Texts{"for two"});
}

TEST_F(RouterSocketTest, ReachesNobodyThatItDoesNotKnow) {
  Server server(context);
  Message message = text_message({"x"});
  EXPECT_EQ(server.socket().send(PeerId{}, message), SendStatus::unreachable);
  EXPECT_EQ(server.socket().send(PeerId{99}, message), SendStatus::unreachable);
  EXPECT_EQ(texts(message), Texts{"x"}) << "what is not sent stays with the caller";
}

TEST_F(RouterSocketTest, SeesAConnectionThatIsResetAndSendsItNothingMore) {
  Server server(context);
  RawPeer peer(server.endpoint());
  peer.shake_hands();
  peer.send_frame("hello");
  ASSERT_TRUE(server.until([&] { return server.received() == 1; }));
  peer.reset();
  ASSERT_TRUE(server.until([&] { return !server.all<ConnectionClosed>().empty(); }));
  EXPECT_EQ(server.all<ConnectionClosed>()[0].peer, server.last_peer());
  Message message = text_message({"x"});
  EXPECT_EQ(server.socket().send(server.last_peer(), message), SendStatus::unreachable);
}

TEST_F(RouterSocketTest, HandsOutEverythingThatArrivedBeforeItTellsOfTheEnd) {
  Server server(context);
  {
    RawPeer peer(server.endpoint());
    peer.shake_hands();
    for (int i = 0; i < 500; ++i) peer.send_frame(std::to_string(i));
  }
  ASSERT_TRUE(server.until([&] { return !server.all<ConnectionClosed>().empty(); }));
  ASSERT_EQ(server.events.size(), 501U);
  EXPECT_TRUE(std::holds_alternative<ConnectionClosed>(server.events.back()));
  EXPECT_EQ(server.of(server.last_peer()).back(), "499");
}

TEST_F(RouterSocketTest, HandsOutTheLastWordsWhileItWatchesThemArrive) {
  Server server(context);
  constexpr std::size_t kPeers = 300;
  std::jthread speakers([&] {
    for (std::size_t i = 0; i < kPeers; ++i) {
      RawPeer peer(server.endpoint());
      peer.shake_hands();
      peer.send_frame("hello");
      peer.send_frame("last words");
    }
  });
  ASSERT_TRUE(
      server.until_spinning([&] { return server.all<ConnectionClosed>().size() == kPeers; }));
  ASSERT_TRUE(server.until([&] { return server.received() == 2 * kPeers; }));
  std::map<PeerId, std::size_t> words;
  std::map<PeerId, std::size_t> ends;
  for (const RouterEvent& event : server.events) {
    if (const auto* const received = std::get_if<Received>(&event)) {
      ++words[received->peer];
    } else {
      ++ends[std::get<ConnectionClosed>(event).peer];
    }
  }
  EXPECT_EQ(words.size(), kPeers);
  EXPECT_EQ(ends.size(), kPeers);
  for (const auto& [peer, count] : words) EXPECT_EQ(count, 2U);
}

TEST_F(RouterSocketTest, DoesNotHoldUpItsNeighboursWhileNobodyReadsIt) {
  const Server idle(context);
  for (int i = 0; i < 1'200; ++i) RawPeer(idle.endpoint()).reset();
  Server server(context);
  Client client(context, server.endpoint());
  EXPECT_NE(greet(server, client), PeerId{});
}

TEST_F(RouterSocketTest, TellsOfAnEndEvenWhileOthersKeepItBusy) {
  RouterOptions options;
  options.receive_high_water = 4;
  Server server(context, options);
  Client busy(context, server.endpoint());
  const PeerId busy_peer = greet(server, busy);
  RawPeer peer(server.endpoint());
  peer.shake_hands();
  peer.send_frame("hello");
  ASSERT_TRUE(server.until([&] { return server.received() == 2; }));
  peer.reset();
  // Never read to the end: a message is sent before each event is taken.
  bool told = false;
  for (int i = 0; i < 1'000'000 && !told; ++i) {
    Message more = text_message({"more"});
    static_cast<void>(busy.dealer().send(more));
    const auto event = server.socket().receive();
    told = event && std::holds_alternative<ConnectionClosed>(*event);
  }
  EXPECT_TRUE(told);
  EXPECT_NE(busy_peer, PeerId{});
}

TEST_F(RouterSocketTest, GivesEachConnectionOneEndHoweverOftenItsDescriptorIsUsedAgain) {
  Server server(context);
  constexpr int kRounds = 300;
  for (int i = 0; i < kRounds; ++i) {
    RawPeer peer(server.endpoint());
    peer.shake_hands();
    peer.send_frame(std::to_string(i));
    if (i % 3 == 0) peer.reset();
    if (i % 7 == 0) server.read();
  }
  const auto all_ended = [&] {
    return server.received() == server.all<ConnectionClosed>().size() && server.received() > 0;
  };
  ASSERT_TRUE(server.until(all_ended));
  std::set<PeerId> open;
  std::set<PeerId> ended;
  for (const RouterEvent& event : server.events) {
    if (const auto* const received = std::get_if<Received>(&event)) {
      EXPECT_TRUE(open.insert(received->peer).second);
    } else {
      const PeerId peer = std::get<ConnectionClosed>(event).peer;
      EXPECT_TRUE(open.contains(peer)) << "an end before the first word";
      EXPECT_TRUE(ended.insert(peer).second) << "two ends";
    }
  }
  // A reset may take what was sent along, but nothing else is lost.
  EXPECT_GE(server.received(), static_cast<std::size_t>(kRounds * 2 / 3));
}

TEST_F(RouterSocketTest, KeepsALivePeerWhileOthersComeAndGo) {
  Server server(context);
  Client steady(context, server.endpoint());
  const PeerId peer = greet(server, steady);
  for (int i = 0; i < 100; ++i) {
    RawPeer passing(server.endpoint());
    passing.shake_hands();
    passing.send_frame("hello");
    server.turn();
  }
  ASSERT_TRUE(server.until([&] { return server.all<ConnectionClosed>().size() == 100; }));
  for (const ConnectionClosed& closed : server.all<ConnectionClosed>()) {
    EXPECT_NE(closed.peer, peer);
  }
  Message message = text_message({"still there"});
  EXPECT_EQ(server.socket().send(peer, message), SendStatus::sent);
  EXPECT_EQ(steady.receive(), Texts{"still there"});
}

TEST_F(RouterSocketTest, DropsAMessageOfTooManyFramesAsAWhole) {
  Server server(context);
  Client client(context, server.endpoint());
  ASSERT_TRUE(client.send(text_message({"1", "2", "3", "4"})));
  ASSERT_TRUE(client.send(text_message({"1", "2", "3", "4", "5", "6", "7", "8"})));
  ASSERT_TRUE(client.send(text_message({"1", "2", "3"})));
  ASSERT_TRUE(server.until([&] { return server.received() == 1; }));
  const auto bad = server.all<BadMessage>();
  ASSERT_EQ(bad.size(), 2U);
  EXPECT_EQ(bad[0].shape, BadShape::too_many_frames);
  EXPECT_EQ(bad[0].peer, server.last_peer());
  EXPECT_EQ(texts(std::get<Received>(server.events[2]).message), (Texts{"1", "2", "3"}));
}

TEST_F(RouterSocketTest, DropsAMessageThatIsTooLargeAsAWhole) {
  RouterOptions options;
  options.max_message = base::ByteCount{100};
  Server server(context, options);
  Client client(context, server.endpoint());
  ASSERT_TRUE(client.send(text_message({std::string(50, 'x'), std::string(51, 'x')})));
  ASSERT_TRUE(client.send(text_message({std::string(50, 'x'), std::string(50, 'x')})));
  ASSERT_TRUE(server.until([&] { return server.received() == 1; }));
  const auto bad = server.all<BadMessage>();
  ASSERT_EQ(bad.size(), 1U);
  EXPECT_EQ(bad[0].shape, BadShape::too_large);
}

TEST_F(RouterSocketTest, DisconnectsAPeerThatAnnouncesATooLargeFrameAndNobodyElse) {
  RouterOptions options;
  options.max_message = base::ByteCount{1'000};
  Server server(context, options);
  Client other(context, server.endpoint());
  const PeerId other_peer = greet(server, other);
  for (const std::uint64_t size :
       {std::uint64_t{1'001}, std::uint64_t{100} << 20U, std::uint64_t{1} << 40U, UINT64_MAX}) {
    RawPeer peer(server.endpoint());
    peer.shake_hands();
    peer.announce_frame(size);
    EXPECT_TRUE(peer.closed_by_other_end()) << size;
  }
  Message message = text_message({"still there"});
  EXPECT_EQ(server.socket().send(other_peer, message), SendStatus::sent);
  EXPECT_EQ(other.receive(), Texts{"still there"});
  server.read();
  EXPECT_EQ(server.received(), 1U);
}

TEST_F(RouterSocketTest, CutsAPeerThatNeverReadsWithoutHarmToAnother) {
  RouterOptions options;
  options.send_high_water = 4;
  Server server(context, options);
  RawPeer silent(server.endpoint());
  silent.shake_hands();
  silent.send_frame("hello");
  ASSERT_TRUE(server.until([&] { return server.received() == 1; }));
  const PeerId silent_peer = server.last_peer();
  Client other(context, server.endpoint());
  const PeerId other_peer = greet(server, other);
  const std::string large(1'000'000, 'x');
  SendStatus status = SendStatus::sent;
  for (int i = 0; i < 1'000 && status == SendStatus::sent; ++i) {
    Message message = text_message({large});
    status = server.socket().send(silent_peer, message);
    if (status == SendStatus::would_block) {
      EXPECT_EQ(message[0].size(), large.size()) << "what is not sent stays with the caller";
    }
    server.read();
  }
  EXPECT_EQ(status, SendStatus::would_block);
  for (int i = 0; i < 100; ++i) {
    Message message = text_message({std::to_string(i)});
    ASSERT_EQ(server.socket().send(other_peer, message), SendStatus::sent);
    ASSERT_EQ(other.receive(), Texts{std::to_string(i)});
  }
}

TEST_F(RouterSocketTest, IgnoresBytesThatAreNotZmtp) {
  Server server(context);
  Client client(context, server.endpoint());
  const PeerId peer = greet(server, client);
  std::string noise;
  for (unsigned i = 0; i < 10'000; ++i) noise.push_back(static_cast<char>(i * i * 31 % 251));
  const std::string bytes[] = {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\xff", std::string(64, '\0'),
                               std::string(64, '\xff'), noise};
  for (const std::string& garbage : bytes) {
    RawPeer raw(server.endpoint());
    raw.send(garbage);
    server.turn();
  }
  RawPeer half(server.endpoint());
  half.send(std::string_view("\xff\0\0\0\0\0\0\0\0\x7f\x03", 11));
  RawPeer after_handshake(server.endpoint());
  after_handshake.shake_hands();
  after_handshake.send(std::string(100, '\xff'));
  EXPECT_TRUE(after_handshake.closed_by_other_end());
  Message message = text_message({"still there"});
  EXPECT_EQ(server.socket().send(peer, message), SendStatus::sent);
  EXPECT_EQ(client.receive(), Texts{"still there"});
  server.read();
  EXPECT_EQ(server.received(), 1U) << "nobody speaks before the handshake";
}

TEST_F(RouterSocketTest, EndsAConnectionThatDoesNotFinishItsHandshake) {
  RouterOptions options;
  options.handshake = std::chrono::milliseconds(100);
  Server server(context, options);
  RawPeer silent(server.endpoint());
  EXPECT_TRUE(silent.closed_by_other_end());
}

TEST_F(RouterSocketTest, LetsNobodyTakeTheRoutingIdOfALivePeer) {
  Server server(context);
  RawPeer first(server.endpoint());
  first.shake_hands("chosen");
  first.send_frame("first");
  ASSERT_TRUE(server.until([&] { return server.received() == 1; }));
  const PeerId first_peer = server.last_peer();
  RawPeer thief(server.endpoint());
  thief.shake_hands("chosen");
  thief.send_frame("thief");
  first.send_frame("first again");
  ASSERT_TRUE(server.until([&] { return server.received() == 2; }));
  EXPECT_EQ(server.of(first_peer), (Texts{"first", "first again"}));
}

TEST_F(RouterSocketTest, TakesAReturningRoutingIdForAnotherPeer) {
  Server server(context);
  auto first = std::make_unique<RawPeer>(server.endpoint());
  first->shake_hands("chosen");
  first->send_frame("first");
  ASSERT_TRUE(server.until([&] { return server.received() == 1; }));
  const PeerId first_peer = server.last_peer();
  first.reset();
  ASSERT_TRUE(server.until([&] { return server.all<ConnectionClosed>().size() == 1; }));
  // ZeroMQ ignores who comes before it is done with the last one of that name, so: until it is.
  for (int i = 0; i < 200 && server.received() == 1; ++i) {
    RawPeer second(server.endpoint());
    second.shake_hands("chosen");
    second.send_frame("second");
    server.turn();
  }
  ASSERT_GE(server.received(), 2U);
  EXPECT_NE(server.last_peer(), first_peer);
  Message message = text_message({"for the first"});
  EXPECT_EQ(server.socket().send(first_peer, message), SendStatus::unreachable);
}

}  // namespace
}  // namespace sealbus::bus
