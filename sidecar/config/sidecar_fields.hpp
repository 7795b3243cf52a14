#pragma once
// Every key of a sidecar's configuration, once; see ingress_fields.hpp.

#include "sidecar/config/common_fields.hpp"

namespace sealbus::settings {

// What a registration can carry (common/contract).
inline constexpr milliseconds kLongestEvent = std::chrono::hours(7 * 24);
inline constexpr Range<milliseconds> kEventTime{milliseconds(1), kLongestEvent};

template <typename V, typename C>
void retry_fields(V& v, C& c) {
  v.field("maxAttempts", c.max_attempts, Range<std::uint64_t>{1, 1'000});
  v.field("initialDelay", c.initial_delay, kEventTime);
  v.field("maxDelay", c.max_delay, kEventTime);
  v.field("ackWait", c.ack_wait, kEventTime);
}

template <typename V, typename C>
void contract_fields(V& v, C& c) {
  constexpr std::string_view kEventsOnly = "only an event has this; set kind: event, or remove it";
  constexpr std::string_view kReplyOnly = "an event has no reply to wait for; remove this";
  v.field("name", c.name, rule::contract_name);
  v.field("kind", c.kind);
  v.contract_defaults(c);
  const bool event = c.kind == contract::Kind::event;
  v.field("method", c.methods, rule::method);
  v.field("path", c.path);
  v.field("requiredPermissions", c.required);
  v.field("public", c.is_public);
  v.only(!event, "timeout", kReplyOnly, [&] { v.field("timeout", c.timeout, kTimeout); });
  v.only(event, "delivery", kEventsOnly, [&] { v.field("delivery", c.delivery); });
  v.only(event, "authAt", kEventsOnly, [&] { v.field("authAt", c.auth_at); });
  v.only(event, "maxAuthAge", kEventsOnly,
         [&] { v.field("maxAuthAge", c.max_auth_age, kEventTime); });
  v.only(event, "retry", kEventsOnly,
         [&] { v.section("retry", [&] { retry_fields(v, c.retry); }); });
}

template <typename V, typename C>
void sidecar_bus_fields(V& v, C& c) {
  v.field("connect", c.connect, rule::bus_connect);
  v.field("plaintext", c.plaintext);
  v.field("clock_skew", c.clock_skew, kBusSkew);
  v.field("heartbeat", c.heartbeat, kHeartbeat);
  v.field("max_message", c.max_message, kMessageSize);
  v.field("credit", c.credit, Range<std::uint64_t>{1, 65'536});
  v.field("credit_bytes", c.credit_bytes, Range<ByteCount>{{4'096}, {17'179'869'184}});
}

template <typename V, typename C>
void sidecar_fields(V& v, C& c) {
  v.field("service", c.service, rule::service_name);
  v.keys("key", c.key);
  v.section("bus", [&] { sidecar_bus_fields(v, c.bus); });
  v.section("admin", [&] { admin_fields(v, c); });
  v.field("accept_development", c.accept_development);
  v.section("deliver", [&] {
    v.refuse("http", kNoDoor);
    v.field("listen", c.deliver.listen, rule::deliver_listen);
    v.field("tap", c.deliver.tap, rule::deliver_tap);
  });
  v.list("contracts", c.contracts, [&](auto& contract) { contract_fields(v, contract); });
  v.list("subscribe", c.subscribe, [&](auto& subscription) {
    v.field("event", subscription.event, rule::event);
    v.field("requiredPermissions", subscription.required);
    v.field("public", subscription.is_public);
  });
  v.field("drain", c.drain, kDrain);
  v.section("log", [&] { log_fields(v, c.log); });
  v.section("audit", [&] { v.field("file", c.audit.file); });
}

}  // namespace sealbus::settings
