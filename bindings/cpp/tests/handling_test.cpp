// What a handler of each kind gets, gives and throws, and the answer that comes of it.

#include "fixture.hpp"

namespace sealbus::test {
namespace {

using namespace std::chrono_literals;

class HandlingTest : public ServiceTest {
 protected:
  template <typename Function>
  void serve(Function handler) {
    service.on("A", std::move(handler));
    running.emplace(service);
    sidecar.welcome();
  }

  // The answer to one message.
  Said answer(const std::string& payload = "", const std::string& kind = "command") {
    const std::string id = sidecar.message({"A", payload, kind});
    Said said = sidecar.next({"reply", "ack", "nack", "reject"});
    EXPECT_EQ(said["id"], id);
    return said;
  }

  FakeSidecar sidecar{address()};
  Service service{address(), options()};
  std::optional<Running> running;
};

TEST_F(HandlingTest, AHandlerGetsWhoAndWhat) {
  serve([](const Auth& auth, const Message& message) {
    return Reply::text(auth.user_id + " " + auth.permissions.at(1) + " " + message.contract + " " +
                       to_string(message.id) + " " + std::to_string(message.attempt));
  });
  EXPECT_EQ(answer().payload, "user-123 users:read A 07070707-0707-0707-0000-000000000001 1");
}

TEST_F(HandlingTest, AReplyIsTheResponse) {
  serve([](const Auth&, const Message&) {
    return Reply::json(R"({"id":1})", 201).header("Location", "/api/users/1");
  });
  const Said said = answer();
  EXPECT_EQ(said.type(), "reply");
  EXPECT_EQ(said["status"], "201");
  EXPECT_EQ(said["contentType"], "application/json");
  EXPECT_EQ(said["headers"], shown(Shown{{"location", "/api/users/1"}}));
  EXPECT_EQ(said.payload, R"({"id":1})");
}

TEST_F(HandlingTest, NothingIsAResponseWithoutBodyAndAnEventIsAcknowledged) {
  serve([](const Auth&, const Message&) {});
  EXPECT_EQ(answer()["status"], "204");
  EXPECT_EQ(answer("", "event").type(), "ack");
}

TEST_F(HandlingTest, AnEventIsAcknowledgedWhateverIsReturned) {
  serve([](const Auth&, const Message&) { return Reply::text("x"); });
  const Said said = answer("", "event");
  EXPECT_EQ(said.type(), "ack");
  EXPECT_EQ(said.payload, "");
}

TEST_F(HandlingTest, AnExceptionRejectsACommandWithoutItsTextAndTheNextIsServed) {
  serve([](const Auth&, const Message& message) {
    if (message.payload.empty()) throw std::runtime_error("secret-4711\n");
    return Reply::text("made");
  });
  const Said said = answer();
  EXPECT_EQ(said.type(), "reject");
  EXPECT_EQ(said["code"], "handler_failed");
  EXPECT_EQ(said["reason"], "");
  EXPECT_NE(heard.line("handler of A failed").find("secret-4711\\x0a"), std::string::npos);
  EXPECT_EQ(answer("x").payload, "made");
}

TEST_F(HandlingTest, AnExceptionPutsAnEventOffWhateverItIs) {
  serve([](const Auth&, const Message&) { throw 4'711; });
  const Said said = answer("", "event");
  EXPECT_EQ(said.type(), "nack");
  EXPECT_EQ(said["delay"], "");
}

TEST_F(HandlingTest, RetryPutsOffAndRejectIsFinal) {
  serve([](const Auth&, const Message& message) {
    if (message.payload == "later") throw Retry(1'500ms, "busy");
    throw Reject("no_team", "no such team");
  });
  const Said later = answer("later", "event");
  EXPECT_EQ(later.fields,
            (Shown{{"type", "nack"}, {"id", later["id"]}, {"delay", "1500"}, {"reason", "busy"}}));
  const Said never = answer("never");
  EXPECT_EQ(never.fields, (Shown{{"type", "reject"},
                                 {"id", never["id"]},
                                 {"code", "no_team"},
                                 {"reason", "no such team"}}));
}

TEST_F(HandlingTest, TheCallersMistakeIsA400) {
  serve([](const Auth&, const Message&) { throw BadRequest("not \"JSON\"\n"); });
  const Said said = answer();
  EXPECT_EQ(said["status"], "400");
  EXPECT_EQ(said["contentType"], "application/problem+json");
  EXPECT_EQ(said.payload,
            R"({"type":"about:blank","title":"Bad Request","status":400,"code":"bad_request",)"
            R"("error":"Bad request","detail":"not \"JSON\"\u000a"})");
  EXPECT_EQ(answer("", "event")["code"], "bad_request");
}

TEST_F(HandlingTest, AReplyThatCannotBeSentIsAFailure) {
  serve([](const Auth&, const Message&) {
    return Reply::bytes(std::string(4'194'305, 'x'), "text/plain");
  });
  EXPECT_EQ(answer()["code"], "handler_failed");
}

TEST_F(HandlingTest, AMessageForAContractWithoutHandlerIsRejected) {
  serve([](const Auth&, const Message&) {});
  sidecar.message({"B"});
  EXPECT_EQ(sidecar.next({"reject"})["code"], "unknown_contract");
  EXPECT_EQ(answer()["status"], "204");
}

TEST_F(HandlingTest, ProgressIsToldBeforeTheAnswer) {
  serve([](const Auth&, const Message& message) { message.progress(); });
  const std::string id = sidecar.message({"A", "", "event"});
  for (const char* type : {"progress", "ack"}) {
    EXPECT_EQ(sidecar.next({"progress", "ack"}).fields, (Shown{{"type", type}, {"id", id}}));
  }
}

TEST_F(HandlingTest, AHandlerMayBeMovedAndNotCopied) {
  serve([owned = std::make_unique<std::string>("mine")](const Auth&, const Message&) {
    return Reply::text(*owned);
  });
  EXPECT_EQ(answer().payload, "mine");
}

class DeferredTest : public HandlingTest {
 protected:
  // Hands each Responder to the test.
  void serve_later() {
    serve([this](const Auth&, const Message&, Responder responder) {
      const std::lock_guard lock(mutex_);
      responders_.push_back(std::move(responder));
      news_.notify_all();
    });
  }
  Responder responder() {
    std::unique_lock lock(mutex_);
    if (!news_.wait_for(lock, kWithin, [this] { return !responders_.empty(); })) {
      throw std::runtime_error("no handler was called");
    }
    Responder first = std::move(responders_.back());
    responders_.pop_back();
    return first;
  }

 private:
  std::mutex mutex_;
  std::condition_variable news_;
  std::vector<Responder> responders_;
};

TEST_F(DeferredTest, AnAnswerMayComeLaterFromAnotherThread) {
  serve_later();
  const std::string id = sidecar.message({"A"});
  std::async(std::launch::async, [later = responder()] { later.reply(Reply::text("late")); }).get();
  const Said said = sidecar.next({"reply", "reject"});
  EXPECT_EQ(said["id"], id);
  EXPECT_EQ(said.payload, "late");
}

TEST_F(DeferredTest, TheFirstAnswerCounts) {
  serve_later();
  sidecar.message({"A"});
  const Responder one = responder();
  const Responder same = one;
  EXPECT_TRUE(one.reject(Reject("first")));
  EXPECT_FALSE(same.reply(Reply::text("second")));
  EXPECT_EQ(sidecar.next({"reject", "reply"})["code"], "first");
  sidecar.message({"A"});
  responder().retry(Retry(2ms));
  EXPECT_EQ(sidecar.next({"nack", "reject", "reply"})["delay"], "2");
}

TEST_F(DeferredTest, AMessageThatIsForgottenHasFailed) {
  serve_later();
  sidecar.message({"A"});
  responder();
  EXPECT_EQ(sidecar.next({"reject", "reply"})["code"], "handler_failed");
  EXPECT_NE(heard.line("failed at message").find("without an answer"), std::string::npos);
}

TEST_F(DeferredTest, AnAnswerAfterTheServiceIsGoneDoesNothing) {
  std::optional<Responder> late;
  {
    Service other(address(), options());
    other.on("B", [&](const Auth&, const Message& message, Responder responder) {
      message.progress();
      late = std::move(responder);
    });
    const Running other_runs(other);
    sidecar.welcome();
    sidecar.message({"B"});
    sidecar.next({"progress"});
  }
  EXPECT_FALSE(late->reply());
}

}  // namespace
}  // namespace sealbus::test
