// Requests that are too large, too slow or too many, and clients that go away.

#include <optional>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/unit/common/http/fixture.hpp"

namespace sealbus::http {
namespace {

const std::string kGet = http_request("GET", "/a");

class LimitsTest : public ServerTest {};

std::string request_of_size(std::size_t size) {
  const std::size_t without = http_request("GET", "/a", "X: \r\n").size();
  return http_request("GET", "/a", "X: " + std::string(size - without, 'x') + "\r\n");
}

TEST_F(LimitsTest, TakesHeadersOfExactlyTheLimit) {
  options_.limits.max_header = {8'192};
  start();
  HttpClient client = connect();
  EXPECT_EQ(client.ask(request_of_size(8'192)).status, 200U);
  EXPECT_EQ(client.ask(request_of_size(8'192)).status, 200U);
}

TEST_F(LimitsTest, RefusesHeadersOfOneByteMore) {
  options_.limits.max_header = {8'192};
  start();
  HttpClient client = connect();
  EXPECT_EQ(client.ask(request_of_size(8'193)).status, 431U);
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(LimitsTest, RefusesEndlessHeadersAtTheLimit) {
  start();
  HttpClient client = connect();
  client.send("GET /a HTTP/1.1\r\n");
  client.send("X: " + std::string(65'536, 'x'));
  EXPECT_EQ(client.read().status, 431U);
}

TEST_F(LimitsTest, RefusesTooManyHeaders) {
  options_.limits.max_fields = 3;
  start();
  EXPECT_EQ(ask(http_request("GET", "/a", "A: 1\r\nB: 2\r\n")).status, 200U);
  EXPECT_EQ(ask(http_request("GET", "/a", "A: 1\r\nB: 2\r\nC: 3\r\n")).status, 431U);
}

TEST_F(LimitsTest, TakesATargetOfExactlyTheLimit) {
  start();
  EXPECT_EQ(ask(http_request("GET", "/" + std::string(8'191, 'a'))).status, 200U);
}

TEST_F(LimitsTest, RefusesATargetOfOneByteMore) {
  start();
  EXPECT_EQ(ask(http_request("GET", "/" + std::string(8'192, 'a'))).status, 414U);
}

TEST_F(LimitsTest, RefusesAnEndlessTarget) {
  start();
  EXPECT_EQ(ask("GET /" + std::string(12'000, 'a')).status, 414U);
}

TEST_F(LimitsTest, TakesABodyOfExactlyTheLimit) {
  options_.limits.max_body = {10};
  start();
  EXPECT_EQ(ask(http_request("POST", "/a", "Content-Length: 10\r\n", "0123456789")).status, 200U);
}

TEST_F(LimitsTest, RefusesALargerBodyWhenItIsDeclared) {
  options_.limits.max_body = {10};
  start();
  EXPECT_EQ(ask(http_request("POST", "/a", "Content-Length: 11\r\n")).status, 413U);
  EXPECT_EQ(ask(http_request("POST", "/a", "Content-Length: 1073741824\r\n")).status, 413U);
  const auto all_bits_set = "Content-Length: 18446744073709551615\r\n";
  EXPECT_EQ(ask(http_request("POST", "/a", all_bits_set)).status, 413U);
}

TEST_F(LimitsTest, RefusesALargerBodyInsteadOfAskingForIt) {
  options_.limits.max_body = {10};
  start();
  const auto lines = "Content-Length: 11\r\nExpect: 100-continue\r\n";
  EXPECT_EQ(ask(http_request("POST", "/a", lines)).status, 413U);
}

TEST_F(LimitsTest, RefusesAChunkedBodyAtTheChunkThatIsTooMuch) {
  options_.limits.max_body = {10};
  start();
  const auto lines = "Transfer-Encoding: chunked\r\n";
  EXPECT_EQ(ask(http_request("POST", "/a", lines, "a\r\n0123456789\r\n0\r\n\r\n")).status, 200U);
  EXPECT_EQ(ask(http_request("POST", "/a", lines, "a\r\n0123456789\r\n1\r\n")).status, 413U);
}

TEST_F(LimitsTest, LetsTheClientSeeTheRefusalWhileItStillSends) {
  start();
  HttpClient client = connect();
  client.send(http_request("POST", "/a", "Content-Length: 2000000\r\n", std::string(500'000, 'x')));
  EXPECT_EQ(client.read().status, 413U);
}

TEST_F(LimitsTest, EndsSlowHeadersWith408) {
  start();
  HttpClient client = connect();
  client.send("GET /a HTTP/1.1\r\nHost:");
  const auto waited = turn_clock_until_heard(client);
  EXPECT_GE(waited, options_.timeouts.header);
  EXPECT_LT(waited, options_.timeouts.idle);
  const HttpResponse response = client.read();
  EXPECT_EQ(response.status, 408U);
  EXPECT_EQ(response.field("connection"), "close");
}

TEST_F(LimitsTest, DoesNotLetADripKeepTheHeadersOpen) {
  start();
  HttpClient client = connect();
  client.send("GET /a HTTP/1.1\r\n");
  std::chrono::milliseconds waited{0};
  while (!client.readable_within(4ms) && waited < 10min) {
    client.send("X: y\r\n");
    clock_.advance(100ms);
    waited += 100ms;
  }
  EXPECT_GE(waited, options_.timeouts.header);
  EXPECT_EQ(client.read().status, 408U);
}

TEST_F(LimitsTest, WaitsForHeadersAsLongAsItSays) {
  start();
  HttpClient client = connect();
  client.send(kGet.substr(0, 10));
  clock_.advance(options_.timeouts.header - 1ms);
  client.send(kGet.substr(10));
  EXPECT_EQ(client.read().status, 200U);
}

TEST_F(LimitsTest, EndsASlowBodyWith408) {
  for (const auto* lines : {"Content-Length: 10\r\n", "Transfer-Encoding: chunked\r\n"}) {
    start();
    HttpClient client = connect();
    client.send(http_request("POST", "/a", lines, "5\r\nab"));
    const auto waited = turn_clock_until_heard(client);
    EXPECT_GE(waited, options_.timeouts.body);
    EXPECT_LT(waited, options_.timeouts.idle);
    const HttpResponse response = client.read();
    EXPECT_EQ(response.status, 408U);
    EXPECT_NE(response.body.find("(POST /a)"), std::string::npos);
  }
}

TEST_F(LimitsTest, ClosesAnIdleConnectionWithoutAWord) {
  start();
  HttpClient fresh = connect();
  HttpClient used = connect();
  ASSERT_EQ(used.ask(kGet).status, 200U);
  EXPECT_GE(turn_clock_until_heard(fresh), options_.timeouts.idle);
  EXPECT_TRUE(fresh.closed_by_server());
  EXPECT_TRUE(used.closed_by_server());
}

TEST_F(LimitsTest, LetsAHandlerTakeItsTime) {
  std::optional<Responder> kept;
  std::atomic<bool> asked{false};
  start([&](Request&, Responder responder) {
    kept.emplace(std::move(responder));
    asked = true;
  });
  HttpClient client = connect();
  client.send(kGet);
  ASSERT_TRUE(eventually([&] { return asked.load(); }));
  clock_.advance(1h);
  EXPECT_FALSE(client.readable_within(50ms));
  kept->answer({202, {}, {}, {}});
  EXPECT_EQ(client.read().status, 202U);
}

TEST_F(LimitsTest, DropsAClientThatDoesNotReadItsResponse) {
  start([](Request&, Responder responder) {
    responder.answer({200, {}, {}, std::string(32'000'000, 'x')});
  });
  HttpClient client = connect();
  client.send(kGet);
  ASSERT_TRUE(client.readable_within(10s));
  EXPECT_TRUE(eventually([&] {
    clock_.advance(100ms);
    return server_->connections() == 0;
  }));
}

TEST_F(LimitsTest, DoesNotWaitForeverForAClientToClose) {
  start();
  HttpClient client = connect();
  EXPECT_EQ(client.ask(http_request("GET", "/a", "Connection: close\r\n")).status, 200U);
  EXPECT_EQ(server_->connections(), 1U);
  EXPECT_TRUE(eventually([&] {
    clock_.advance(100ms);
    return server_->connections() == 0;
  }));
}

TEST_F(LimitsTest, ClosesConnectionsBeyondItsMostAndTakesOthersAfterwards) {
  options_.max_connections = 2;
  start();
  HttpClient first = connect();
  std::optional<HttpClient> second(connect());
  ASSERT_EQ(first.ask(kGet).status, 200U);
  ASSERT_EQ(second->ask(kGet).status, 200U);
  HttpClient third = connect();
  EXPECT_TRUE(third.closed_by_server());
  second.reset();
  ASSERT_TRUE(eventually([&] { return server_->connections() == 1; }));
  EXPECT_EQ(ask(kGet).status, 200U);
  EXPECT_EQ(first.ask(kGet).status, 200U);
}

TEST_F(LimitsTest, GoesOnAcceptingAfterItRanOutOfFileDescriptors) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the undefined-behaviour sanitizer itself needs a pipe to look at an object";
#endif
  start();
  HttpClient before = connect();
  ASSERT_EQ(before.ask(kGet).status, 200U);
  rlimit usual{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &usual), 0);
  rlimit few = usual;
  few.rlim_cur = 256;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  std::vector<int> used;
  for (int fd = dup(0); fd >= 0; fd = dup(0)) used.push_back(fd);
  ASSERT_FALSE(used.empty());
  close(used.back());
  used.pop_back();

  HttpClient late = connect();  // takes the last one: there is none to accept it with
  late.send(kGet);
  EXPECT_EQ(before.ask(kGet).status, 200U);
  EXPECT_EQ(server_->connections(), 1U);
  for (const int fd : used) close(fd);
  EXPECT_EQ(late.read().status, 200U);
  setrlimit(RLIMIT_NOFILE, &usual);
}

TEST_F(LimitsTest, IsNotHarmedByClientsThatGoAway) {
  start();
  const std::string whole = http_request("POST", "/a", "Content-Length: 4\r\n", "abcd");
  for (std::size_t sent = 0; sent <= whole.size(); ++sent) {
    HttpClient client = connect();
    client.send(whole.substr(0, sent));
    client.reset();
  }
  EXPECT_EQ(ask(kGet).status, 200U);
  EXPECT_TRUE(eventually([&] { return server_->connections() == 0; }));
}

TEST_F(LimitsTest, TakesAnAnswerForAClientThatHasGone) {
  std::optional<Responder> kept;
  std::atomic<bool> asked{false};
  start([&](Request&, Responder responder) {
    kept.emplace(std::move(responder));
    asked = true;
  });
  HttpClient client = connect();
  client.send(kGet);
  ASSERT_TRUE(eventually([&] { return asked.load(); }));
  client.reset();
  kept->answer({200, {}, {}, std::string(1'000'000, 'x')});
  EXPECT_TRUE(eventually([&] { return server_->connections() == 0; }));
}

TEST_F(LimitsTest, HoldsThousandsOfIdleConnections) {
  rlimit usual{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &usual), 0);
  const std::size_t count = std::min<std::size_t>(2'000, (usual.rlim_cur - 100) / 2);
  start();
  std::vector<HttpClient> clients;
  for (std::size_t i = 0; i < count; ++i) clients.push_back(connect());
  ASSERT_TRUE(eventually([&] { return server_->connections() == count; }));
  EXPECT_EQ(clients.front().ask(kGet).status, 200U);
  EXPECT_EQ(clients.back().ask(kGet).status, 200U);
}

}  // namespace
}  // namespace sealbus::http
