#include <fmt/core.h>

#include "common/config/scalars.hpp"
#include "sidecar/config/address.hpp"

namespace sealbus::settings {
namespace {

using List = std::vector<Loosened>;

void plaintext(List& list, bool on) {
  if (!on) return;
  list.push_back(
      {"bus.plaintext",
       "no CURVE on the bus: messages are authenticated but not encrypted, so whoever can "
       "watch the network between ingress and sidecars can read them, and whoever can "
       "reach the port can make the ingress use memory"});
}

void open_admin(List& list, const ListenAddress& admin) {
  if (is_loopback(admin.host)) return;
  list.push_back(
      {"admin.listen", fmt::format("whoever reaches {} can read health, metrics and what "
                                   "is registered, without credentials",
                                   to_text(admin))});
}

void skew(List& list, std::string_view key, milliseconds now, milliseconds usual,
          std::string_view what) {
  if (now <= usual) return;
  list.push_back({std::string(key), fmt::format("{} for {} instead of {}", what,
                                                config::to_text(now), config::to_text(usual))});
}

constexpr std::string_view kLateMessages = "messages and handshakes with a wrong time are accepted";

}  // namespace

std::vector<Loosened> loosened(const IngressConfig& config) {
  const IngressConfig usual;
  List list;
  if (config.auth.development) {
    list.push_back(
        {"auth.development",
         "whoever reaches the HTTP port can be any user with any permissions, by headers "
         "alone (DEVELOPMENT_AUTH_ENABLED=true); never in production"});
  }
  skew(list, "auth.clock_skew", config.auth.clock_skew, usual.auth.clock_skew,
       "expired tokens are accepted");
  for (std::size_t i = 0; i < config.auth.providers.size(); ++i) {
    if (!config.auth.providers[i].permissions.wildcards) continue;
    list.push_back({fmt::format("auth.providers[{}].permissions.wildcards", i),
                    "'*' in a token grants every permission, and 'users:*' all of users"});
  }
  plaintext(list, config.bus.plaintext);
  skew(list, "bus.clock_skew", config.bus.clock_skew, usual.bus.clock_skew, kLateMessages);
  open_admin(list, config.admin);
  if (config.registration == RegistrationMode::open) {
    list.push_back({"registration",
                    "a service with a valid key may take any route and any event; for development "
                    "and a single ingress only"});
  }
  return list;
}

std::vector<Loosened> loosened(const SidecarConfig& config) {
  const SidecarConfig usual;
  List list;
  if (config.accept_development) {
    list.push_back({"accept_development",
                    "identities that were only claimed in development headers reach the service; "
                    "never in production"});
  }
  plaintext(list, config.bus.plaintext);
  skew(list, "bus.clock_skew", config.bus.clock_skew, usual.bus.clock_skew, kLateMessages);
  open_admin(list, config.admin);
  return list;
}

}  // namespace sealbus::settings
