#include "common/bus/dealer.hpp"

#include <array>
#include <memory>
#include <optional>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/common/bus/bus_fixture.hpp"

namespace sealbus::bus {
namespace {

using test::Client;
using test::Server;
using test::text_message;
using test::texts;
using Texts = std::vector<std::string>;

// Listens, and says nothing to whoever comes.
class MuteListener {
 public:
  MuteListener() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const auto generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(socket_, generic, size), 0);
    EXPECT_EQ(listen(socket_, 8), 0);
    EXPECT_EQ(getsockname(socket_, generic, &size), 0);
    endpoint = "tcp://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~MuteListener() { close(socket_); }

  std::string endpoint;

 private:
  int socket_;
};

class DealerTest : public testing::Test {
 protected:
  Context context;
};

TEST_F(DealerTest, TellsOnceThatItIsConnected) {
  Server server(context);
  Client client(context, server.endpoint());
  EXPECT_TRUE(client.until(Dealer::Change::connected));
  EXPECT_EQ(client.dealer().poll_connection(), Dealer::Change::none);
}

TEST_F(DealerTest, CanSendAsSoonAsItIsConnected) {
  Server server(context);
  for (int i = 0; i < 50; ++i) {
    Client client(context, server.endpoint());
    ASSERT_TRUE(client.until(Dealer::Change::connected));
    Message message = text_message({"x"});
    ASSERT_EQ(client.dealer().send(message), Dealer::Status::sent);
  }
}

TEST_F(DealerTest, TakesNothingBeforeItIsConnected) {
  const MuteListener mute;
  Client client(context, mute.endpoint);
  Message message = text_message({"seal", "header"});
  EXPECT_EQ(client.dealer().send(message), Dealer::Status::would_block);
  EXPECT_EQ(texts(message), (Texts{"seal", "header"}));
}

TEST_F(DealerTest, GivesUpOnAnOtherEndThatDoesNotShakeHands) {
  const MuteListener mute;
  DealerOptions options;
  options.handshake = std::chrono::milliseconds(100);
  Client client(context, mute.endpoint, options);
  EXPECT_TRUE(client.until(Dealer::Change::disconnected));
  Message message = text_message({"x"});
  EXPECT_EQ(client.dealer().send(message), Dealer::Status::gone);
}

TEST_F(DealerTest, TellsThatNobodyListens) {
  std::string endpoint;
  {
    const MuteListener ended;
    endpoint = ended.endpoint;
  }
  Client client(context, endpoint);
  EXPECT_TRUE(client.until(Dealer::Change::disconnected));
}

TEST_F(DealerTest, RefusesWhatIsNoAddress) {
  for (const char* endpoint : {"", "nonsense", "tcp://", "tcp://127.0.0.1"}) {
    EXPECT_FALSE(Dealer::open(context, endpoint, {})) << endpoint;
  }
}

TEST_F(DealerTest, SeesTheOtherEndGoAndStillHandsOutWhatHadArrived) {
  std::optional<Server> server(std::in_place, context);
  Client client(context, server->endpoint());
  ASSERT_TRUE(client.send(text_message({"hello"})));
  ASSERT_TRUE(server->until([&] { return server->received() == 1; }));
  for (int i = 0; i < 100; ++i) {
    Message message = text_message({std::to_string(i)});
    ASSERT_EQ(server->socket().send(server->last_peer(), message), SendStatus::sent);
  }
  server.reset();
  ASSERT_TRUE(client.until(Dealer::Change::disconnected));
  for (int i = 0; i < 100; ++i) ASSERT_EQ(client.receive(), Texts{std::to_string(i)});
  EXPECT_FALSE(client.dealer().receive());
  Message message = text_message({"x"});
  EXPECT_EQ(client.dealer().send(message), Dealer::Status::gone);
  EXPECT_EQ(texts(message), Texts{"x"});
}

TEST_F(DealerTest, NeverReconnectsByItselfButAFreshOneDoes) {
  std::optional<Server> server(std::in_place, context);
  RouterOptions same;
  same.endpoint = server->endpoint();
  std::optional<Client> client(std::in_place, context, server->endpoint());
  ASSERT_TRUE(client->until(Dealer::Change::connected));
  server.reset();
  ASSERT_TRUE(client->until(Dealer::Change::disconnected));
  server.emplace(context, same);
  for (int i = 0; i < 10; ++i) {
    client->wait();
    ASSERT_EQ(client->dealer().poll_connection(), Dealer::Change::none);
  }
  client.emplace(context, same.endpoint);
  EXPECT_TRUE(client->send(text_message({"back"})));
  EXPECT_TRUE(server->until([&] { return server->received() == 1; }));
}

TEST_F(DealerTest, DropsAMessageOfTooManyFramesAsAWhole) {
  Server server(context);
  Client client(context, server.endpoint());
  ASSERT_TRUE(client.send(text_message({"hello"})));
  ASSERT_TRUE(server.until([&] { return server.received() == 1; }));
  Message bad = text_message({"1", "2", "3", "4"});
  Message good = text_message({"1", "2", "3"});
  ASSERT_EQ(server.socket().send(server.last_peer(), bad), SendStatus::sent);
  ASSERT_EQ(server.socket().send(server.last_peer(), good), SendStatus::sent);
  std::optional<std::variant<Message, BadShape>> first;
  for (int i = 0; i < 200 && !first; ++i) {
    client.wait();
    first = client.dealer().receive();
  }
  ASSERT_TRUE(first && std::holds_alternative<BadShape>(*first));
  EXPECT_EQ(std::get<BadShape>(*first), BadShape::too_many_frames);
  EXPECT_EQ(client.receive(), (Texts{"1", "2", "3"}));
}

TEST_F(DealerTest, EndsAConnectionThatBringsATooLargeFrame) {
  Server server(context);
  DealerOptions options;
  options.max_message = base::ByteCount{1'000};
  Client client(context, server.endpoint(), options);
  ASSERT_TRUE(client.send(text_message({"hello"})));
  ASSERT_TRUE(server.until([&] { return server.received() == 1; }));
  Message large = text_message({std::string(1'001, 'x')});
  ASSERT_EQ(server.socket().send(server.last_peer(), large), SendStatus::sent);
  EXPECT_TRUE(client.until(Dealer::Change::disconnected));
}

TEST_F(DealerTest, BlocksAtItsHighWaterMarkAndGoesOnWhenTheOtherEndReads) {
  RouterOptions server_options;
  server_options.receive_high_water = 1;
  Server server(context, server_options);
  DealerOptions options;
  options.send_high_water = 1;
  Client client(context, server.endpoint(), options);
  ASSERT_TRUE(client.until(Dealer::Change::connected));
  const std::string large(1'000'000, 'x');
  std::size_t sent = 0;
  // Not enough that it is full for a moment: until it stays full.
  for (int full = 0; full < 3;) {
    Message message = text_message({large});
    if (client.dealer().send(message) == Dealer::Status::sent) {
      ++sent;
      full = 0;
    } else {
      ASSERT_EQ(message[0].size(), large.size());
      client.wait(Interest::read_and_write);
      ++full;
    }
    ASSERT_LT(sent, 1'000U);
  }
  ASSERT_TRUE(server.until([&] { return server.received() == sent; }));
  EXPECT_TRUE(client.send(text_message({"goes on"})));
  EXPECT_TRUE(server.until([&] { return server.received() == sent + 1; }));
}

TEST_F(DealerTest, SendsWhatItHasWithinItsLingerAfterItsEnd) {
  Server server(context);
  DealerOptions options;
  options.linger = std::chrono::milliseconds(5'000);
  {
    Client client(context, server.endpoint(), options);
    ASSERT_TRUE(client.until(Dealer::Change::connected));
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(client.send(text_message({std::to_string(i)})));
  }
  EXPECT_TRUE(server.until([&] { return server.received() == 500; }));
}

TEST_F(DealerTest, MayTakeTheAddressOfAnotherVersion) {
  RouterOptions options;
  options.endpoint = "tcp://[::1]:0";
  const auto bound = RouterSocket::bind(context, options);
  if (!bound) GTEST_SKIP() << "no IPv6 here: " << bound.error().message;
  Server server(context, options);
  EXPECT_TRUE(server.endpoint().starts_with("tcp://[::1]:"));
  Client client(context, server.endpoint());
  EXPECT_TRUE(client.send(text_message({"six"})));
  EXPECT_TRUE(server.until([&] { return server.received() == 1; }));
}

}  // namespace
}  // namespace sealbus::bus
