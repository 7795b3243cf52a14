#include "common/http/server.hpp"

#include <atomic>
#include <set>

#include "tests/unit/common/http/fixture.hpp"

namespace sealbus::http {
namespace {

const std::string kGet = http_request("GET", "/a");

TEST_F(ServerTest, AnswersARequest) {
  start();
  const HttpResponse response =
      ask(http_request("POST", "/api/x?y=z", "Content-Length: 5\r\n", "hello"));
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.reason, "OK");
  EXPECT_EQ(response.body, "POST /api/x?y=z hello");
  EXPECT_EQ(response.field("content-type"), "text/plain");
  EXPECT_EQ(response.field("date"), "Thu, 01 Jan 2026 00:00:00 GMT");
}

TEST_F(ServerTest, ShowsTheHandlerWhatWasSent) {
  start([](Request& request, Responder responder) {
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.path, "/api/caf%C3%A9");
    EXPECT_EQ(request.query, "b=1");
    EXPECT_EQ(request.segments, (std::vector<std::string>{"api", "café"}));
    EXPECT_EQ(request.peer, "127.0.0.1");
    EXPECT_EQ(request.worker, 0U);
    EXPECT_EQ(request.version, Version::http_1_1);
    EXPECT_EQ(request.fields.size(), 4U);
    EXPECT_EQ(request.fields[1].name, "X-Two");
    EXPECT_EQ(request.fields[1].value, "first  value");
    EXPECT_EQ(find_field(request, "x-two"), "first  value");
    EXPECT_EQ(count_fields(request, "X-TWO"), 2U);
    EXPECT_FALSE(find_field(request, "x-three"));
    responder.answer({204, {}, {}, {}});
  });
  const auto lines = "X-Two: \t first  value \r\nx-two: second\r\nX-Empty:\r\n";
  const HttpResponse response = ask(http_request("GET", "/api/caf%C3%A9?b=1", lines));
  EXPECT_EQ(response.status, 204U);
  EXPECT_EQ(response.field("content-length"), "");
}

TEST_F(ServerTest, AnswersManyRequestsOnOneConnection) {
  start();
  HttpClient client = connect();
  for (int i = 0; i < 100; ++i) {
    const std::string number = std::to_string(i);
    const HttpResponse response = client.ask(http_request(
        "PUT", "/" + number, "Content-Length: " + std::to_string(number.size()) + "\r\n", number));
    EXPECT_EQ(response.body, "PUT /" + number + " " + number);
    EXPECT_EQ(response.field("connection"), "");
  }
  EXPECT_EQ(server_->connections(), 1U);
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  start();
  HttpClient client = connect();
  std::string all;
  for (int i = 0; i < 200; ++i) {
    const auto target = "/" + std::to_string(i);
    switch (i % 3) {
      case 0:
        all += http_request("GET", target);
        break;
      case 1:
        all += http_request("POST", target, "Content-Length: 3\r\n", "abc");
        break;
      default:
        all += http_request("POST", target, "Transfer-Encoding: chunked\r\n",
                            "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
    }
  }
  client.send(all);
  for (int i = 0; i < 200; ++i) {
    const std::string rest = "/" + std::to_string(i) + (i % 3 == 0 ? " " : " abc");
    EXPECT_EQ(client.read().body, (i % 3 == 0 ? "GET " : "POST ") + rest);
  }
}

TEST_F(ServerTest, DoesNotCareHowTheBytesArrive) {
  start();
  HttpClient client = connect();
  const std::string request =
      http_request("POST", "/slow", "Content-Length: 4\r\n", "abcd") +
      http_request("POST", "/slow", "Transfer-Encoding: chunked\r\n", "4\r\nabcd\r\n0\r\n\r\n");
  for (const char byte : request) client.send({&byte, 1});
  EXPECT_EQ(client.read().body, "POST /slow abcd");
  EXPECT_EQ(client.read().body, "POST /slow abcd");
}

TEST_F(ServerTest, FindsTheRequestAfterAChunkedBodyOfManyReads) {
  start([](Request& request, Responder responder) {
    responder.answer({200, {}, {}, std::to_string(request.body.size())});
  });
  HttpClient client = connect();
  std::string chunks;
  for (int i = 0; i < 50; ++i) chunks += "1000\r\n" + std::string(0x1000, 'x') + "\r\n";
  client.send(http_request("POST", "/a", "Transfer-Encoding: chunked\r\n", chunks + "0\r\n\r\n") +
              kGet);
  EXPECT_EQ(client.read().body, std::to_string(50 * 0x1000));
  EXPECT_EQ(client.read().body, "0");
}

TEST_F(ServerTest, AnswersHeadWithoutABody) {
  start([](Request&, Responder responder) { responder.answer({200, {}, {}, "12345"}); });
  HttpClient client = connect();
  EXPECT_EQ(client.ask(http_request("HEAD", "/a")).field("content-length"), "5");
  EXPECT_EQ(client.ask(kGet).body, "12345");
}

TEST_F(ServerTest, ClosesWhenTheClientAsksForIt) {
  start();
  HttpClient client = connect();
  const auto response = client.ask(http_request("GET", "/a", "Connection: x, Close\r\n"));
  EXPECT_EQ(response.field("connection"), "close");
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(ServerTest, ClosesAfterHttp10) {
  start();
  HttpClient client = connect();
  EXPECT_EQ(client.ask("GET /a HTTP/1.0\r\n\r\n").field("connection"), "close");
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(ServerTest, KeepsAnHttp10ConnectionThatAsksForIt) {
  start();
  HttpClient client = connect();
  const auto request = "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  EXPECT_EQ(client.ask(request).field("connection"), "keep-alive");
  EXPECT_EQ(client.ask(request).status, 200U);
}

TEST_F(ServerTest, AnswersAClientThatHasFinishedSending) {
  start();
  HttpClient client = connect();
  client.send(kGet);
  client.finish_sending();
  EXPECT_EQ(client.read().status, 200U);
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(ServerTest, AsksForABodyThatWaitsToBeAskedFor) {
  start();
  HttpClient client = connect();
  const auto expecting =
      http_request("POST", "/a", "Content-Length: 2\r\nExpect: 100-Continue\r\n");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(client.ask(expecting).status, 100U);
    client.send("ok");
    EXPECT_EQ(client.read().body, "POST /a ok");
  }
}

TEST_F(ServerTest, DoesNotAskForABodyThatIsThere) {
  start();
  const auto request =
      http_request("POST", "/a", "Content-Length: 2\r\nExpect: 100-continue\r\n", "ok");
  EXPECT_EQ(ask(request).status, 200U);
}

TEST_F(ServerTest, LetsTheHandlerTakeTheBody) {
  std::string taken;
  start([&](Request& request, Responder responder) {
    taken = std::move(request.body);
    responder.answer({});
  });
  HttpClient client = connect();
  client.ask(http_request("POST", "/a", "Content-Length: 4\r\n", "mine"));
  EXPECT_EQ(taken, "mine");
  client.ask(kGet);
  EXPECT_EQ(taken, "");
}

TEST_F(ServerTest, SendsALargeResponseWhole) {
  const std::string large(8'000'000, 'x');
  start([&](Request&, Responder responder) { responder.answer({200, {}, {}, large}); });
  HttpClient client = connect();
  EXPECT_EQ(client.ask(kGet).body, large);
  EXPECT_EQ(client.ask(kGet).body, large);
}

TEST_F(ServerTest, SharesConnectionsAmongItsWorkers) {
  options_.workers = 3;
  start([](Request& request, Responder responder) {
    responder.answer({200, {}, {}, std::to_string(request.worker)});
  });
  EXPECT_EQ(server_->workers(), 3U);
  std::set<std::string> seen;
  EXPECT_TRUE(eventually([&] {
    seen.insert(ask(kGet).body);
    return seen.size() == 3;
  }));
}

TEST_F(ServerTest, RunsTasksOnTheWorkerThatTheyAreFor) {
  options_.workers = 2;
  std::array<int, 2> state{};  // only ever touched by its worker
  start([&](Request& request, Responder responder) {
    responder.answer({200, {}, {}, std::to_string(state.at(request.worker))});
  });
  std::atomic<int> ran{0};
  for (unsigned i = 0; i < 2; ++i) {
    server_->post_to_worker(i, [&, i] { state.at(i) = 7, ++ran; });
  }
  ASSERT_TRUE(eventually([&] { return ran == 2; }));
  EXPECT_EQ(ask(kGet).body, "7");
}

TEST_F(ServerTest, NamesThePortThatIsTaken) {
  start();
  for (const unsigned workers : {1U, 2U}) {
    ServerOptions same = options_;
    same.listen = server_->bound();
    same.workers = workers;
    const auto second = Server::start(same, *handler_, clock_);
    ASSERT_FALSE(second) << workers;
    EXPECT_EQ(second.error().message,
              "cannot listen on " + to_string(server_->bound()) + ": Address already in use");
  }
}

TEST_F(ServerTest, DoesNotShareItsPortWithAnotherServerOfManyWorkers) {
  options_.workers = 2;
  start();
  ServerOptions same = options_;
  same.listen = server_->bound();
  EXPECT_FALSE(Server::start(same, *handler_, clock_));
}

TEST_F(ServerTest, SaysWhichAddressItCannotHave) {
  options_.listen = {"no-such-host.invalid", 1};
  FunctionHandler handler(echo);
  const auto started = Server::start(options_, handler, clock_);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().message.find("cannot listen on no-such-host.invalid:1: "), 0U);
}

TEST_F(ServerTest, ListensOnIpv6WithAndWithoutBrackets) {
  for (const char* host : {"::1", "[::1]"}) {
    options_.listen = {host, 0};
    start();
    EXPECT_EQ(server_->bound().host, "::1");
    EXPECT_EQ(HttpClient("::1", server_->bound().port).ask(kGet).status, 200U);
    EXPECT_EQ(to_string(Address{"::1", 80}), "[::1]:80");
    server_.reset();
  }
}

TEST_F(ServerTest, TellsWhoSentARequestThatNoHandlerSaw) {
  start();
  EXPECT_EQ(ask("nonsense\r\n\r\n").status, 400U);
  EXPECT_EQ(handler_->refused_from, "127.0.0.1");
}

TEST_F(ServerTest, CountsBytesAsTheyWentOverConnections) {
  start();
  HttpClient client = connect();
  const std::string sent = http_request("GET", "/a", {});
  const HttpResponse response = client.ask(sent);
  EXPECT_TRUE(eventually([&] { return server_->traffic().received == sent.size(); }));
  EXPECT_TRUE(eventually([&] { return server_->traffic().sent > response.body.size(); }));
  const auto before = server_->traffic();
  const HttpResponse again = client.ask(sent);
  EXPECT_EQ(again.status, 200U);
  EXPECT_TRUE(eventually([&] { return server_->traffic().sent == 2 * before.sent; }));
  EXPECT_EQ(server_->traffic().received, 2 * sent.size());
}

}  // namespace
}  // namespace sealbus::http
