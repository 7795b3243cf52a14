#pragma once
// The configuration of both roles. These structs are the documentation: each field says what it
// means, its unit is in its type, and its default stands beside it. A value of these types has been
// checked as a whole; see load.hpp. examples/config/full.yaml shows every key.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/log.hpp"
#include "common/base/secret.hpp"
#include "common/contract/contract.hpp"

namespace sealbus::settings {

using base::ByteCount;
using base::Secret;
using std::chrono::milliseconds;

// host:port, port 0 for any free one. The host is an address or a name.
struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;
  bool operator==(const ListenAddress&) const = default;
};

struct LogConfig {
  log::Level level = log::Level::info;
  log::Format format = log::Format::text;
};

struct AuditConfig {
  std::filesystem::path file;  // JSON lines are appended to it; empty: the lines go to the log
};

// Where key text comes from, and under which name errors speak of it.
struct KeySource {
  std::shared_ptr<const Secret> text;  // what the file or SEALBUS_KEY held, trimmed
  std::string origin;                  // "users.key", "SEALBUS_KEY"
};

// The key in use, and older ones that are still accepted while a rotation is under way.
struct KeyConfig {
  KeySource current;
  std::vector<KeySource> previous;
};

struct HttpConfig {
  ListenAddress listen{"0.0.0.0", 3000};
  unsigned workers = 0;               // threads that serve HTTP; 0: one for each processor
  unsigned max_connections = 10'000;  // more are closed at once
  ByteCount max_header{16'384};       // request line and headers
  ByteCount max_body{1'048'576};
  milliseconds header_timeout{10'000};  // from the first byte to the end of the headers
  milliseconds body_timeout{30'000};
  milliseconds idle_timeout{60'000};  // between requests of a kept-alive connection
  milliseconds write_timeout{30'000};
  // Request headers that are handed to the service, in lower case. Never credentials or identity.
  std::vector<std::string> forward_headers{"accept", "accept-language", "user-agent"};
};

// `full`: the detail of a refusal is in the response; `minimal`: only its code.
enum class ErrorDetail : std::uint8_t { full, minimal };

// Where a provider's tokens say what their bearer may do.
struct PermissionsConfig {
  // Claims in which to look, in order, the first present wins; a path goes through objects with
  // dots. Empty: `permissions`, a claim whose name is a URL ending in /permissions, `scope`, `scp`.
  std::vector<std::string> sources;
  bool wildcards = false;  // `*` and `users:*` in a token count
};

// One issuer of tokens.
struct ProviderConfig {
  std::string issuer;                    // the `iss` it must have; empty: not checked
  std::vector<std::string> audience;     // one of these must be in `aud`; empty: not checked
  std::shared_ptr<const Secret> secret;  // HS256 from 32 bytes, HS384 from 48, HS512 from 64
  std::string secret_origin;             // "JWT_SECRET", "auth.providers[0].secret"
  bool require_exp = false;              // refuse tokens that never expire
  PermissionsConfig permissions;
  std::vector<std::string> claims;  // claims that are handed to services, e.g. email, name
};

struct AuthConfig {
  bool development = false;  // DEVELOPMENT_AUTH_ENABLED
  ErrorDetail error_detail = ErrorDetail::full;
  milliseconds clock_skew{30'000};  // 0 to 300 s
  std::vector<ProviderConfig> providers;
};

struct IngressBusConfig {
  std::string listen = "tcp://0.0.0.0:5570";  // tcp://host:port, ipc://path
  bool plaintext = false;                     // no CURVE on an address that is not loopback
  unsigned max_sessions = 1'024;
  unsigned max_sessions_per_service = 256;  // so that one stolen key locks no other service out
  unsigned max_handshakes = 256;            // begun, not finished; the oldest of who has most goes
  milliseconds clock_skew{30'000};
  milliseconds heartbeat{1'000};  // three missed and the peer is gone
  ByteCount max_message{4'194'304};
  unsigned queue = 1'024;        // requests and copies that wait, for each service
  milliseconds queue_wait{500};  // and for how long at most
};

// What a service may do. What is not here is refused.
struct GrantConfig {
  std::vector<contract::PathPattern> routes;
  std::vector<std::string> subscribe;  // orders.OrderPlaced
  std::vector<std::string> publish;    // users.*
};

// `granted`: only what `services` names. `open`: whatever a service declares, for development.
enum class RegistrationMode : std::uint8_t { granted, open };

struct IngressConfig {
  HttpConfig http;
  ListenAddress admin{"127.0.0.1", 3001};
  std::vector<std::string> admin_hosts;  // names under which the admin port answers, too
  AuthConfig auth;
  IngressBusConfig bus;
  KeyConfig key;                    // the root key
  std::filesystem::path state_dir;  // locked by this process; empty: none
  RegistrationMode registration = RegistrationMode::granted;
  std::map<std::string, GrantConfig> services;
  milliseconds drain{30'000};  // how long SIGTERM waits for what is in flight
  LogConfig log;
  AuditConfig audit;
};

struct SidecarBusConfig {
  std::vector<std::string> connect;  // every ingress address
  bool plaintext = false;            // as the ingress's
  milliseconds clock_skew{30'000};
  milliseconds heartbeat{1'000};
  ByteCount max_message{4'194'304};
  unsigned credit = 256;  // messages that may be in flight to this sidecar, all ingresses together
  ByteCount credit_bytes{16'777'216};
};

struct DeliverConfig {
  // At least one of the two. With `tap` alone the service gets events only, each at most once.
  std::vector<std::string> listen;  // ipc://path or tcp://127.0.0.1:port, for the bindings
  std::string tap;  // the same, for a SUB that gets copies of everything; empty: none
};

struct SidecarConfig {
  std::string service;
  KeyConfig key;  // the service key
  SidecarBusConfig bus;
  ListenAddress admin{"127.0.0.1", 3002};
  std::vector<std::string> admin_hosts;
  bool accept_development = false;
  DeliverConfig deliver;
  std::vector<contract::Contract> contracts;
  std::vector<contract::Subscription> subscribe;
  milliseconds drain{30'000};
  LogConfig log;
  AuditConfig audit;
};

// A setting that is looser than the default, by the name under which it was loosened.
struct Loosened {
  std::string setting;  // "auth.development"
  std::string meaning;  // what it allows, in one sentence
};

std::vector<Loosened> loosened(const IngressConfig& config);
std::vector<Loosened> loosened(const SidecarConfig& config);

}  // namespace sealbus::settings
