#include "sidecar/config/rules.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "common/base/log.hpp"
#include "common/config/scalars.hpp"

namespace sealbus::settings {
namespace {

using config::Report;
using config::to_text;

constexpr std::string_view kNoMode =
    "no authentication mode is set, and there is no mode without authentication. Set one: "
    "DEVELOPMENT_AUTH_ENABLED=true (development headers, never in production), JWT_SECRET (HS256 "
    "tokens), or auth.providers in the configuration file";
constexpr std::string_view kNoGrants =
    "no service may do anything. Name what each may do (services: {users: {routes: "
    "[/api/users/**]}}), or set registration: open (SEALBUS_REGISTRATION=open) for development";

void missing(Report& report, std::string_view path, std::string_view what) {
  if (!report.is_wrong(path)) report.add(path, fmt::format("missing; {}", what));
}

void at_most(Report& report, std::string_view path, ByteCount size, std::string_view other,
             ByteCount most) {
  if (size <= most) return;
  report.add(path,
             fmt::format("{} is more than {}, which is {}", to_text(size), other, to_text(most)));
}

}  // namespace

void check_providers(const AuthConfig& auth, Report& report) {
  if (auth.providers.size() < 2) return;
  std::vector<std::string> issuers;
  for (std::size_t i = 0; i < auth.providers.size(); ++i) {
    const std::string path = fmt::format("auth.providers[{}].issuer", i);
    const std::string& issuer = auth.providers[i].issuer;
    if (issuer.empty()) {
      missing(report, path, "with several providers, each token is checked by that of its issuer");
    } else if (std::find(issuers.begin(), issuers.end(), issuer) != issuers.end()) {
      report.add(path, fmt::format("'{}' is another provider's issuer", log::escaped(issuer)));
    }
    issuers.push_back(issuer);
  }
}

void check_ingress(const IngressConfig& config, Report& report) {
  const bool no_mode = !config.auth.development && config.auth.providers.empty();
  if (no_mode && !report.is_wrong("auth.development") && !report.is_wrong("auth.providers")) {
    report.add("auth", std::string(kNoMode));
  }
  check_providers(config.auth, report);
  check_root_key(config.key, report);
  const bool nobody = config.services.empty() && config.registration != RegistrationMode::open;
  if (nobody && !report.is_wrong("services") && !report.is_wrong("registration")) {
    report.add("services", std::string(kNoGrants));
  }
  at_most(report, "http.max_body", config.http.max_body, "bus.max_message", config.bus.max_message);
}

void check_sidecar(const SidecarConfig& config, Report& report) {
  if (config.service.empty()) {
    missing(report, "service", "the name of the service, such as users (SEALBUS_SERVICE)");
  }
  check_service_key(config.service, config.key, report);
  if (config.bus.connect.empty()) {
    missing(report, "bus.connect",
            "the addresses of all ingresses, such as tcp://ingress:5570 (SEALBUS_BUS)");
  }
  if (config.deliver.listen.empty()) {
    missing(report, "deliver.listen",
            "where the service connects, such as ipc:///run/sealbus/users or tcp://127.0.0.1:5580 "
            "(SEALBUS_DELIVER)");
  }
  at_most(report, "bus.max_message", config.bus.max_message, "bus.credit_bytes",
          config.bus.credit_bytes);
  check_contracts(config.contracts, report);
  check_subscriptions(config.subscribe, report);
}

}  // namespace sealbus::settings
