// Who answers, from where, with what.

#include <atomic>
#include <optional>
#include <stdexcept>

#include "common/http/handler.hpp"
#include "tests/unit/common/http/fixture.hpp"

namespace sealbus::http {
namespace {

const std::string kGet = http_request("GET", "/a");

class ResponderTest : public ServerTest {};

TEST_F(ResponderTest, TakesTheAnswerFromAnotherThread) {
  std::vector<std::thread> threads;
  start([&](Request& request, Responder responder) {
    threads.emplace_back([&request, responder = std::move(responder)]() mutable {
      responder.answer({200, {}, {}, std::string(request.target)});
    });
  });
  HttpClient client = connect();
  for (int i = 0; i < 50; ++i) {
    const auto target = "/" + std::to_string(i);
    EXPECT_EQ(client.ask(http_request("GET", target)).body, target);
  }
  server_->stop();
  for (std::thread& thread : threads) thread.join();
}

TEST_F(ResponderTest, TakesTheAnswersOfManyConnectionsFromManyThreads) {
  constexpr unsigned kThreads = 4;
  constexpr int kRequests = 100;
  options_.workers = 2;
  std::mutex mutex;
  std::vector<Responder> waiting;
  std::atomic<bool> over{false};
  start([&](Request&, Responder responder) {
    const std::lock_guard lock(mutex);
    waiting.push_back(std::move(responder));
  });
  const auto answer_all = [&] {
    while (!over) {
      std::vector<Responder> mine;
      {
        const std::lock_guard lock(mutex);
        mine.swap(waiting);
      }
      for (Responder& responder : mine) responder.answer({202, {}, {}, {}});
      std::this_thread::yield();
    }
  };
  const auto ask_often = [&] {
    HttpClient client = connect();
    for (int i = 0; i < kRequests; ++i) EXPECT_EQ(client.ask(kGet).status, 202U);
  };
  std::thread one(answer_all), two(answer_all);
  std::vector<std::thread> clients;
  for (unsigned i = 0; i < kThreads; ++i) clients.emplace_back(ask_often);
  for (std::thread& client : clients) client.join();
  over = true;
  one.join();
  two.join();
}

TEST_F(ResponderTest, TakesTheAnswerOnTheWorkerAfterTheHandlerReturned) {
  std::optional<Responder> kept;
  start([&](Request&, Responder responder) {
    kept.emplace(std::move(responder));
    server_->post_to_worker(0, [&] { kept->answer({202, {}, {}, {}}); });
  });
  HttpClient client = connect();
  EXPECT_EQ(client.ask(kGet).status, 202U);
  EXPECT_EQ(client.ask(kGet).status, 202U);
}

TEST_F(ResponderTest, AnswersInternalWhenTheResponderIsDroppedInTheHandler) {
  start([](Request&, Responder) {});
  const HttpResponse response = ask(kGet);
  EXPECT_EQ(response.status, 500U);
  EXPECT_EQ(response.body.substr(0, 9), "internal:");
  EXPECT_NE(response.body.find("(GET /a)"), std::string::npos);
}

TEST_F(ResponderTest, AnswersInternalWhenTheResponderIsDroppedByAnotherThread) {
  std::thread thread;
  start([&](Request&, Responder responder) {
    thread = std::thread([gone = std::move(responder)] {});
  });
  EXPECT_EQ(ask(kGet).status, 500U);
  thread.join();
}

TEST_F(ResponderTest, AnswersInternalWhenTheHandlerThrows) {
  start([](Request& request, Responder responder) {
    if (request.path == "/throw") throw std::runtime_error("the handler's own");
    echo(request, std::move(responder));
  });
  HttpClient client = connect();
  const HttpResponse response = client.ask(http_request("GET", "/throw"));
  EXPECT_EQ(response.status, 500U);
  EXPECT_EQ(response.body.find("own"), std::string::npos);
  EXPECT_EQ(client.ask(kGet).status, 200U);
}

TEST_F(ResponderTest, AnAnswerReplacedByAnotherResponderCountsAsDropped) {
  std::optional<Responder> kept;
  start([&](Request&, Responder responder) {
    if (!kept) {
      kept.emplace(std::move(responder));
    } else {
      *kept = std::move(responder);
      kept->answer({202, {}, {}, {}});
    }
  });
  HttpClient first = connect();
  first.send(kGet);
  ASSERT_TRUE(eventually([&] { return server_->connections() == 1; }));
  HttpClient second = connect();
  HttpResponse of_second = second.ask(kGet);
  // Whichever arrived first was dropped.
  EXPECT_EQ(first.read().status + of_second.status, 500U + 202U);
}

struct Unsendable {
  std::string_view name;
  Response response;
};

TEST_F(ResponderTest, RefusesToSplitAResponse) {
  const std::vector<Unsendable> cases = {
      {"line break in a value", {200, {}, {{"X", "a\r\nSet-Cookie: b"}}, {}}},
      {"line feed in a value", {200, {}, {{"X", "a\nb"}}, {}}},
      {"line break in a name", {200, {}, {{"X: a\r\nY", "b"}}, {}}},
      {"empty name", {200, {}, {{"", "b"}}, {}}},
      {"line break in the type", {200, "a\r\nX: b", {}, {}}},
      {"second length", {200, {}, {{"content-length", "0"}}, {}}},
      {"encoding", {200, {}, {{"Transfer-Encoding", "chunked"}}, {}}},
      {"informational status", {100, {}, {}, {}}},
      {"status out of range", {1000, {}, {}, {}}},
  };
  std::size_t next = 0;
  start([&](Request&, Responder responder) { responder.answer(cases[next].response); });
  HttpClient client = connect();
  for (; next < cases.size(); ++next) {
    EXPECT_EQ(client.ask(kGet).status, 500U) << cases[next].name;
  }
}

TEST_F(ResponderTest, SendsTheHandlersOwnFields) {
  start([](Request&, Responder responder) {
    responder.answer({401, {}, {{"WWW-Authenticate", "Bearer"}, {"X-A", "1"}, {"X-A", "2"}}, {}});
  });
  const HttpResponse response = ask(kGet);
  EXPECT_EQ(response.field("www-authenticate"), "Bearer");
  EXPECT_EQ(response.fields.back(), (std::pair<std::string, std::string>{"x-a", "2"}));
}

}  // namespace
}  // namespace sealbus::http
