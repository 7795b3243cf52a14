#pragma once
// Every key of an ingress's configuration, once. A visitor is what happens at a key: it is read
// (reader.hpp) or printed (printer.hpp). `C` is the struct, const for a visitor that only looks.

#include "sidecar/config/common_fields.hpp"

namespace sealbus::settings {

template <typename V, typename C>
void http_fields(V& v, C& c) {
  v.field("listen", c.listen);
  v.field("workers", c.workers, Range<std::uint64_t>{0, 1'024});
  v.field("max_connections", c.max_connections, Range<std::uint64_t>{1, 1'000'000});
  v.field("max_header", c.max_header, Range<ByteCount>{{1'024}, {1'048'576}});
  v.field("max_body", c.max_body, Range<ByteCount>{{0}, {268'435'456}});
  v.field("header_timeout", c.header_timeout, kTimeout);
  v.field("body_timeout", c.body_timeout, kTimeout);
  v.field("idle_timeout", c.idle_timeout, kTimeout);
  v.field("write_timeout", c.write_timeout, kTimeout);
  v.field("forward_headers", c.forward_headers, rule::forwarded_header);
}

template <typename V, typename C>
void provider_fields(V& v, C& c) {
  v.refuse("jwks_uri", kNoJwks);
  v.field("issuer", c.issuer, rule::printable);
  v.field("audience", c.audience, rule::printable);
  v.provider_secret(c);
  v.field("require_exp", c.require_exp);
  v.section("permissions", [&] {
    v.field("sources", c.permissions.sources, rule::printable);
    v.field("wildcards", c.permissions.wildcards);
  });
  v.field("claims", c.claims, rule::printable);
}

template <typename V, typename C>
void auth_fields(V& v, C& c) {
  v.field("development", c.development);
  v.field("error_detail", c.error_detail);
  v.field("clock_skew", c.clock_skew, Range<milliseconds>{milliseconds(0), kMostSkew});
  v.list("providers", c.providers, [&](auto& provider) { provider_fields(v, provider); });
}

template <typename V, typename C>
void ingress_bus_fields(V& v, C& c) {
  v.field("listen", c.listen, rule::bus_listen);
  v.field("plaintext", c.plaintext);
  v.field("max_sessions", c.max_sessions, Range<std::uint64_t>{1, 65'536});
  v.field("max_sessions_per_service", c.max_sessions_per_service, Range<std::uint64_t>{1, 65'536});
  v.field("max_handshakes", c.max_handshakes, Range<std::uint64_t>{1, 65'536});
  v.field("clock_skew", c.clock_skew, kBusSkew);
  v.field("heartbeat", c.heartbeat, kHeartbeat);
  v.field("max_message", c.max_message, kMessageSize);
  v.field("queue", c.queue, Range<std::uint64_t>{1, 1'000'000});
  v.field("queue_wait", c.queue_wait, kQueueWait);
}

template <typename V, typename C>
void grant_fields(V& v, C& c) {
  v.field("routes", c.routes);
  v.field("subscribe", c.subscribe, rule::event);
  v.field("publish", c.publish, rule::event_or_all);
}

template <typename V, typename C>
void ingress_fields(V& v, C& c) {
  v.section("http", [&] { http_fields(v, c.http); });
  v.section("admin", [&] { admin_fields(v, c); });
  v.section("auth", [&] { auth_fields(v, c.auth); });
  v.section("bus", [&] { ingress_bus_fields(v, c.bus); });
  v.keys("key", c.key);
  v.field("state_dir", c.state_dir);
  v.field("registration", c.registration);
  v.map("services", c.services, rule::service_name, [&](auto& grant) { grant_fields(v, grant); });
  v.field("drain", c.drain, kDrain);
  v.section("log", [&] { log_fields(v, c.log); });
  v.section("audit", [&] { v.field("file", c.audit.file); });
}

}  // namespace sealbus::settings
