#include "sidecar/admin/admin_server.hpp"

#include <array>
#include <cstdio>

#include <gtest/gtest.h>

#include "tests/support/http_client.hpp"
#include "tests/support/manual_clock.hpp"

namespace sealbus::admin {
namespace {

using test::http_request;
using test::HttpClient;
using test::HttpResponse;

contract::Contract create_user() {
  contract::Contract contract = contract::make_contract("CreateUser", contract::Kind::command);
  contract.methods = {"GET", "POST"};
  contract.required.all_of = {"users:create"};
  return contract;
}

class FixedStatus final : public StatusSource {
 public:
  [[nodiscard]] Readiness readiness() const override { return readiness_; }
  [[nodiscard]] std::vector<ServiceStatus> services() const override { return services_; }
  [[nodiscard]] std::vector<Family> metrics() const override { return metrics_; }

  Readiness readiness_;
  std::vector<ServiceStatus> services_;
  std::vector<Family> metrics_;
};

class AdminServerTest : public testing::Test {
 protected:
  void SetUp() override {
    status_.services_ = {{"my-service", {{create_user(), 1}}, {}, {}, {}}};
    start({"127.0.0.1", 0});
  }

  void start(const settings::ListenAddress& listen, std::vector<std::string> hosts = {}) {
    auto started = AdminServer::start({listen, std::move(hosts)}, status_, clock_);
    ASSERT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
  }

  HttpResponse ask(std::string_view bytes) {
    return HttpClient("127.0.0.1", server_->port()).ask(bytes);
  }
  HttpResponse get(std::string_view target, std::string_view lines = {}) {
    return ask(http_request("GET", target, lines));
  }
  HttpResponse get_from(std::string_view host) {
    return ask("GET /healthz HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n");
  }

  FixedStatus status_;
  test::ManualClock clock_;
  std::unique_ptr<AdminServer> server_;
};

TEST_F(AdminServerTest, IsHealthyAsLongAsItAnswers) {
  status_.readiness_.conditions = {{"bus", false, "not bound"}};
  const HttpResponse response = get("/healthz");
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.body, "ok\n");
}

TEST_F(AdminServerTest, IsReadyWhenEveryConditionIsMet) {
  status_.readiness_.conditions = {{"bus", true, "bound"}, {"authentication", true, "HS256"}};
  const HttpResponse response = get("/readyz");
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.field("content-type"), "application/json");
  EXPECT_EQ(response.body,
            R"({"ready":true,"conditions":[{"name":"bus","met":true,"detail":"bound"},)"
            R"({"name":"authentication","met":true,"detail":"HS256"}]})"
            "\n");
}

TEST_F(AdminServerTest, IsNotReadyWhenOneIsNotAndSaysWhich) {
  status_.readiness_.conditions = {{"bus", true, ""}, {"draining", false, "shutting down"}};
  const HttpResponse response = get("/readyz");
  EXPECT_EQ(response.status, 503U);
  EXPECT_EQ(response.body, R"({"ready":false,"conditions":[{"name":"bus","met":true,"detail":""},)"
                           R"({"name":"draining","met":false,"detail":"shutting down"}]})"
                           "\n");
}

TEST_F(AdminServerTest, ListsTheContractsOfAService) {
  const HttpResponse response = get("/api/services/my-service/contracts");
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.body,
            R"({"service":"my-service","contracts":[{"name":"CreateUser","kind":"command",)"
            R"("method":["GET","POST"],"path":"/api/create-user",)"
            R"("requiredPermissions":["users:create"],"public":false,"timeout":"5s"}],)"
            R"("subscriptions":[],"replicas":[]})"
            "\n");
}

TEST_F(AdminServerTest, WritesASingleMethodAsText) {
  status_.services_[0].contracts[0].contract.methods = {"PUT"};
  EXPECT_NE(get("/api/services/my-service").body.find(R"("method":"PUT")"), std::string::npos);
}

TEST_F(AdminServerTest, WritesAlternativePermissionsAsAnyOf) {
  auto& required = status_.services_[0].contracts[0].contract.required;
  required = {{}, {"a", "b"}};
  const auto wanted = R"("requiredPermissions":{"anyOf":["a","b"]})";
  EXPECT_NE(get("/api/services/my-service").body.find(wanted), std::string::npos);
  required = {{"c"}, {"a"}};
  const auto both = R"("requiredPermissions":{"allOf":["c"],"anyOf":["a"]})";
  EXPECT_NE(get("/api/services/my-service").body.find(both), std::string::npos);
}

TEST_F(AdminServerTest, WritesAnEmptyArrayWhenNoPermissionIsRequired) {
  status_.services_[0].contracts[0].contract.required = {};
  EXPECT_NE(get("/api/services/my-service").body.find(R"("requiredPermissions":[],)"),
            std::string::npos);
}

TEST_F(AdminServerTest, ShowsHowAnEventIsDelivered) {
  auto& contract = status_.services_[0].contracts[0].contract;
  contract.kind = contract::Kind::event;
  contract.max_auth_age = std::chrono::hours(1);
  const std::string body = get("/api/services/my-service").body;
  EXPECT_NE(body.find(R"("kind":"event")"), std::string::npos);
  EXPECT_NE(body.find(R"("delivery":"stored","authAt":"ingress","maxAuthAge":"1h","retry":)"
                      R"({"maxAttempts":5,"initialDelay":"1s","maxDelay":"30s","ackWait":"30s"})"),
            std::string::npos)
      << body;
}

TEST_F(AdminServerTest, ShowsReplicasAndWhatWasRefused) {
  const auto since = base::from_millis(1'767'225'600'007);
  status_.services_[0].replicas = {{"018f-a", since, true, 3, 253},
                                   {"018f-b", since, false, 0, {}}};
  status_.services_[0].refused = {
      {"DeleteAll", base::Refusal::not_granted, "/api/\"all\" is not granted", {}}};
  const std::string body = get("/api/services/my-service").body;
  EXPECT_NE(body.find(R"("replicas":[{"instance":"018f-a","since":"2026-01-01T00:00:00.007Z",)"
                      R"("ready":true,"inFlight":3,"credit":253},{"instance":"018f-b",)"
                      R"("since":"2026-01-01T00:00:00.007Z","ready":false,"inFlight":0}],)"
                      R"("refused":[{"name":"DeleteAll","code":"not_granted",)"
                      R"("detail":"/api/\"all\" is not granted"}]})"),
            std::string::npos)
      << body;
}

TEST_F(AdminServerTest, ShowsSubscriptionsAndDefinitionsThatDifferAndWhichIngressRefused) {
  EXPECT_EQ(get("/api/services/my-service").body.find("definitions"), std::string::npos);
  status_.services_[0].contracts[0].definitions = 2;
  status_.services_[0].subscriptions = {"orders.OrderPlaced"};
  status_.services_[0].refused = {
      {"CreateUser", base::Refusal::route_conflict, "taken", "tcp://i:1"}};
  const std::string body = get("/api/services/my-service").body;
  EXPECT_NE(
      body.find(R"("timeout":"5s","definitions":2}],"subscriptions":["orders.OrderPlaced"],)"),
      std::string::npos)
      << body;
  EXPECT_NE(body.find(R"("detail":"taken","ingress":"tcp://i:1"}])"), std::string::npos) << body;
}

TEST_F(AdminServerTest, ListsEveryService) {
  EXPECT_EQ(get("/api/services").body,
            "{\"services\":[" +
                get("/api/services/my-service")
                    .body.substr(0, get("/api/services/my-service").body.size() - 1) +
                "]}\n");
  status_.services_.clear();
  EXPECT_EQ(get("/api/services").body, "{\"services\":[]}\n");
}

TEST_F(AdminServerTest, AnswersTheCommandOfTheTroubleshootingPage) {
  if (std::system("command -v curl >/dev/null && command -v jq >/dev/null") != 0) {
    GTEST_SKIP() << "needs curl and jq";
  }
  const std::string command =
      "curl -s http://localhost:" + std::to_string(server_->port()) +
      "/api/services/my-service/contracts"
      " | jq -c '.contracts[] | select(.name==\"CreateUser\") | .requiredPermissions'";
  std::FILE* pipe = popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::array<char, 256> line{};
  EXPECT_NE(std::fgets(line.data(), line.size(), pipe), nullptr);
  pclose(pipe);
  EXPECT_STREQ(line.data(), "[\"users:create\"]\n");
}

TEST_F(AdminServerTest, DoesNotKnowOtherServicesOrPages) {
  for (const auto* target : {"/api/services/other", "/api/services/other/contracts", "/", "/api",
                             "/api/services/", "/api/services/my-service/", "/healthz/",
                             "/api/healthz", "/api/services/my-service/contracts/CreateUser",
                             "/api/services/my-service/secrets", "/API/services"}) {
    const HttpResponse response = get(target);
    EXPECT_EQ(response.status, 404U) << target;
    EXPECT_EQ(response.field("content-type"), "application/problem+json");
    EXPECT_NE(response.body.find(R"("status":404,"code":"not_found","error":"Not found")"),
              std::string::npos)
        << response.body;
  }
}

TEST_F(AdminServerTest, OnlyReads) {
  for (const auto* method : {"POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    for (const auto* target : {"/healthz", "/readyz", "/api/services"}) {
      const HttpResponse response = ask(http_request(method, target));
      EXPECT_EQ(response.status, 405U) << method << " " << target;
      EXPECT_EQ(response.field("allow"), "GET, HEAD");
    }
  }
  EXPECT_EQ(ask(http_request("TRACE", "/healthz")).field("allow"), "GET, HEAD");
  EXPECT_EQ(ask(http_request("HEAD", "/healthz")).field("content-length"), "3");
}

TEST_F(AdminServerTest, IgnoresAQuery) { EXPECT_EQ(get("/healthz?probe=1").status, 200U); }

TEST_F(AdminServerTest, AnswersUnderLoopbackNamesOnAnyPort) {
  for (const auto* host : {"localhost", "LocalHost:3001", "127.0.0.1", "127.0.0.1:8080",
                           "127.1.2.3", "[::1]", "[::1]:3001"}) {
    EXPECT_EQ(get_from(host).status, 200U) << host;
  }
  EXPECT_EQ(ask("GET /healthz HTTP/1.0\r\n\r\n").status, 200U);
}

TEST_F(AdminServerTest, RefusesUnknownHosts) {
  for (const auto* host : {"evil.example", "evil.example:3001", "localhost.evil.example",
                           "127.0.0.1.evil.example", "10.0.0.1", "[::2]", "0.0.0.0"}) {
    const HttpResponse response = get_from(host);
    EXPECT_EQ(response.status, 403U) << host;
    EXPECT_EQ(response.body.find("my-service"), std::string::npos);
  }
}

TEST_F(AdminServerTest, AnswersUnderAnyAddressWhenItListensOnAllButUnderNoOtherName) {
  start({"0.0.0.0", 0});
  for (const auto* host : {"localhost", "10.0.0.1:3001", "0.0.0.0:3001", "[fd00::1]:3001"}) {
    EXPECT_EQ(get_from(host).status, 200U) << host;
  }
  EXPECT_EQ(get_from("evil.example").status, 403U);
}

TEST_F(AdminServerTest, RefusesForeignOrigins) {
  for (const auto* origin : {"http://evil.example", "null", "http://localhost:8080",
                             "https://localhost", "http://localhost.evil.example", ""}) {
    const std::string line = "Origin: " + std::string(origin) + "\r\n";
    EXPECT_EQ(get("/api/services", line).status, 403U) << origin;
    EXPECT_EQ(get("/api/services", "Origin: http://localhost\r\n" + line).status, 403U) << origin;
  }
  EXPECT_EQ(get("/api/services", "Origin: http://localhost\r\n").status, 200U);
}

TEST_F(AdminServerTest, WritesItsOwnWordsForBrokenRequests) {
  const HttpResponse response = ask("GET /healthz HTTP/1.1\r\n\r\n");
  EXPECT_EQ(response.status, 400U);
  EXPECT_EQ(response.field("content-type"), "application/problem+json");
  EXPECT_NE(response.body.find(R"("type":"urn:sealbus:refusal:bad_request")"), std::string::npos);
}

TEST_F(AdminServerTest, NamesTheAddressThatIsTaken) {
  const auto second = AdminServer::start({{"127.0.0.1", server_->port()}, {}}, status_, clock_);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find(server_->address()), std::string::npos);
}

TEST_F(AdminServerTest, AnswersUnderTheNamesThatItWasGivenAndNoOther) {
  start({"0.0.0.0", 0}, {"api-gateway"});
  EXPECT_EQ(get_from("api-gateway").status, 200U);
  EXPECT_EQ(get_from("API-Gateway:3001").status, 200U);
  EXPECT_EQ(get_from("api-gateway.evil.example").status, 403U);
  EXPECT_EQ(get_from("evil.example").status, 403U);
  start({"0.0.0.0", 0});
  EXPECT_EQ(get_from("api-gateway").status, 403U);
}

TEST_F(AdminServerTest, RefusesAForeignOriginUnderAnyOfItsNames) {
  start({"127.0.0.1", 0}, {"api-gateway"});
  const std::string head = "GET /metrics HTTP/1.1\r\nHost: api-gateway\r\nOrigin: ";
  EXPECT_EQ(ask(head + "http://api-gateway\r\n\r\n").status, 200U);
  EXPECT_EQ(ask(head + "http://evil.example\r\n\r\n").status, 403U);
  EXPECT_EQ(ask(head + "http://localhost\r\n\r\n").status, 403U);
}

TEST_F(AdminServerTest, ShowsMetricsInTheTextFormatOfPrometheus) {
  status_.metrics_ = {{"sealbus_a_total", "An a.", MetricKind::counter, {{{}, 7.0}}}};
  const HttpResponse response = get("/metrics");
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.field("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(response.field("cache-control"), "no-store");
  EXPECT_EQ(response.body,
            "# HELP sealbus_a_total An a.\n# TYPE sealbus_a_total counter\nsealbus_a_total 7\n");
  EXPECT_EQ(ask(http_request("POST", "/metrics", {})).status, 405U);
}

}  // namespace
}  // namespace sealbus::admin
