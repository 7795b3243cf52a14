#pragma once
// A contract: an operation that a service offers. A sidecar declares it in its configuration and
// registers it with every ingress; both sides check it.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/contract/path_pattern.hpp"
#include "common/identity/permissions.hpp"

namespace sealbus::contract {

using std::chrono::milliseconds;

// command, query: one replica handles it and its reply is the HTTP response. event: every
// subscribed service gets one copy.
enum class Kind : std::uint8_t { command, query, event };

// Events: stored is 202 after commit, at least once; memory is 202 when handed to the bus, at most
// once.
enum class Delivery : std::uint8_t { stored, memory };

// Events: must the token still be valid when it is delivered, or was it enough at the ingress?
enum class AuthAt : std::uint8_t { ingress, delivery };

// Events: how often and how soon a message that was not acknowledged is delivered again.
struct Retry {
  unsigned max_attempts = 5;
  milliseconds initial_delay{1'000};
  milliseconds max_delay{30'000};
  milliseconds ack_wait{30'000};
  bool operator==(const Retry&) const = default;
};

struct Contract {
  std::string name;  // CreateUser; unique in the service
  Kind kind = Kind::command;
  std::vector<std::string> methods;  // POST, and GET for a query, unless named
  PathPattern path;                  // /api/ and the name in kebab case, unless named
  identity::Requirement required;    // none: any authenticated caller
  bool is_public = false;            // no credentials needed; the identity is anonymous
  milliseconds timeout{5'000};       // how long the caller waits for the reply
  Delivery delivery = Delivery::stored;
  AuthAt auth_at = AuthAt::ingress;
  std::optional<milliseconds> max_auth_age;
  Retry retry;

  bool operator==(const Contract&) const = default;
};

// A service's wish to receive another service's event.
struct Subscription {
  std::string event;  // orders.OrderPlaced
  identity::Requirement required;
  bool is_public = false;  // nobody may be behind it, too; the subscriber's own, never registered
  bool operator==(const Subscription&) const = default;
};

// What a sidecar registers: the payload of the envelope's `register` message.
struct Registration {
  std::vector<Contract> contracts;
  std::vector<Subscription> subscriptions;
};

std::string_view name(Kind kind);
std::optional<Kind> kind_named(std::string_view name);
std::string_view name(Delivery delivery);
std::optional<Delivery> delivery_named(std::string_view name);
std::string_view name(AuthAt auth_at);
std::optional<AuthAt> auth_at_named(std::string_view name);

// CreateUser -> create-user, HTTPPing -> http-ping.
std::string kebab_case(std::string_view name);

// A service's name: [a-z][a-z0-9-]*, at most 63. A contract's: [A-Za-z][A-Za-z0-9_]*, at most 64.
bool is_service_name(std::string_view name);
bool is_contract_name(std::string_view name);
// GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS, in upper case.
bool is_method(std::string_view method);

// A contract of this name with everything at its default. `name` must be a contract name.
Contract make_contract(std::string_view name, Kind kind);

// msgpack (envelope/FORMAT.md, "register"). Decoding is strict and refuses with malformed_header.
base::Bytes encode(const Registration& registration);
[[nodiscard]] base::Result<Registration> decode_registration(base::ByteView bytes);

}  // namespace sealbus::contract
