#pragma once
// The closed list of reasons for which Sealbus says no. The same code is the log field, the metric
// label, the HTTP error code, a vector's `reason` and the bindings' error code. A new reason is
// added here and nowhere else.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sealbus::base {

enum class Refusal : std::uint8_t {
  // Who are you? (401)
  authentication_required,
  development_disabled,
  token_auth_disabled,
  malformed_token,
  invalid_algorithm,
  unknown_key,  // also a bus refusal: no key has the envelope's key id
  invalid_signature,
  token_expired,
  token_not_active,
  missing_sub,
  missing_exp,
  invalid_claim,
  invalid_issuer,
  invalid_audience,
  development_refused,
  // May you? (403)
  insufficient_permissions,
  // Not now. (503)
  keys_unavailable,
  no_replica,
  queue_full,
  store_full,
  no_subscriber,
  draining,
  starting,
  // It went wrong behind the ingress. (500, 502, 504)
  internal,
  replica_lost,
  handler_failed,
  reply_timeout,
  // The request itself. (4xx)
  bad_request,
  not_found,
  method_not_allowed,
  request_timeout,
  conflict,
  payload_too_large,
  uri_too_long,
  unsupported_media_type,
  unprocessable,
  too_many_requests,
  headers_too_large,
  // On the bus: counted, logged at a limited rate, never answered before the tag verified.
  curve_failed,
  bad_size,
  bad_version,
  unknown_session,
  bad_tag,
  replayed,
  malformed_header,
  expired,
  clock_skew,
  not_granted,
  route_conflict,
  unknown_contract,
  permission_denied,
  bad_proof,
  too_many_sessions,
};

// Every refusal, in the order of the list.
std::span<const Refusal> all_refusals();

// The stable snake_case name.
std::string_view code(Refusal refusal);

// One sentence for a person who reads a log: what was wrong.
std::string_view sentence(Refusal refusal);

// The refusal with this code; nothing if there is none.
std::optional<Refusal> refusal_named(std::string_view code);

}  // namespace sealbus::base
