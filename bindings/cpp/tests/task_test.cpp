// Handlers as coroutines: what they wait for, where they go on, and what becomes of errors.

#include "fixture.hpp"

namespace sealbus::test {
namespace {

using namespace std::chrono_literals;

class TaskTest : public ServiceTest {
 protected:
  template <typename Function>
  void serve(Function handler) {
    service.on("A", std::move(handler));
    running.emplace(service);
    sidecar.welcome();
  }
  Said answer(const std::string& payload = "") {
    sidecar.message({"A", payload});
    return sidecar.next({"reply", "ack", "nack", "reject"});
  }

  [[nodiscard]] ServiceOptions one_thread() {
    ServiceOptions one = options();
    one.threads = 1;
    return one;
  }

  FakeSidecar sidecar{address()};
  Service service{address(), one_thread()};
  std::optional<Running> running;
};

Task<std::string> greeting(std::string name) { co_return "hello " + name; }
Task<> failing() {
  throw Reject("from_below");
  co_return;
}

TEST_F(TaskTest, ItsResultIsTheReply) {
  serve([](Auth auth, Message message) -> Task<Reply> {
    co_return Reply::text(co_await greeting(auth.user_id) + message.payload);
  });
  EXPECT_EQ(answer("!").payload, "hello user-123!");
}

TEST_F(TaskTest, ItsParametersMayBeReferences) {
  serve([](const Auth& auth, const Message& message) -> Task<Reply> {
    co_await resume_on_pool();
    co_return Reply::text(auth.user_id + message.payload);
  });
  EXPECT_EQ(answer("!").payload, "user-123!");
}

TEST_F(TaskTest, WithoutAResultTheResponseHasNoBody) {
  serve([](Auth, Message) -> Task<> { co_await resume_on_pool(); });
  EXPECT_EQ(answer()["status"], "204");
}

TEST_F(TaskTest, WhatIsThrownBelowIsThrownAbove) {
  serve([](Auth, Message message) -> Task<Reply> {
    if (message.payload == "catch") {
      try {
        co_await failing();
      } catch (const Reject& reject) {
        co_return Reply::text("caught " + reject.code);
      }
    }
    co_await failing();
    co_return Reply();
  });
  EXPECT_EQ(answer()["code"], "from_below");
  EXPECT_EQ(answer("catch").payload, "caught from_below");
}

// One thread, so each would keep the other from running if it held it.
TEST_F(TaskTest, OneThatWaitsHoldsNoThread) {
  std::promise<Completion<std::string>> first;
  serve([&](Auth, Message message) -> Task<Reply> {
    if (message.payload == "second") co_return Reply::text("second");
    co_return Reply::text(co_await callback<std::string>(
        [&](Completion<std::string> done) { first.set_value(std::move(done)); }));
  });
  sidecar.message({"A", "first"});
  const Completion<std::string> done = first.get_future().get();
  EXPECT_EQ(answer("second").payload, "second");
  EXPECT_TRUE(done("woken"));
  EXPECT_FALSE(done("again"));
  EXPECT_EQ(sidecar.next({"reply", "reject"}).payload, "woken");
}

TEST_F(TaskTest, GoesOnOnThePoolAndNotWhereTheCallbackCame) {
  serve([](Auth, Message) -> Task<Reply> {
    const auto pool = std::this_thread::get_id();
    std::future<void> caller;
    co_await callback<void>([&caller](Completion<void> done) {
      caller = std::async(std::launch::async, [done] { done(); });
    });
    co_return Reply::text(std::this_thread::get_id() == pool ? "same" : "other");
  });
  EXPECT_EQ(answer().payload, "same");
}

TEST_F(TaskTest, ACallbackMayComeAtOnceOrFailOrNeverCome) {
  serve([](Auth, Message message) -> Task<Reply> {
    const std::string& how = message.payload;
    // The coroutine may go on, and `how` end, as soon as it is called back.
    const int number = co_await callback<int>([&how](Completion<int> done) {
      if (how == "throws") throw Reject("thrown_below");
      if (how == "fails") {
        done.fail(std::make_exception_ptr(Reject("failed_below")));
      } else if (how == "at once") {
        done(42);
      }
    });
    co_return Reply::text(std::to_string(number));
  });
  EXPECT_EQ(answer("at once").payload, "42");
  EXPECT_EQ(answer("fails")["code"], "failed_below");
  EXPECT_EQ(answer("throws")["code"], "thrown_below");
  EXPECT_EQ(answer("never")["code"], "handler_failed");
  heard.line("sealbus::Abandoned");
}

TEST_F(TaskTest, TheServiceEndsAfterWhatWaits) {
  std::optional<Completion<void>> waiting;
  std::atomic<bool> ended = false;
  std::future<void> caller;
  {
    Service other(address(), one_thread());
    other.on("B", [&](Auth, Message message) -> Task<> {
      co_await callback<void>([&](Completion<void> done) {
        waiting = std::move(done);
        message.progress();
      });
      ended = true;
    });
    {
      Running runs(other);
      sidecar.welcome();
      sidecar.message({"B"});
      sidecar.next({"progress"});
      other.stop();
      other.stop();
      EXPECT_EQ(runs.result(), 1);
    }
    EXPECT_FALSE(ended);
    caller = std::async(std::launch::async, [done = std::move(waiting)] { (*done)(); });
  }
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace sealbus::test
