#include "sidecar/ingress/http_errors.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "common/base/json_writer.hpp"

namespace sealbus::ingress {
namespace {

using base::Refusal;

constexpr auto kPhrases = std::to_array<std::pair<unsigned, std::string_view>>({
    {400, "Bad request"},
    {401, "Invalid token"},
    {403, "Forbidden"},
    {404, "Not found"},
    {405, "Method not allowed"},
    {408, "Request timeout"},
    {409, "Conflict"},
    {413, "Payload too large"},
    {414, "URI too long"},
    {415, "Unsupported media type"},
    {422, "Unprocessable"},
    {429, "Too many requests"},
    {431, "Headers too large"},
    {500, "Internal error"},
    {502, "Bad gateway"},
    {503, "Unavailable"},
    {504, "Timeout"},
});

// Were credentials sent, so that RFC 6750 section 3.1 wants an `error`?
bool names_an_error(Refusal refusal) {
  return refusal != Refusal::authentication_required && refusal != Refusal::development_disabled;
}

// The short phrase of each kind of refusal.
std::string_view phrase(Refusal refusal) {
  if (refusal == Refusal::development_refused) return "Invalid identity";
  if (!names_an_error(refusal)) return "Authentication required";
  const unsigned status = http_status(refusal);
  const auto* const found = std::find_if(kPhrases.begin(), kPhrases.end(),
                                         [&](const auto& entry) { return entry.first == status; });
  return found == kPhrases.end() ? "Unavailable" : found->second;
}

// What a quoted string may hold (RFC 6750 section 3: no quotes, no backslash, ASCII).
std::string quotable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
    out.push_back(plain ? c : '?');
  }
  return out;
}

std::string challenge(const Rejection& rejection, settings::ErrorDetail error_detail) {
  const Refusal refusal = rejection.failure.refusal;
  std::string value = "Bearer realm=\"sealbus\"";
  if (http_status(refusal) == 403) {
    value += ", error=\"insufficient_scope\"";
    if (!rejection.missing.empty()) {
      value += fmt::format(", scope=\"{}\"",
                           quotable(fmt::format("{}", fmt::join(rejection.missing, " "))));
    }
  } else if (names_an_error(refusal)) {
    value += ", error=\"invalid_token\"";
    if (error_detail == settings::ErrorDetail::full) {
      value += fmt::format(", error_description=\"{}\"", quotable(rejection.failure.detail));
    }
  }
  return value;
}

bool has_detail(Refusal refusal) {
  return refusal != Refusal::authentication_required &&
         refusal != Refusal::insufficient_permissions;
}

}  // namespace

unsigned http_status(Refusal refusal) {
  switch (refusal) {
    case Refusal::authentication_required:
    case Refusal::development_disabled:
    case Refusal::token_auth_disabled:
    case Refusal::malformed_token:
    case Refusal::invalid_algorithm:
    case Refusal::unknown_key:
    case Refusal::invalid_signature:
    case Refusal::token_expired:
    case Refusal::token_not_active:
    case Refusal::missing_sub:
    case Refusal::missing_exp:
    case Refusal::invalid_claim:
    case Refusal::invalid_issuer:
    case Refusal::invalid_audience:
    case Refusal::development_refused:
      return 401;
    case Refusal::insufficient_permissions:
    case Refusal::permission_denied:
      return 403;
    case Refusal::keys_unavailable:
    case Refusal::no_replica:
    case Refusal::queue_full:
    case Refusal::store_full:
    case Refusal::no_subscriber:
    case Refusal::draining:
    case Refusal::starting:
      return 503;
    case Refusal::internal:
      return 500;
    case Refusal::reply_timeout:
      return 504;
    case Refusal::bad_request:
      return 400;
    case Refusal::not_found:
      return 404;
    case Refusal::method_not_allowed:
      return 405;
    case Refusal::request_timeout:
      return 408;
    case Refusal::conflict:
      return 409;
    case Refusal::payload_too_large:
      return 413;
    case Refusal::uri_too_long:
      return 414;
    case Refusal::unsupported_media_type:
      return 415;
    case Refusal::unprocessable:
      return 422;
    case Refusal::too_many_requests:
      return 429;
    case Refusal::headers_too_large:
      return 431;
    // What went wrong between the ingress and the service.
    case Refusal::replica_lost:
    case Refusal::handler_failed:
    case Refusal::curve_failed:
    case Refusal::bad_size:
    case Refusal::bad_version:
    case Refusal::unknown_session:
    case Refusal::bad_tag:
    case Refusal::replayed:
    case Refusal::malformed_header:
    case Refusal::expired:
    case Refusal::clock_skew:
    case Refusal::not_granted:
    case Refusal::route_conflict:
    case Refusal::unknown_contract:
    case Refusal::bad_proof:
    case Refusal::too_many_sessions:
      return 502;
  }
  return 500;
}

http::Response to_response(const Rejection& rejection, std::string_view request_id,
                           settings::ErrorDetail error_detail) {
  const Refusal refusal = rejection.failure.refusal;
  http::Response response;
  response.status = http_status(refusal);
  response.content_type = "application/problem+json";
  base::JsonWriter json;
  json.begin_object();
  json.key("type").string(fmt::format("urn:sealbus:refusal:{}", base::code(refusal)));
  json.key("title").string(phrase(refusal)).key("status").number(response.status);
  json.key("code").string(base::code(refusal)).key("error").string(phrase(refusal));
  if (error_detail == settings::ErrorDetail::full && has_detail(refusal)) {
    json.key("detail").string(rejection.failure.detail);
  }
  if (!rejection.missing.empty()) json.key("missing").strings(rejection.missing);
  json.key("requestId").string(request_id).end_object();
  response.body = json.take() + "\n";
  if (response.status == 401 || response.status == 403) {
    response.fields.push_back({"WWW-Authenticate", challenge(rejection, error_detail)});
  }
  if (response.status == 405) {
    response.fields.push_back({"Allow", fmt::format("{}", fmt::join(rejection.allowed, ", "))});
  }
  if (rejection.retry_after) {
    response.fields.push_back({"Retry-After", std::to_string(rejection.retry_after->count())});
  }
  return response;
}

}  // namespace sealbus::ingress
