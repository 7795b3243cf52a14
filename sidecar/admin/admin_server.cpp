#include "sidecar/admin/admin_server.hpp"

#include <algorithm>

#include "common/http/server.hpp"
#include "sidecar/admin/exposition.hpp"
#include "sidecar/admin/json.hpp"
#include "sidecar/admin/same_origin.hpp"

namespace sealbus::admin {
namespace {

using base::Refusal;
using http::Request;
using http::Response;

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kExposition = "text/plain; version=0.0.4; charset=utf-8";

Response document(unsigned status, std::string body) {
  return {status, std::string(kJson), {{"Cache-Control", "no-store"}}, std::move(body)};
}

struct Words {
  unsigned status;
  std::string_view error;
};

// Only what the admin port and the HTTP library refuse; anything else would be our mistake.
Words words_for(Refusal refusal) {
  switch (refusal) {
    case Refusal::bad_request:
      return {400, "Bad request"};
    case Refusal::not_granted:
      return {403, "Forbidden"};
    case Refusal::not_found:
      return {404, "Not found"};
    case Refusal::method_not_allowed:
      return {405, "Method not allowed"};
    case Refusal::request_timeout:
      return {408, "Request timeout"};
    case Refusal::payload_too_large:
      return {413, "Payload too large"};
    case Refusal::uri_too_long:
      return {414, "URI too long"};
    case Refusal::headers_too_large:
      return {431, "Headers too large"};
    default:
      return {500, "Internal error"};
  }
}

Response problem(Refusal refusal, std::string_view detail) {
  const Words words = words_for(refusal);
  Response response{words.status, "application/problem+json", {}, {}};
  response.body = problem_document(words.status, refusal, words.error, detail);
  if (refusal == Refusal::method_not_allowed) response.fields.push_back({"Allow", "GET, HEAD"});
  return response;
}

// A person reads these; nobody sends a body.
http::ServerOptions server_options(const settings::ListenAddress& listen) {
  http::ServerOptions options;
  options.listen = {listen.host, listen.port};
  options.max_connections = 256;
  options.limits.max_body = {4'096};
  return options;
}

}  // namespace

// What is asked for, and the answer.
class AdminServer::Pages final : public http::Handler {
 public:
  Pages(const Options& options, const StatusSource& source)
      : listen_host_(options.listen.host), hosts_(options.hosts), source_(source) {}

  void handle(Request& request, http::Responder responder) override {
    responder.answer(answer(request));
  }

  Response refuse(Refusal refusal, std::string detail, const http::Client& /*client*/,
                  const Request* /*request*/) override {
    return problem(refusal, detail);
  }

 private:
  [[nodiscard]] Response answer(const Request& request) const {
    if (const auto ours = check_same_origin(request, listen_host_, hosts_); !ours) {
      return problem(ours.error().refusal, ours.error().detail);
    }
    const auto& path = request.segments;
    const bool of_services = path.size() >= 2 && path[0] == "api" && path[1] == "services";
    const bool health = path.size() == 1 && path[0] == "healthz";
    const bool ready = path.size() == 1 && path[0] == "readyz";
    const bool metrics = path.size() == 1 && path[0] == "metrics";
    if (!of_services && !health && !ready && !metrics) {
      return problem(Refusal::not_found, "the admin port has no such page");
    }
    if (request.method != "GET" && request.method != "HEAD") {
      return problem(Refusal::method_not_allowed, "the admin port only reads");
    }
    if (health) return {200, "text/plain", {{"Cache-Control", "no-store"}}, "ok\n"};
    if (ready) return readiness();
    if (metrics) {
      return {200,
              std::string(kExposition),
              {{"Cache-Control", "no-store"}},
              exposition(source_.metrics())};
    }
    return services(path);
  }

  [[nodiscard]] Response readiness() const {
    const Readiness readiness = source_.readiness();
    return document(readiness.ready() ? 200 : 503, readiness_document(readiness));
  }

  // `path` begins with api, services.
  [[nodiscard]] Response services(const std::vector<std::string>& path) const {
    const auto all = source_.services();
    if (path.size() == 2) return document(200, services_document(all));
    const auto found = std::find_if(all.begin(), all.end(), [&](const ServiceStatus& candidate) {
      return candidate.service == path[2];
    });
    if (found == all.end()) return problem(Refusal::not_found, "no such service is registered");
    if (path.size() == 3) return document(200, service_document(*found));
    if (path.size() == 4 && path[3] == "contracts") {
      return document(200, contracts_document(*found));
    }
    return problem(Refusal::not_found, "the admin port has no such page");
  }

  const std::string listen_host_;
  const std::vector<std::string> hosts_;
  const StatusSource& source_;
};

struct AdminServer::Parts {
  Pages pages;
  std::unique_ptr<http::Server> server;
};

AdminServer::AdminServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

AdminServer::~AdminServer() = default;

base::OrError<std::unique_ptr<AdminServer>> AdminServer::start(const Options& options,
                                                               const StatusSource& source,
                                                               const base::Clock& clock) {
  std::unique_ptr<Parts> parts(new Parts{Pages(options, source), nullptr});
  auto server = http::Server::start(server_options(options.listen), parts->pages, clock);
  if (!server) return tl::unexpected(server.error());
  parts->server = std::move(*server);
  return std::unique_ptr<AdminServer>(new AdminServer(std::move(parts)));
}

std::string AdminServer::address() const { return http::to_string(parts_->server->bound()); }

std::uint16_t AdminServer::port() const { return parts_->server->bound().port; }

}  // namespace sealbus::admin
