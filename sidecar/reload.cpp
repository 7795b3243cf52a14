#include "sidecar/reload.hpp"

#include <fmt/format.h>

#include "common/base/log.hpp"
#include "sidecar/auth/log_lines.hpp"
#include "sidecar/config/changes.hpp"
#include "sidecar/key_ring.hpp"

namespace sealbus::app {
namespace {

void keep(std::uint64_t epoch, const std::string& why) {
  log::error("Configuration: {}", why);
  log::error("Configuration: not reloaded; epoch {} stays in force", epoch);
}

void keep(std::uint64_t epoch, const std::vector<config::Problem>& problems) {
  for (const config::Problem& problem : problems) {
    log::error("Configuration: {}", log::escaped(to_string(problem), 1'024));
  }
  log::error("Configuration: not reloaded; epoch {} stays in force", epoch);
}

// The epoch of what is in force now.
std::uint64_t report(const settings::Changes& changes, std::uint64_t epoch) {
  if (!changes.restart.empty()) {
    log::warning("Configuration: needs a restart, and was left: {}",
                 log::escaped(fmt::format("{}", fmt::join(changes.restart, ", ")), 1'024));
  }
  if (changes.taken.empty()) {
    log::info("Configuration: reloaded without a change; epoch {} stays in force", epoch);
    return epoch;
  }
  log::info("Configuration: epoch {} is in force; changed: {}", epoch + 1,
            log::escaped(fmt::format("{}", fmt::join(changes.taken, ", ")), 1'024));
  return epoch + 1;
}

}  // namespace

void IngressReload::run() {
  const auto fresh = settings::load_ingress(input_);
  if (!fresh) return keep(epoch_, fresh.error());
  auto roots = root_keys(fresh->key);
  if (!roots) return keep(epoch_, roots.error().message);
  if (auto can = ingress_.can_renew(*roots); !can) return keep(epoch_, can.error().message);
  auto authenticator = auth::Authenticator::make(fresh->auth, clock_);
  if (!authenticator) return keep(epoch_, authenticator.error().message);
  const settings::Changes changes = settings::take_over(in_force_, *fresh);
  if (!changes.taken.empty()) {
    auth::log_modes(in_force_.auth);
    ingress_.renew({std::move(*roots), in_force_.services, in_force_.auth,
                    std::make_shared<const auth::Authenticator>(std::move(*authenticator))});
  }
  epoch_ = report(changes, epoch_);
  status_.set({epoch_, settings::loosened(in_force_), in_force_.auth.development});
}

void SidecarReload::run() {
  const auto fresh = settings::load_sidecar(input_);
  if (!fresh) return keep(epoch_, fresh.error());
  auto ring = service_keys(fresh->key);
  if (!ring) return keep(epoch_, ring.error().message);
  const settings::Changes changes = settings::take_over(in_force_, *fresh);
  if (!changes.taken.empty()) sidecar_.renew(std::move(*ring));
  epoch_ = report(changes, epoch_);
  status_.set({epoch_, settings::loosened(in_force_), in_force_.accept_development});
}

}  // namespace sealbus::app
