#include "sidecar/app.hpp"

#include <csignal>
#include <iostream>
#include <memory>
#include <vector>

#include "common/audit/audit_log.hpp"
#include "common/base/clock.hpp"
#include "common/base/log.hpp"
#include "common/base/random.hpp"
#include "sidecar/admin/admin_server.hpp"
#include "sidecar/auth/authenticator.hpp"
#include "sidecar/auth/log_lines.hpp"
#include "sidecar/config_status.hpp"
#include "sidecar/delivery/sidecar.hpp"
#include "sidecar/ingress/ingress.hpp"
#include "sidecar/key_ring.hpp"
#include "sidecar/reload.hpp"
#include "sidecar/state_lock.hpp"
#include "sidecar/status.hpp"

namespace sealbus::app {
namespace {

// The signals that end a process are taken by the main thread, and only there. Made before any
// other thread exists, so that all of them inherit the mask.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set_, signal);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }
  // Returns when the process is to end.
  void wait_for_the_end(Reload& reload, audit::AuditLog& audit) const {
    int signal = 0;
    while (sigwait(&set_, &signal) == 0 && signal == SIGHUP) {
      audit.reopen();
      reload.run();
    }
    log::info("Signal {}: draining", signal);
  }

 private:
  sigset_t set_{};
};

void print(const std::vector<config::Problem>& problems) {
  for (const config::Problem& problem : problems) std::cerr << to_string(problem) << '\n';
}

int fail(const std::string& message, int code) {
  log::error("{}", message);
  return code;
}

void log_loosened(const std::vector<settings::Loosened>& all) {
  for (const settings::Loosened& one : all)
    log::warning("Loosened: {}: {}", one.setting, one.meaning);
}

template <typename Config>
base::OrError<std::unique_ptr<audit::AuditLog>> open_audit(const Config& config,
                                                           const base::Clock& clock) {
  audit::AuditLog::Options options;
  options.file = config.audit.file;
  options.format = config.log.format;
  return audit::AuditLog::open(std::move(options), clock);
}

// The admin port and what it shows; errors are logged.
std::unique_ptr<admin::AdminServer> open_admin(const admin::AdminServer::Options& options,
                                               const admin::StatusSource& source,
                                               const base::Clock& clock) {
  auto server = admin::AdminServer::start(options, source, clock);
  if (!server) {
    log::error("admin: {}", server.error().message);
    return nullptr;
  }
  log::info("Admin: listening on {}", (*server)->address());
  return std::move(*server);
}

}  // namespace

int run_ingress(const settings::Input& input) {
  const auto config = settings::load_ingress(input);
  if (!config) return print(config.error()), kUsage;
  log::configure(config->log.level, config->log.format);
  auto roots = root_keys(config->key);
  if (!roots) return fail(roots.error().message, kUsage);
  const base::SystemClock clock;
  base::SystemRandom random;
  auto authenticator = auth::Authenticator::make(config->auth, clock);
  if (!authenticator) return fail(authenticator.error().message, kUsage);
  const auto lock = StateLock::take(config->state_dir);
  if (!lock) return fail(lock.error().message, kFailed);

  const auto audit = open_audit(*config, clock);
  if (!audit) return fail(audit.error().message, kFailed);

  const Signals signals;
  (*audit)->start();
  auth::log_modes(config->auth);
  log_loosened(settings::loosened(*config));
  auto ingress = ingress::Ingress::start(
      *config, std::move(*roots),
      std::make_shared<const auth::Authenticator>(std::move(*authenticator)), **audit, clock,
      random);
  if (!ingress) return fail(ingress.error().message, kFailed);
  log::info("HTTP: listening on {}", (*ingress)->http_address());
  log::info("Bus: listening on {}", (*ingress)->bus_endpoint());
  ConfigStatus in_force({1, settings::loosened(*config), config->auth.development});
  IngressStatus status(**ingress, **audit, in_force, clock);
  const auto admin = open_admin({config->admin, config->admin_hosts}, status, clock);
  if (admin == nullptr) return kFailed;
  IngressReload reload(input, *config, **ingress, in_force, clock);
  signals.wait_for_the_end(reload, **audit);
  status.start_draining();
  (*ingress)->drain(config->drain);
  (*audit)->flush();
  log::info("Stopped");
  return kOk;
}

int run_sidecar(const settings::Input& input) {
  const auto config = settings::load_sidecar(input);
  if (!config) return print(config.error()), kUsage;
  log::configure(config->log.level, config->log.format);
  auto ring = service_keys(config->key);
  if (!ring) return fail(ring.error().message, kUsage);
  const base::SystemClock clock;
  base::SystemRandom random;
  const auto audit = open_audit(*config, clock);
  if (!audit) return fail(audit.error().message, kFailed);

  const Signals signals;
  (*audit)->start();
  log_loosened(settings::loosened(*config));
  auto sidecar = delivery::Sidecar::start(*config, std::move(*ring), **audit, clock, random);
  if (!sidecar) return fail(sidecar.error().message, kFailed);
  for (const std::string& door : (*sidecar)->doors()) log::info("Door: listening on {}", door);
  if (const auto& tap = (*sidecar)->tap(); !tap.empty()) log::info("Tap: publishing on {}", tap);
  ConfigStatus in_force({1, settings::loosened(*config), config->accept_development});
  SidecarStatus status(*config, **sidecar, **audit, in_force, clock);
  const auto admin = open_admin({config->admin, config->admin_hosts}, status, clock);
  if (admin == nullptr) return kFailed;
  SidecarReload reload(input, *config, **sidecar, in_force);
  signals.wait_for_the_end(reload, **audit);
  status.start_draining();
  (*sidecar)->drain(config->drain);
  (*audit)->flush();
  log::info("Stopped");
  return kOk;
}

}  // namespace sealbus::app
