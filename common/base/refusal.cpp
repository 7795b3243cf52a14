#include "common/base/refusal.hpp"

#include <array>

namespace sealbus::base {
namespace {

struct Entry {
  Refusal refusal;
  std::string_view code;
  std::string_view sentence;
};

constexpr auto kEntries = std::to_array<Entry>({
    {Refusal::authentication_required, "authentication_required", "no credentials were sent"},
    {Refusal::development_disabled, "development_disabled",
     "development headers sent, DEVELOPMENT_AUTH_ENABLED is not true"},
    {Refusal::token_auth_disabled, "token_auth_disabled", "Neither JWT_SECRET nor JWKS_URI is set"},
    {Refusal::malformed_token, "malformed_token", "jwt malformed"},
    {Refusal::invalid_algorithm, "invalid_algorithm", "invalid algorithm"},
    {Refusal::unknown_key, "unknown_key", "no key for this kid"},
    {Refusal::invalid_signature, "invalid_signature", "invalid signature"},
    {Refusal::token_expired, "token_expired", "jwt expired"},
    {Refusal::token_not_active, "token_not_active", "jwt not active"},
    {Refusal::missing_sub, "missing_sub", "JWT missing required 'sub' claim"},
    {Refusal::missing_exp, "missing_exp", "JWT missing required 'exp' claim"},
    {Refusal::invalid_claim, "invalid_claim", "a claim has the wrong type or value"},
    {Refusal::invalid_issuer, "invalid_issuer", "jwt issuer invalid"},
    {Refusal::invalid_audience, "invalid_audience", "jwt audience invalid"},
    {Refusal::development_refused, "development_refused",
     "the service's sidecar does not accept development identities"},
    {Refusal::insufficient_permissions, "insufficient_permissions",
     "the caller lacks a permission that the contract requires"},
    {Refusal::keys_unavailable, "keys_unavailable",
     "the provider's keys could not be fetched for too long"},
    {Refusal::no_replica, "no_replica", "no replica of the service is ready"},
    {Refusal::queue_full, "queue_full", "too many requests wait for this service"},
    {Refusal::store_full, "store_full", "the event store is full"},
    {Refusal::no_subscriber, "no_subscriber", "nobody subscribes to this event"},
    {Refusal::draining, "draining", "this process is shutting down"},
    {Refusal::starting, "starting", "this process has just started; no service has registered yet"},
    {Refusal::internal, "internal", "the service failed to handle the request"},
    {Refusal::replica_lost, "replica_lost", "the replica was lost while it handled the request"},
    {Refusal::handler_failed, "handler_failed",
     "the service's process went away while it handled the request"},
    {Refusal::reply_timeout, "reply_timeout", "the service did not reply in time"},
    {Refusal::bad_request, "bad_request", "the request is not well-formed HTTP"},
    {Refusal::not_found, "not_found", "no contract has this path"},
    {Refusal::method_not_allowed, "method_not_allowed", "the path does not take this method"},
    {Refusal::request_timeout, "request_timeout", "the request did not arrive in time"},
    {Refusal::conflict, "conflict", "the same request is already in flight"},
    {Refusal::payload_too_large, "payload_too_large", "the body is larger than the limit"},
    {Refusal::uri_too_long, "uri_too_long", "the request target is longer than the limit"},
    {Refusal::unsupported_media_type, "unsupported_media_type",
     "the body's content type or encoding is not supported"},
    {Refusal::unprocessable, "unprocessable", "the request cannot be processed"},
    {Refusal::too_many_requests, "too_many_requests", "the rate limit is exceeded"},
    {Refusal::headers_too_large, "headers_too_large", "the header block is larger than the limit"},
    {Refusal::curve_failed, "curve_failed", "the connection's CURVE handshake failed"},
    {Refusal::bad_size, "bad_size", "a frame is missing, extra, or of the wrong size"},
    {Refusal::bad_version, "bad_version", "the seal's magic, version or reserved bytes are wrong"},
    {Refusal::unknown_session, "unknown_session", "the session does not exist here"},
    {Refusal::bad_tag, "bad_tag", "the authentication tag does not match"},
    {Refusal::replayed, "replayed", "the sequence number was used before or is too old"},
    {Refusal::malformed_header, "malformed_header", "the sealed header is not well-formed"},
    {Refusal::expired, "expired", "the message is past its expiry"},
    {Refusal::clock_skew, "clock_skew", "the peer's clock is too far from ours"},
    {Refusal::not_granted, "not_granted", "the service was not granted this"},
    {Refusal::route_conflict, "route_conflict", "another service already has this route"},
    {Refusal::unknown_contract, "unknown_contract", "the service does not have this contract"},
    {Refusal::permission_denied, "permission_denied",
     "the user lacks a permission that the service's own contract requires"},
    {Refusal::bad_proof, "bad_proof", "the proof does not belong to this context and service"},
    {Refusal::too_many_sessions, "too_many_sessions", "the session table is full"},
});

constexpr auto kAll = [] {
  std::array<Refusal, kEntries.size()> all{};
  for (std::size_t i = 0; i < kEntries.size(); ++i) all[i] = kEntries[i].refusal;
  return all;
}();

constexpr bool in_order() {
  for (std::size_t i = 0; i < kEntries.size(); ++i) {
    if (static_cast<std::size_t>(kEntries[i].refusal) != i) return false;
  }
  return static_cast<std::size_t>(Refusal::too_many_sessions) + 1 == kEntries.size();
}
static_assert(in_order(), "the table must name every refusal, in the order of the enum");

const Entry& entry(Refusal refusal) { return kEntries[static_cast<std::size_t>(refusal)]; }

}  // namespace

std::span<const Refusal> all_refusals() { return kAll; }

std::string_view code(Refusal refusal) { return entry(refusal).code; }

std::string_view sentence(Refusal refusal) { return entry(refusal).sentence; }

std::optional<Refusal> refusal_named(std::string_view code) {
  for (const Entry& candidate : kEntries) {
    if (candidate.code == code) return candidate.refusal;
  }
  return std::nullopt;
}

}  // namespace sealbus::base
