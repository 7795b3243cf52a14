#include "sidecar/ingress/request_handler.hpp"

#include <algorithm>
#include <array>

#include "common/base/log.hpp"
#include "common/base/uuid.hpp"
#include "sidecar/auth/log_lines.hpp"
#include "sidecar/ingress/http_errors.hpp"

namespace sealbus::ingress {
namespace {

using base::Refusal;

// While nothing has registered yet, an unknown path may simply be early.
constexpr auto kStartingPeriod = std::chrono::seconds(5);
constexpr std::size_t kLongestRequestId = 128;
// Of a header's value in an envelope (FORMAT.md §5.2).
constexpr std::size_t kLongestForwarded = 8'192;

bool is_request_id(std::string_view text) {
  const bool clean = std::all_of(text.begin(), text.end(), [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == ':';
  });
  return clean && !text.empty() && text.size() <= kLongestRequestId;
}

// version "-" trace id "-" parent id "-" flags (W3C Trace Context, section 3.2).
bool is_traceparent(std::string_view text) {
  if (text.size() != 55) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 2 || i == 35 || i == 52;
    const char c = text[i];
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (dash ? c != '-' : !digit) return false;
  }
  return true;
}

// A response header that a service may not set: they frame the message, or are the ingress's own.
bool is_reserved(std::string_view name) {
  constexpr auto kReserved = std::to_array<std::string_view>(
      {"connection", "content-length", "content-type", "date", "keep-alive", "proxy-authenticate",
       "proxy-authorization", "proxy-connection", "sealbus-auth", "te", "trailer",
       "transfer-encoding", "upgrade", "x-request-id"});
  return std::any_of(kReserved.begin(), kReserved.end(), [&](std::string_view reserved) {
    return http::equal_ignoring_case(name, reserved);
  });
}

// A header that the envelope cannot hold is left out: no service was promised it.
bool may_be_forwarded(std::string_view value) {
  return value.size() <= kLongestForwarded && base::is_utf8(value);
}

Rejection insufficient(std::vector<std::string> missing) {
  Rejection rejection = reject(Refusal::insufficient_permissions);
  rejection.missing = std::move(missing);
  return rejection;
}

// What the caller lacks of all that the live definitions demand, each once.
std::vector<std::string> lacking(const RoutedContract& contract,
                                 const identity::AuthContext& context) {
  std::vector<std::string> all;
  for (const identity::Requirement& required : contract.requirements) {
    for (std::string& one : identity::missing(required, context.permissions, context.wildcards)) {
      if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(std::move(one));
    }
  }
  return all;
}

}  // namespace

// Turns the outcome into the HTTP response.
class RequestHandler::HttpCaller final : public Caller {
 public:
  HttpCaller(const RequestHandler& handler, http::Responder responder, std::string request_id)
      : handler_(handler), responder_(std::move(responder)), request_id_(std::move(request_id)) {}

  void reply(const ReplyView& reply) override {
    http::Response response;
    response.status = reply.status;
    response.content_type = reply.content_type;
    for (const auto& [name, value] : reply.headers) {
      const bool clean = http::is_token(name) && http::is_field_value(value);
      if (clean && !is_reserved(name)) {
        response.fields.push_back({std::string(name), std::string(value)});
      }
    }
    response.body = base::as_text(reply.body);
    responder_.answer(handler_.decorate(std::move(response), request_id_));
  }

  void reject(Rejection rejection) override {
    handler_.counters_.count(rejection.failure.refusal);
    log::info("Request refused: {} ({}) request={}", base::code(rejection.failure.refusal),
              log::escaped(rejection.failure.detail), request_id_);
    auto response = to_response(rejection, request_id_, handler_.error_detail_);
    responder_.answer(handler_.decorate(std::move(response), request_id_));
  }

 private:
  const RequestHandler& handler_;
  http::Responder responder_;
  std::string request_id_;
};

RequestHandler::RequestHandler(Options options, unsigned workers,
                               const Authentication& authentication, CallSink& calls,
                               base::RefusalCounters& counters, const base::Clock& clock,
                               base::Random& random)
    : options_(std::move(options)),
      error_detail_(authentication.error_detail),
      development_(authentication.development),
      calls_(calls),
      counters_(counters),
      clock_(clock),
      random_(random),
      started_(clock.steady()),
      nothing_yet_(std::make_shared<const RouteTable>()),
      views_(workers, View{nothing_yet_, authentication.authenticator}) {}

void RequestHandler::install(unsigned worker, std::shared_ptr<const RouteTable> table) {
  views_.at(worker).table = std::move(table);
}

void RequestHandler::install(unsigned worker, const Authentication& authentication) {
  views_.at(worker).authenticator = authentication.authenticator;
  error_detail_ = authentication.error_detail;
  development_ = authentication.development;
}

void RequestHandler::handle(http::Request& request, http::Responder responder) {
  const std::string id = request_id(request);
  auto call = prepare(request, id);
  auto caller = std::make_unique<HttpCaller>(*this, std::move(responder), id);
  if (!call) return caller->reject(std::move(call.error()));
  call->caller = std::move(caller);
  if (calls_.submit(*call)) return;
  call->caller->reject(unavailable(Refusal::queue_full));
}

base::Result<Call, Rejection> RequestHandler::prepare(http::Request& request,
                                                      const std::string& request_id) {
  if (draining_) return tl::make_unexpected(ingress::reject(Refusal::draining));
  const View& view = views_[request.worker];
  auto match = find(request, *view.table);
  const bool is_public = match && match->contract->is_public;
  // Nobody learns which paths exist before saying who they are.
  auto identity = is_public
                      ? base::Result<identity::Identity, Rejection>(view.authenticator->anonymous())
                      : authenticate(request, *view.authenticator);
  if (!identity) return tl::make_unexpected(std::move(identity.error()));
  if (!match) return tl::make_unexpected(std::move(match.error()));
  auto missing =
      is_public ? std::vector<std::string>{} : lacking(*match->contract, identity->context());
  if (!missing.empty()) return tl::make_unexpected(insufficient(std::move(missing)));
  if (match->contract->definition.kind == contract::Kind::event) {
    return tl::make_unexpected(ingress::reject(Refusal::no_subscriber));
  }
  return make_call(request, *match, *identity, request_id);
}

base::Result<Match, Rejection> RequestHandler::find(const http::Request& request,
                                                    const RouteTable& table) const {
  Match match = table.match(request.method, request.segments);
  if (match.contract != nullptr) return match;
  const bool early = &table == nothing_yet_.get() && clock_.steady() - started_ < kStartingPeriod;
  if (early) return tl::make_unexpected(unavailable(Refusal::starting));
  Rejection rejection =
      ingress::reject(match.allowed.empty() ? Refusal::not_found : Refusal::method_not_allowed);
  rejection.allowed = std::move(match.allowed);
  return tl::make_unexpected(std::move(rejection));
}

base::Result<identity::Identity, Rejection> RequestHandler::authenticate(
    const http::Request& request, const auth::Authenticator& authenticator) {
  auto identity = authenticator.authenticate(request.fields);
  auth::log_outcome(identity, request.fields);
  if (identity) return std::move(*identity);
  Rejection rejection{std::move(identity.error()), {}, {}, {}};
  return tl::make_unexpected(std::move(rejection));
}

base::Result<Call, Rejection> RequestHandler::make_call(http::Request& request, const Match& match,
                                                        const identity::Identity& identity,
                                                        const std::string& request_id) {
  const contract::Contract& definition = match.contract->definition;
  const base::WallTime now = clock_.wall();
  envelope::Header header;
  header.type = envelope::MessageType::message;
  header.id = base::make_uuid_v7(now, random_);
  header.issued = now;
  header.expires = now + definition.timeout;
  header.contract = definition.name;
  header.kind = contract::name(definition.kind);
  header.correlation_id = request_id;
  header.method = request.method;
  header.path = request.path;
  header.query = request.query;
  header.attempt = 1;
  for (const auto& [name, value] : match.parameters) header.params.emplace_back(name, value);
  if (const auto type = http::find_field(request, "content-type")) header.content_type = *type;
  const auto trace = http::find_field(request, "traceparent");
  if (trace && is_traceparent(*trace)) header.traceparent = *trace;
  for (const std::string& name : options_.forward_headers) {
    const auto value = http::find_field(request, name);
    if (value && may_be_forwarded(*value)) header.headers.emplace_back(name, *value);
  }
  auto encoded = envelope::encode_message(header, identity);
  if (!encoded) return tl::make_unexpected(Rejection{encoded.error(), {}, {}, {}});
  if (encoded->bytes().size() + request.body.size() > options_.max_message.value) {
    return tl::make_unexpected(ingress::reject(Refusal::payload_too_large));
  }
  return Call{.id = header.id,
              .contract = match.contract,
              .header = std::move(*encoded),
              .payload = std::move(request.body),
              .deadline = clock_.steady() + definition.timeout,
              .caller = nullptr};
}

http::Response RequestHandler::refuse(base::Refusal refusal, std::string detail,
                                      const http::Request* request) {
  const std::string id = request != nullptr ? request_id(*request)
                                            : to_string(base::make_uuid_v7(clock_.wall(), random_));
  counters_.count(refusal);
  Rejection rejection{{refusal, std::move(detail)}, {}, {}, {}};
  if (refusal == Refusal::method_not_allowed) {
    rejection.allowed = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"};
  }
  return decorate(to_response(rejection, id, error_detail_), id);
}

std::string RequestHandler::request_id(const http::Request& request) {
  const auto given = http::find_field(request, "x-request-id");
  if (given && is_request_id(*given)) return std::string(*given);
  return to_string(base::make_uuid_v7(clock_.wall(), random_));
}

http::Response RequestHandler::decorate(http::Response response,
                                        std::string_view request_id) const {
  response.fields.push_back({"X-Request-Id", std::string(request_id)});
  if (development_) response.fields.push_back({"Sealbus-Auth", "development"});
  return response;
}

}  // namespace sealbus::ingress
