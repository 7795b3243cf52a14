// A service and its sidecar finding, losing and leaving each other.

#include <atomic>
#include <csignal>

#include <unistd.h>

#include "fixture.hpp"

namespace sealbus::test {
namespace {

using namespace std::chrono_literals;

class ContactTest : public ServiceTest {
 protected:
  // A says that it began (progress) and ends when the gate opens; B answers at once.
  void held(Service& service) {
    service.on("A", [this](const Auth&, const Message& message) {
      ++calls;
      const int now_running = ++running_now;
      if (now_running > most) most = now_running;
      message.progress();
      gate.wait();
      --running_now;
      return Reply::text("finished");
    });
    service.on("B", [](const Auth&, const Message&) { return Reply::text("quick"); });
  }

  std::atomic<int> calls = 0;
  std::atomic<int> running_now = 0;
  std::atomic<int> most = 0;
  Gate gate;
};

TEST_F(ContactTest, SubscribesWithItsNameContractsAndCredit) {
  FakeSidecar sidecar(address());
  Service service(address(), options(3));
  service.on({"A", "orders.OrderPlaced"}, [](const Auth&, const Message&) {});
  const Running running(service);
  EXPECT_EQ(sidecar.welcome().fields, (Shown{{"type", "subscribe"},
                                             {"protocol", "1"},
                                             {"name", "users:1"},
                                             {"credit", "3"},
                                             {"contracts", "[A,orders.OrderPlaced,]"}}));
  heard.line("does not declare orders.OrderPlaced");
}

TEST_F(ContactTest, ASidecarMayStartLaterAndRestart) {
  Service service(address(), options());
  echo(service);
  const Running running(service);
  heard.line("no contact with the sidecar");
  {
    FakeSidecar first(address(), 10s);  // silence would be noticed too late
    first.welcome();
    expect_works(first);
  }
  FakeSidecar second(address());
  second.welcome();
  heard.line("closed the connection");
  expect_works(second);
}

TEST_F(ContactTest, BeatsWhileAllHandlersAreBusy) {
  FakeSidecar sidecar(address(), 200ms);
  ServiceOptions one = options(2);
  one.threads = 1;
  Service service(address(), one);
  held(service);
  const Running running(service);
  sidecar.welcome();
  sidecar.message({"A"});
  sidecar.message({"A"});
  sidecar.next({"progress"});
  sidecar.nothing_but_heartbeats(5);
  EXPECT_EQ(sidecar.peers().size(), 1U);
  gate.open();
  EXPECT_EQ(sidecar.next({"reply"}).payload, "finished");
}

TEST_F(ContactTest, ASilentSidecarIsLeftForAFreshSocket) {
  FakeSidecar sidecar(address(), 200ms);
  Service service(address(), options());
  echo(service);
  const Running running(service);
  const Said first = sidecar.welcome();
  sidecar.silence(first.peer);
  const Said second = sidecar.welcome();
  EXPECT_NE(first.peer, second.peer);
  heard.line("fell silent");
  expect_works(sidecar);
}

TEST_F(ContactTest, SubscribesAgainWhenNothingIsAnsweredWithinASecond) {
  FakeSidecar sidecar(address());
  Service service(address(), options());
  echo(service);
  const Running running(service);
  const Said first = sidecar.next({"subscribe"});
  const Said second = sidecar.welcome();
  EXPECT_NE(first.peer, second.peer);
  heard.line("no answer from the sidecar");
  expect_works(sidecar);
}

TEST_F(ContactTest, AProcessThatWasForgottenBeginsAgain) {
  FakeSidecar sidecar(address());
  Service service(address(), options());
  echo(service);
  const Running running(service);
  sidecar.welcome();
  sidecar.refused("malformed_header", "subscribe first");
  sidecar.welcome();
  sidecar.refused("unknown_session", "a\nb", std::string(16, '\0'));
  sidecar.welcome();
  EXPECT_EQ(heard.line("unknown_session").find('\n'), std::string::npos);
  sidecar.refused("replayed", "too late", std::string(16, '\0'));
  expect_works(sidecar);
  EXPECT_EQ(std::set(sidecar.peers().begin(), sidecar.peers().end()).size(), 3U);
}

TEST_F(ContactTest, AnotherProtocolIsNotSpokenWith) {
  FakeSidecar sidecar(address());
  Service service(address(), options());
  echo(service);
  const Running running(service);
  sidecar.welcome(2);
  sidecar.welcome();
  expect_works(sidecar);
}

TEST_F(ContactTest, TheSameComplaintIsLoudOnce) {
  FakeSidecar sidecar(address());
  Service service(address(), options());
  echo(service);
  const Running running(service);
  for (int i = 0; i < 3; ++i) {
    sidecar.welcome(2);
  }
  sidecar.welcome();
  expect_works(sidecar);
  EXPECT_EQ(heard.count(Severity::warning), 1U);
}

TEST_F(ContactTest, AMalformedMessageIsRejectedAndBytesThatAreNoneChangeNothing) {
  FakeSidecar sidecar(address());
  Service service(address(), options());
  echo(service);
  const Running running(service);
  sidecar.welcome();
  const Sent wrong{.contract = "A", .wrong = "path"};
  const std::string id = sidecar.message(wrong);
  const Said said = sidecar.next({"reject", "reply"});
  EXPECT_EQ(said["id"], id);
  EXPECT_EQ(said["code"], "malformed_header");
  const std::vector<std::vector<std::string>> garbage = {{""},
                                                         {"", ""},
                                                         {"\xc1", ""},
                                                         {"\x80", "", ""},
                                                         {std::string(9'999, '\x91'), ""},
                                                         {"\xdf\xff\xff\xff\xff", ""},
                                                         std::vector<std::string>(1'000, "x")};
  for (const auto& frames : garbage) sidecar.frames(frames);
  expect_works(sidecar);
  EXPECT_EQ(sidecar.peers().size(), 1U);
  EXPECT_EQ(heard.count(Severity::error), garbage.size() + 1);
}

TEST_F(ContactTest, WhatExceedsTheCreditIsPutOff) {
  FakeSidecar sidecar(address());
  Service service(address(), options(2));
  held(service);
  const Running running(service);
  sidecar.welcome();
  for (int i = 0; i < 2; ++i) {
    sidecar.message({"A"});
    sidecar.next({"progress"});
  }
  const std::string beyond = sidecar.message({"A"});
  EXPECT_EQ(sidecar.next({"nack"})["id"], beyond);
  gate.open();
  sidecar.next({"reply"});
  sidecar.next({"reply"});
  sidecar.message({"B"});
  EXPECT_EQ(sidecar.next({"reply", "nack"}).payload, "quick");
  EXPECT_EQ(most, 2);
}

TEST_F(ContactTest, WhatRunsSinceBeforeALossCountsAndWhatWasNotBegunIsDropped) {
  FakeSidecar sidecar(address(), 200ms);
  Service service(address(), options(2));
  held(service);
  const Running running(service);
  std::set<std::string> last;
  for (int connection = 0; connection < 3; ++connection) {
    sidecar.welcome();
    last = {sidecar.message({"A"}), sidecar.message({"A"})};
    if (connection == 0) {
      sidecar.next({"progress"});
      sidecar.next({"progress"});
    } else {
      sidecar.nothing_but_heartbeats(2);
    }
    if (connection < 2) sidecar.silence(sidecar.peers().back());
  }
  gate.open();
  const std::set<std::string> answered = {sidecar.next({"reply"})["id"],
                                          sidecar.next({"reply"})["id"]};
  EXPECT_EQ(answered, last);
  EXPECT_EQ(most, 2);
  EXPECT_EQ(calls, 4);
}

TEST_F(ContactTest, WhatNoThreadHasBegunIsDroppedTooAndDoesNotPileUp) {
  FakeSidecar sidecar(address(), 200ms);
  ServiceOptions one = options(3);
  one.threads = 1;
  Service service(address(), one);
  held(service);
  const Running running(service);
  sidecar.welcome();
  for (int i = 0; i < 3; ++i) sidecar.message({"A"});
  sidecar.next({"progress"});
  sidecar.silence(sidecar.peers().back());
  sidecar.welcome();
  const std::string id = sidecar.message({"A"});
  sidecar.nothing_but_heartbeats(2);
  gate.open();
  EXPECT_EQ(sidecar.next({"reply"})["id"], id);
  EXPECT_EQ(calls, 2);
}

TEST_F(ContactTest, AnEventDeliveredAgainJoinsTheAttemptThatRuns) {
  FakeSidecar sidecar(address(), 200ms);
  Service service(address(), options(2));
  held(service);
  const Running running(service);
  sidecar.welcome();
  const Sent event{.contract = "A", .kind = "event", .id = std::string(16, 'e')};
  const std::string id = sidecar.message(event);
  sidecar.next({"progress"});
  sidecar.silence(sidecar.peers().back());
  const Said second = sidecar.welcome();
  sidecar.message(event);
  sidecar.nothing_but_heartbeats(2);
  gate.open();
  const Said said = sidecar.next({"ack", "reply", "reject", "nack"});
  EXPECT_EQ(said.type(), "ack");
  EXPECT_EQ(said["id"], id);
  EXPECT_EQ(said.peer, second.peer);
  EXPECT_EQ(calls, 1);
}

TEST_F(ContactTest, AfterTheSidecarsByeItFinishesAndBeginsAgain) {
  FakeSidecar sidecar(address());
  Service service(address(), options());
  held(service);
  const Running running(service);
  const Said first = sidecar.welcome();
  const std::string id = sidecar.message({"A"});
  sidecar.next({"progress"});
  sidecar.bye("restart");
  sidecar.nothing_but_heartbeats(1);
  gate.open();
  const Said said = sidecar.next({"reply"});
  EXPECT_EQ(said.peer, first.peer);
  EXPECT_EQ(said["id"], id);
  EXPECT_NE(sidecar.welcome().peer, first.peer);
  heard.line("said bye: restart");
}

TEST_F(ContactTest, AnAddressThatCannotBeIsAnErrorAndNotAWait) {
  Service service("ipc:///tmp/" + std::string(200, 'x'), options());
  echo(service);
  EXPECT_THROW(service.run(), std::system_error);
}

TEST_F(ContactTest, StopFinishesWhatIsInFlightAndWhatWasOnItsWay) {
  FakeSidecar sidecar(address(), 200ms);
  Service service(address(), options());
  held(service);
  Running running(service);
  sidecar.welcome();
  sidecar.message({"A"});
  sidecar.next({"progress"});
  service.stop();
  sidecar.next({"bye"});
  sidecar.message({"B"});
  EXPECT_EQ(sidecar.next({"reply"}).payload, "quick");
  sidecar.bye();
  sidecar.nothing_but_heartbeats(3);
  gate.open();
  EXPECT_EQ(sidecar.next({"reply"}).payload, "finished");
  EXPECT_EQ(running.result(), 0);
}

TEST_F(ContactTest, StopDoesNotWaitForASidecarThatDoesNotAnswer) {
  FakeSidecar sidecar(address(), 200ms);
  Service service(address(), options());
  echo(service);
  Running running(service);
  sidecar.welcome();
  service.stop();
  EXPECT_EQ(running.result(), 0);
}

TEST_F(ContactTest, StopWithoutContactEndsAtOnce) {
  Service service(address(), options());
  echo(service);
  Running running(service);
  heard.line("no contact");
  service.stop();
  EXPECT_EQ(running.result(), 0);
  service.stop();
  Running again(service);
  EXPECT_EQ(again.result(), 0);
}

TEST_F(ContactTest, StopWaitsNoLongerThanItsLimit) {
  FakeSidecar sidecar(address());
  ServiceOptions impatient = options();
  impatient.drain = 100ms;
  Service service(address(), impatient);
  held(service);
  Running running(service);
  sidecar.welcome();
  sidecar.message({"A"});
  sidecar.next({"progress"});
  service.stop();
  EXPECT_EQ(running.result(), 1);
  heard.line("1 messages unanswered");
  gate.open();
}

TEST_F(ContactTest, StopAgainWaitsNoLonger) {
  FakeSidecar sidecar(address());
  Service service(address(), options());
  held(service);
  Running running(service);
  sidecar.welcome();
  sidecar.message({"A"});
  sidecar.next({"progress"});
  service.stop();
  sidecar.next({"bye"});
  service.stop();
  EXPECT_EQ(running.result(), 1);
  gate.open();
}

TEST_F(ContactTest, AServiceMayRunAgainAfterItStopped) {
  FakeSidecar sidecar(address());
  Service service(address(), options());
  echo(service);
  for (int i = 0; i < 2; ++i) {
    Running running(service);
    sidecar.welcome();
    EXPECT_THROW(service.run(), std::logic_error);
    expect_works(sidecar);
    service.stop();
    sidecar.next({"bye"});
    sidecar.bye();
    EXPECT_EQ(running.result(), 0);
  }
}

TEST_F(ContactTest, SignalsStopItWhereAskedAndAreWhatTheyWereAfterwards) {
  for (const int number : {SIGTERM, SIGINT}) {
    struct sigaction before {};
    sigaction(number, nullptr, &before);
    FakeSidecar sidecar(address());
    Service service(address(), options());
    echo(service);
    Service second(address(), options());
    echo(second);
    Running running(service, Signals::stop);
    sidecar.welcome();
    expect_works(sidecar);
    EXPECT_THROW(second.run(Signals::stop), std::logic_error);
    kill(getpid(), number);
    sidecar.next({"bye"});
    sidecar.bye();
    EXPECT_EQ(running.result(), 0);
    struct sigaction after {};
    sigaction(number, nullptr, &after);
    EXPECT_EQ(after.sa_handler, before.sa_handler);
  }
}

}  // namespace
}  // namespace sealbus::test
