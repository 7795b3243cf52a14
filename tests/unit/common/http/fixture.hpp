#pragma once
// A server on a free loopback port with a handler made of a function and a clock turned by hand.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "common/http/server.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/manual_clock.hpp"

namespace sealbus::http {

using namespace std::chrono_literals;
using test::http_request;
using test::HttpClient;
using test::HttpResponse;

// Refusals become a status of their own and the text "code: detail (method target)".
class FunctionHandler final : public Handler {
 public:
  using Function = std::function<void(Request&, Responder)>;

  explicit FunctionHandler(Function function) : function_(std::move(function)) {}

  void handle(Request& request, Responder responder) override {
    function_(request, std::move(responder));
  }

  Response refuse(base::Refusal refusal, std::string detail, const Client& client,
                  const Request* request) override {
    refused_from = client.address;
    std::string body = std::string(base::code(refusal)) + ": " + detail;
    if (request != nullptr) {
      body += " (" + std::string(request->method) + " " + std::string(request->target) + ")";
    }
    return {status(refusal), "text/plain", {}, std::move(body)};
  }

  std::string refused_from;  // the client of the newest refusal

 private:
  static unsigned status(base::Refusal refusal) {
    switch (refusal) {
      case base::Refusal::bad_request:
        return 400;
      case base::Refusal::method_not_allowed:
        return 405;
      case base::Refusal::request_timeout:
        return 408;
      case base::Refusal::payload_too_large:
        return 413;
      case base::Refusal::uri_too_long:
        return 414;
      case base::Refusal::headers_too_large:
        return 431;
      default:
        return 500;
    }
  }

  Function function_;
};

// Answers at once with what it was asked.
inline void echo(Request& request, Responder responder) {
  std::string body(request.method);
  body.append(" ").append(request.target).append(" ").append(request.body);
  responder.answer({200, "text/plain", {}, std::move(body)});
}

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    options_.listen = {"127.0.0.1", 0};
    options_.tick = 2ms;
  }

  void start(FunctionHandler::Function function = echo) {
    handler_ = std::make_unique<FunctionHandler>(std::move(function));
    auto started = Server::start(options_, *handler_, clock_);
    ASSERT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
  }

  HttpClient connect() { return HttpClient("127.0.0.1", server_->bound().port); }
  HttpResponse ask(std::string_view bytes) { return connect().ask(bytes); }

  // Turns the clock in small steps until the server says something or closes; how far it was.
  std::chrono::milliseconds turn_clock_until_heard(HttpClient& client) {
    std::chrono::milliseconds turned{0};
    while (!client.readable_within(4ms) && turned < 10min) {
      clock_.advance(200ms);
      turned += 200ms;
    }
    return turned;
  }

  // Waits until the condition holds; false if it does not within ten seconds.
  static bool eventually(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

  ServerOptions options_;
  test::ManualClock clock_;
  std::unique_ptr<FunctionHandler> handler_;
  std::unique_ptr<Server> server_;
};

}  // namespace sealbus::http
