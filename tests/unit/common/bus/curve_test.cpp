// CURVE over real sockets: who gets in, under which name, and what the others see.
#include "common/bus/curve.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>
#include <zmq.h>

#include "common/bus/zap.hpp"
#include "tests/unit/common/bus/bus_fixture.hpp"

namespace sealbus::bus {
namespace {

using test::Client;
using test::RawPeer;
using test::Server;
using test::text_message;
using Texts = std::vector<std::string>;

struct Pair {
  base::Bytes secret;
  CurveKey public_key{};
};

Pair make_pair_of_keys() {
  std::array<char, 41> public_text{};
  std::array<char, 41> secret_text{};
  EXPECT_EQ(zmq_curve_keypair(public_text.data(), secret_text.data()), 0);
  Pair pair;
  pair.secret.resize(32);
  zmq_z85_decode(reinterpret_cast<uint8_t*>(pair.public_key.data()), public_text.data());
  zmq_z85_decode(reinterpret_cast<uint8_t*>(pair.secret.data()), secret_text.data());
  return pair;
}

class Guests final : public Admission {
 public:
  [[nodiscard]] bool admits(const CurveKey& key) const override {
    const std::lock_guard lock(mutex_);
    return keys_.contains(key);
  }
  void turned_away(std::string_view address, std::string_view) override {
    const std::lock_guard lock(mutex_);
    turned_away_.emplace_back(address);
  }
  void invite(const CurveKey& key) {
    const std::lock_guard lock(mutex_);
    keys_.insert(key);
  }
  [[nodiscard]] Texts addresses_turned_away() const {
    const std::lock_guard lock(mutex_);
    return turned_away_;
  }

 private:
  mutable std::mutex mutex_;
  std::set<CurveKey> keys_;  // guarded by mutex_
  Texts turned_away_;        // guarded by mutex_
};

class CurveTest : public testing::Test {
 protected:
  RouterOptions options() {
    RouterOptions options;
    options.curve =
        CurveServer{std::make_shared<const base::Secret>(base::ByteView(server_.secret)), &guests_};
    return options;
  }
  DealerOptions with(const Pair& own, const CurveKey& server) const {
    DealerOptions options;
    options.curve = std::make_shared<const CurveClient>(
        CurveClient{base::Secret(base::ByteView(own.secret)), own.public_key, server});
    return options;
  }
  DealerOptions with(const Pair& own) const { return with(own, server_.public_key); }
  // Both read until the client's connection is over.
  static bool over(Server& server, Client& client) {
    Dealer::Change last = Dealer::Change::none;
    return server.until([&] {
      const auto change = client.dealer().poll_connection();
      if (change != Dealer::Change::none) last = change;
      return last == Dealer::Change::disconnected;
    });
  }
  static bool failed(const Server& server, HandshakeFailure why) {
    const auto all = server.all<HandshakeFailed>();
    return std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.why == why; });
  }
  // Which end notices first, and hangs up, is up to the network: the other may see no more.
  static bool one_noticed(Server& server, Client& client) {
    if (client.dealer().failure() == HandshakeFailure::other_mechanism) return true;
    return server.until([&] { return failed(server, HandshakeFailure::other_mechanism); });
  }

  Guests guests_;
  Pair server_ = make_pair_of_keys();
  Pair guest_ = make_pair_of_keys();
  Context context;
};

TEST_F(CurveTest, IsInTheLibraryOfThisMachine) { EXPECT_TRUE(curve_is_available()); }

TEST_F(CurveTest, AGuestGetsInUnderItsKeyAndIsAnswered) {
  guests_.invite(guest_.public_key);
  Server server(context, options());
  Client client(context, server.endpoint(), with(guest_));
  ASSERT_TRUE(client.send(text_message({"one", "two"})));
  ASSERT_TRUE(server.until([&] { return server.received() == 1; }));
  const Received& received = std::get<Received>(server.events.front());
  EXPECT_EQ(received.key, guest_.public_key);
  EXPECT_EQ(test::texts(received.message), (Texts{"one", "two"}));
  Message reply = text_message({"three"});
  ASSERT_EQ(server.socket().send(received.peer, reply), SendStatus::sent);
  EXPECT_EQ(client.receive(), Texts{"three"});
}

TEST_F(CurveTest, EachGuestHasTheNameOfItsOwnKey) {
  const Pair other = make_pair_of_keys();
  guests_.invite(guest_.public_key);
  guests_.invite(other.public_key);
  Server server(context, options());
  Client first(context, server.endpoint(), with(guest_));
  Client second(context, server.endpoint(), with(other));
  ASSERT_TRUE(first.send(text_message({"first"})));
  ASSERT_TRUE(second.send(text_message({"second"})));
  ASSERT_TRUE(server.until([&] { return server.received() == 2; }));
  for (const RouterEvent& event : server.events) {
    const auto& one = std::get<Received>(event);
    const bool is_first = test::texts(one.message).front() == "first";
    EXPECT_EQ(one.key, is_first ? guest_.public_key : other.public_key);
  }
}

TEST_F(CurveTest, WithoutItNobodyHasAKey) {
  Server server(context);
  Client client(context, server.endpoint());
  ASSERT_TRUE(client.send(text_message({"x"})));
  ASSERT_TRUE(server.until([&] { return server.received() == 1; }));
  EXPECT_EQ(std::get<Received>(server.events.front()).key, std::nullopt);
}

TEST_F(CurveTest, AStrangerIsTurnedAwayAndKnowsIt) {
  Server server(context, options());
  Client client(context, server.endpoint(), with(guest_));
  ASSERT_TRUE(over(server, client));
  EXPECT_EQ(client.dealer().failure(), HandshakeFailure::turned_away);
  EXPECT_EQ(guests_.addresses_turned_away(), Texts{"127.0.0.1"});
  EXPECT_EQ(server.received(), 0U);
}

TEST_F(CurveTest, WhoIsInvitedLaterGetsInThen) {
  Server server(context, options());
  Client early(context, server.endpoint(), with(guest_));
  ASSERT_TRUE(over(server, early));
  guests_.invite(guest_.public_key);
  Client late(context, server.endpoint(), with(guest_));
  EXPECT_TRUE(late.until(Dealer::Change::connected));
}

TEST_F(CurveTest, AServerOfAnotherKeyIsNotTalkedTo) {
  guests_.invite(guest_.public_key);
  Server server(context, options());
  Client client(context, server.endpoint(), with(guest_, make_pair_of_keys().public_key));
  ASSERT_TRUE(over(server, client));
  EXPECT_EQ(client.dealer().failure(), HandshakeFailure::closed);
  EXPECT_TRUE(server.until([&] { return failed(server, HandshakeFailure::wrong_key); }));
  EXPECT_TRUE(guests_.addresses_turned_away().empty()) << "nobody asked for it";
}

TEST_F(CurveTest, NothingIsSaidInPlaintextToWhoeverListensWithCurve) {
  Server server(context, options());
  Client client(context, server.endpoint());
  ASSERT_TRUE(over(server, client));
  EXPECT_TRUE(one_noticed(server, client));
  EXPECT_EQ(server.received(), 0U);
}

TEST_F(CurveTest, NothingIsSaidWithCurveToWhoeverListensInPlaintext) {
  Server server(context);
  Client client(context, server.endpoint(), with(guest_));
  ASSERT_TRUE(over(server, client));
  EXPECT_TRUE(one_noticed(server, client));
  EXPECT_EQ(server.received(), 0U);
}

TEST_F(CurveTest, APlaintextGreetingEndsTheConnection) {
  Server server(context, options());
  RawPeer peer(server.endpoint());
  std::string greeting("\xff\0\0\0\0\0\0\0\0\x7f\x03\0NULL", 16);
  greeting.resize(64);
  ASSERT_TRUE(peer.send(greeting));
  EXPECT_TRUE(server.until([&] { return failed(server, HandshakeFailure::other_mechanism); }));
  EXPECT_TRUE(peer.closed_by_other_end());
}

// Earlier versions of ZMTP have no mechanism: taking one would be CURVE given up.
TEST_F(CurveTest, AnOlderProtocolIsNoWayAroundIt) {
  Server server(context, options());
  const std::string signature("\xff\0\0\0\0\0\0\0\1\x7f", 10);
  const std::string none("\1\0", 2);  // an unversioned peer's empty routing id
  const std::string message("\2\0x", 3);
  for (const std::string& greeting : {none, signature + '\0' + '\5' + std::string(2, '\0'),
                                      signature + '\1' + '\5' + std::string(2, '\0')}) {
    RawPeer peer(server.endpoint());
    peer.send(greeting + message);
    EXPECT_TRUE(peer.closed_by_other_end());
  }
  server.read();
  EXPECT_EQ(server.received(), 0U);
}

TEST_F(CurveTest, FramesInsteadOfAHandshakeEndTheConnection) {
  Server server(context, options());
  RawPeer peer(server.endpoint());
  std::string greeting("\xff\0\0\0\0\0\0\0\0\x7f\x03\0CURVE", 17);
  greeting.resize(64);
  ASSERT_TRUE(peer.send(greeting));
  peer.send_frame(std::string(100, 'x'), More::yes);
  EXPECT_TRUE(peer.closed_by_other_end());
  EXPECT_TRUE(server.until([&] { return failed(server, HandshakeFailure::malformed); }));
  EXPECT_EQ(server.received(), 0U);
}

TEST_F(CurveTest, MalformedQuestionsAreAnsweredAndHarmNobody) {
  guests_.invite(guest_.public_key);
  Server server(context, options());
  for (const std::size_t frames : {1U, 6U, 8U, 20U}) {
    void* const request = zmq_socket(context.handle(), ZMQ_REQ);
    ASSERT_EQ(zmq_connect(request, "inproc://zeromq.zap.01"), 0);
    for (std::size_t i = 0; i < frames; ++i) {
      ASSERT_EQ(zmq_send(request, "1.0", 3, i + 1 < frames ? ZMQ_SNDMORE : 0), 3);
    }
    Texts reply;
    int more = 1;
    for (std::array<char, 256> frame{}; more != 0;) {
      const int size = zmq_recv(request, frame.data(), frame.size(), 0);
      ASSERT_GE(size, 0);
      reply.emplace_back(frame.data(), static_cast<std::size_t>(size));
      std::size_t length = sizeof more;
      zmq_getsockopt(request, ZMQ_RCVMORE, &more, &length);
    }
    zmq_close(request);
    EXPECT_EQ(reply.size(), 6U);
    EXPECT_NE(reply[2], "200");
  }
  Client client(context, server.endpoint(), with(guest_));
  EXPECT_TRUE(client.until(Dealer::Change::connected));
}

TEST_F(CurveTest, IsForOneRouterOfAContext) {
  Server server(context, options());
  RouterOptions second = options();
  second.endpoint = "tcp://127.0.0.1:0";
  EXPECT_FALSE(RouterSocket::bind(context, second));
}

TEST_F(CurveTest, EndsWithItsRouterAndBeginsWithTheNext) {
  guests_.invite(guest_.public_key);
  for (int i = 0; i < 3; ++i) {
    Server server(context, options());
    Client client(context, server.endpoint(), with(guest_));
    EXPECT_TRUE(client.until(Dealer::Change::connected));
  }
}

}  // namespace
}  // namespace sealbus::bus
