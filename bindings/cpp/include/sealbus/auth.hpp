#pragma once
// Who calls, and what they may do. The sidecar verified it; nothing in it needs checking again.
// A value like any other: copy it, keep it, hand it to other threads.

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealbus {

// Wall clock time, in UTC.
using Time = std::chrono::sys_time<std::chrono::milliseconds>;

enum class Method { jwt, development, service, anonymous };

// How the caller proved who they are, as PROTOCOL.md spells it.
[[nodiscard]] std::string_view name_of(Method method);

struct Auth {
  std::string user_id;  // empty exactly when the method is anonymous
  std::vector<std::string> permissions;
  bool wildcards = false;  // do `*` and `users:*` grant what they cover?
  Method method = Method::anonymous;
  std::string issuer;    // text that is not known is empty
  std::string token_id;  // not for logs
  Time authenticated_at;
  std::optional<Time> expires_at;  // of the token
  std::string permissions_source;
  std::map<std::string, std::string> claims;  // not for logs
  std::vector<std::string> actor;             // services that acted for the user, oldest first

  // Does the caller have this permission?
  [[nodiscard]] bool can(std::string_view permission) const;
};

}  // namespace sealbus
