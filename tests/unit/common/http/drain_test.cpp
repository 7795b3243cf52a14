#include <optional>

#include "tests/unit/common/http/fixture.hpp"

namespace sealbus::http {
namespace {

const std::string kGet = http_request("GET", "/a");

class DrainTest : public ServerTest {
 protected:
  // A server whose handler keeps its responders until the test answers them.
  void start_keeping() {
    start([this](Request&, Responder responder) {
      kept_.emplace(std::move(responder));
      asked_ = true;
    });
  }
  void drain_until_new_connections_are_refused() {
    server_->begin_drain();
    const auto refused = [this] {
      try {
        connect();
        return false;
      } catch (const std::runtime_error&) {
        return true;
      }
    };
    ASSERT_TRUE(eventually(refused));
  }
  void wait_until_asked() {
    ASSERT_TRUE(eventually([this] { return asked_.load(); }));
  }

  std::optional<Responder> kept_;
  std::atomic<bool> asked_{false};
};

TEST_F(DrainTest, ClosesIdleConnectionsWithoutAWordWhenTheirTimeIsOverAndIsDone) {
  options_.workers = 2;
  start();
  HttpClient fresh = connect();
  HttpClient used = connect();
  ASSERT_EQ(used.ask(kGet).status, 200U);
  drain_until_new_connections_are_refused();
  EXPECT_FALSE(server_->drained_within(1ms));
  const auto waited = turn_clock_until_heard(fresh);
  EXPECT_GE(waited, options_.timeouts.drain);
  EXPECT_LT(waited, options_.timeouts.idle);
  EXPECT_TRUE(fresh.closed_by_server());
  EXPECT_TRUE(used.closed_by_server());
  EXPECT_TRUE(server_->drained_within(10s));
  EXPECT_EQ(server_->connections(), 0U);
}

// The client had no way to know, and may have sent it before the drain began.
TEST_F(DrainTest, AnswersOneMoreRequestOnAnIdleConnectionAndClosesIt) {
  start();
  HttpClient client = connect();
  ASSERT_EQ(client.ask(kGet).field("connection"), "");
  drain_until_new_connections_are_refused();
  const HttpResponse response = client.ask(kGet);
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.field("connection"), "close");
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(DrainTest, RefusesNewConnections) {
  start();
  server_->begin_drain();
  ASSERT_TRUE(server_->drained_within(10s));
  EXPECT_THROW(connect(), std::runtime_error);
}

TEST_F(DrainTest, FinishesWhatIsInFlightAndClosesAfterIt) {
  start_keeping();
  HttpClient client = connect();
  client.send(kGet);
  wait_until_asked();
  server_->begin_drain();
  EXPECT_FALSE(server_->drained_within(20ms));
  kept_->answer({202, {}, {}, {}});
  const HttpResponse response = client.read();
  EXPECT_EQ(response.status, 202U);
  EXPECT_EQ(response.field("connection"), "close");
  EXPECT_TRUE(client.closed_by_server());
  client.finish_sending();
  EXPECT_TRUE(server_->drained_within(10s));
}

TEST_F(DrainTest, FinishesARequestThatIsStillArriving) {
  start();
  HttpClient client = connect();
  client.send(kGet.substr(0, 12));
  // The answer to a later connection shows that the first bytes are there.
  ASSERT_EQ(ask(kGet).status, 200U);
  server_->begin_drain();
  client.send(kGet.substr(12));
  const HttpResponse response = client.read();
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.field("connection"), "close");
}

TEST_F(DrainTest, SaysWhenItTakesTooLong) {
  start_keeping();
  HttpClient client = connect();
  client.send(kGet);
  wait_until_asked();
  server_->begin_drain();
  EXPECT_FALSE(server_->drained_within(1ms));
}

TEST_F(DrainTest, MayBeAskedForTwice) {
  start();
  server_->begin_drain();
  server_->begin_drain();
  EXPECT_TRUE(server_->drained_within(10s));
  EXPECT_TRUE(server_->drained_within(1ms));
}

TEST_F(DrainTest, StopDropsWhatIsInFlight) {
  start_keeping();
  HttpClient waiting = connect();
  HttpClient idle = connect();
  HttpClient halfway = connect();
  halfway.send(kGet.substr(0, 12));
  waiting.send(kGet);
  wait_until_asked();
  server_->stop();
  EXPECT_TRUE(waiting.closed_by_server());
  EXPECT_TRUE(idle.closed_by_server());
  EXPECT_TRUE(halfway.closed_by_server());
  EXPECT_EQ(server_->connections(), 0U);
  server_->stop();
}

TEST_F(DrainTest, TakesAnAnswerAfterTheServerHasGone) {
  start_keeping();
  HttpClient client = connect();
  client.send(kGet);
  wait_until_asked();
  server_.reset();
  kept_->answer({200, {}, {}, "late"});
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(DrainTest, TakesAResponderDroppedAfterTheServerHasGone) {
  start_keeping();
  HttpClient client = connect();
  client.send(kGet);
  wait_until_asked();
  server_.reset();
  handler_.reset();
  kept_.reset();
  EXPECT_TRUE(client.closed_by_server());
}

// Between two of them the connection lets others run, and one of those may be the end.
TEST_F(DrainTest, StopsInTheMiddleOfPipelinedRequests) {
  for (int round = 0; round < 50; ++round) {
    std::vector<Responder> kept;
    std::atomic<int> asked{0};
    start([&](Request&, Responder responder) {
      if (++asked < 16) return responder.answer({202, {}, {}, {}});
      kept.push_back(std::move(responder));
    });
    std::string many;
    for (int i = 0; i < 40; ++i) many += kGet;
    HttpClient client = connect();
    client.send(many);
    ASSERT_TRUE(eventually([&] { return asked > round % 16; }));
    server_.reset();
  }
}

TEST_F(DrainTest, StopsWhileClientsAskAndAnswersComeFromElsewhere) {
  options_.workers = 2;
  for (int round = 0; round < 20; ++round) {
    std::mutex mutex;
    std::vector<Responder> waiting;
    std::atomic<bool> over{false};
    std::atomic<int> asked{0};
    start([&](Request&, Responder responder) {
      ++asked;
      const std::lock_guard lock(mutex);
      waiting.push_back(std::move(responder));
    });
    std::thread answers([&] {
      while (!over) {
        const std::lock_guard lock(mutex);
        for (Responder& responder : waiting) responder.answer({202, {}, {}, {}});
        waiting.clear();
      }
    });
    std::vector<HttpClient> clients;
    for (int i = 0; i < 8; ++i) clients.push_back(connect());
    for (HttpClient& client : clients) client.send(kGet + kGet + kGet);
    ASSERT_TRUE(eventually([&] { return asked > 0; }));
    server_.reset();
    over = true;
    answers.join();
  }
}

}  // namespace
}  // namespace sealbus::http
