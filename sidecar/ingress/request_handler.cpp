#include "sidecar/ingress/request_handler.hpp"

#include <algorithm>
#include <array>

#include "common/base/json_writer.hpp"
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
constexpr std::string_view kTraceparent = "traceparent";
constexpr std::string_view kTracestate = "tracestate";

bool is_request_id(std::string_view text) {
  const bool clean = std::all_of(text.begin(), text.end(), [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == ':';
  });
  return clean && !text.empty() && text.size() <= kLongestRequestId;
}

// Two headers are as good as none: nobody can tell which of them the caller's proxy made.
std::optional<TraceContext> received_trace(const http::Request& request) {
  if (http::count_fields(request, kTraceparent) != 1) return std::nullopt;
  return parse_traceparent(*http::find_field(request, kTraceparent));
}

// The headers as one (W3C Trace Context, section 3.3); empty when the trace that they belong to
// does not go on.
std::string received_tracestate(const http::Request& request) {
  std::string whole;
  for (const http::FieldView& field : request.fields) {
    if (!http::equal_ignoring_case(field.name, kTracestate)) continue;
    if (!whole.empty()) whole += ',';
    whole += field.value;
  }
  return whole.empty() || received_trace(request) ? whole : std::string();
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

// Turns the outcome into the HTTP response, and enters it in the ledger.
class RequestHandler::HttpCaller final : public Caller {
 public:
  HttpCaller(const RequestHandler& handler, http::Responder responder, Account account)
      : handler_(handler), responder_(std::move(responder)), account_(std::move(account)) {}

  Account& account() { return account_; }

  void reply(const ReplyView& reply) override {
    if (!http::is_field_value(reply.content_type)) {
      return reject({{Refusal::internal, "the response cannot be sent as HTTP"}, {}, {}, {}});
    }
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
    answer(std::move(response), std::nullopt);
  }

  void accepted(const base::Uuid& event) override {
    http::Response response;
    response.status = 202;
    response.content_type = "application/json";
    base::JsonWriter json;
    json.begin_object().key("id").string(to_string(event)).end_object();
    response.body = json.take() + "\n";
    answer(std::move(response), std::nullopt);
  }

  void reject(Rejection rejection) override {
    log_refusal(rejection);
    answer(to_response(rejection, account_.entry.request_id, handler_.error_detail_),
           rejection.failure.refusal);
  }

 private:
  void log_refusal(const Rejection& rejection) const {
    const audit::Entry& entry = account_.entry;
    const log::RequestScope scope(entry.request_id, entry.trace_id);
    log::info("Request refused: {} ({}) request={}", base::code(rejection.failure.refusal),
              log::escaped(rejection.failure.detail), entry.request_id);
  }
  void answer(http::Response response, std::optional<Refusal> refusal) {
    response = handler_.decorate(std::move(response), account_.entry.request_id);
    // First, so that whoever has the response finds the entry.
    handler_.ledger_.close(std::move(account_), response.status, refusal);
    responder_.answer(std::move(response));
  }

  const RequestHandler& handler_;
  http::Responder responder_;
  Account account_;
};

RequestHandler::RequestHandler(Options options, unsigned workers,
                               const Authentication& authentication, CallSink& calls,
                               Ledger& ledger, const base::Clock& clock, base::Random& random)
    : options_(std::move(options)),
      error_detail_(authentication.error_detail),
      development_(authentication.development),
      calls_(calls),
      ledger_(ledger),
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
  const TraceContext trace = go_on(received_trace(request), random_);
  Account account{request.worker, clock_.steady(), metrics::kNoContract, {}};
  account.entry.request_id = request_id(request);
  account.entry.trace_id = trace_id_of(trace);
  account.entry.source = request.peer;
  auto caller = std::make_unique<HttpCaller>(*this, std::move(responder), std::move(account));
  auto call = [&] {
    const audit::Entry& entry = caller->account().entry;
    const log::RequestScope scope(entry.request_id, entry.trace_id);
    return prepare(request, trace, caller->account());
  }();
  if (!call) return caller->reject(std::move(call.error()));
  call->caller = std::move(caller);
  if (calls_.submit(*call)) return;
  call->caller->reject(unavailable(Refusal::queue_full));
}

base::Result<Call, Rejection> RequestHandler::prepare(http::Request& request,
                                                      const TraceContext& trace, Account& account) {
  if (draining_) return tl::make_unexpected(unavailable(Refusal::draining));
  const View& view = views_[request.worker];
  auto match = find(request, *view.table);
  if (match) account.reached(*match->contract);
  const bool is_public = match && match->contract->is_public;
  // Nobody learns which paths exist before saying who they are.
  auto identity = is_public
                      ? base::Result<identity::Identity, Rejection>(view.authenticator->anonymous())
                      : authenticate(request, *view.authenticator);
  if (!identity) return tl::make_unexpected(std::move(identity.error()));
  account.entry.user_id = identity->context().user_id;
  account.entry.method = identity::name(identity->context().method);
  if (!match) return tl::make_unexpected(std::move(match.error()));
  auto missing =
      is_public ? std::vector<std::string>{} : lacking(*match->contract, identity->context());
  if (!missing.empty()) return tl::make_unexpected(insufficient(std::move(missing)));
  return make_call(request, *match, *identity, trace, account);
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
                                                        const TraceContext& trace,
                                                        Account& account) {
  const contract::Contract& definition = match.contract->definition;
  const base::WallTime now = clock_.wall();
  envelope::Header header;
  header.type = envelope::MessageType::message;
  header.id = base::make_uuid_v7(now, random_);
  header.issued = now;
  header.expires = now + definition.timeout;
  header.contract = match.contract->sent_as;
  header.kind = contract::name(definition.kind);
  header.correlation_id = account.entry.request_id;
  header.method = request.method;
  header.path = request.path;
  header.query = request.query;
  header.attempt = 1;
  for (const auto& [name, value] : match.parameters) header.params.emplace_back(name, value);
  if (const auto type = http::find_field(request, "content-type")) header.content_type = *type;
  const std::string traceparent = to_traceparent(trace);
  header.traceparent = traceparent;
  const std::string tracestate = received_tracestate(request);
  for (const std::string& name : options_.forward_headers) {
    auto value = http::find_field(request, name);
    if (name == kTracestate) {
      value = tracestate.empty() ? std::nullopt : std::optional<std::string_view>(tracestate);
    }
    if (value && may_be_forwarded(*value)) header.headers.emplace_back(name, *value);
  }
  auto encoded = envelope::encode_message(header, identity);
  if (!encoded) return tl::make_unexpected(Rejection{encoded.error(), {}, {}, {}});
  if (encoded->bytes().size() + request.body.size() > options_.max_message.value) {
    return tl::make_unexpected(ingress::reject(Refusal::payload_too_large));
  }
  account.entry.message_id = to_string(header.id);
  return Call{.id = header.id,
              .contract = match.contract,
              .header = std::move(*encoded),
              .payload = std::move(request.body),
              .deadline = clock_.steady() + definition.timeout,
              .caller = nullptr};
}

http::Response RequestHandler::refuse(base::Refusal refusal, std::string detail,
                                      const http::Client& client, const http::Request* request) {
  Account account{client.worker, {}, metrics::kNoContract, {}};
  const std::string id = request != nullptr ? request_id(*request)
                                            : to_string(base::make_uuid_v7(clock_.wall(), random_));
  account.entry.request_id = id;
  account.entry.source = client.address;
  const auto trace = request != nullptr ? received_trace(*request) : std::nullopt;
  if (trace) account.entry.trace_id = trace_id_of(*trace);
  Rejection rejection{{refusal, std::move(detail)}, {}, {}, {}};
  if (refusal == Refusal::method_not_allowed) {
    rejection.allowed = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"};
  }
  http::Response response = to_response(rejection, id, error_detail_);
  ledger_.close_unread(std::move(account), response.status, refusal);
  return decorate(std::move(response), id);
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
