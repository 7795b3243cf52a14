#include "sidecar/app.hpp"

#include <csignal>
#include <iostream>
#include <memory>
#include <vector>

#include "common/audit/audit_log.hpp"
#include "common/base/clock.hpp"
#include "common/base/log.hpp"
#include "common/base/random.hpp"
#include "common/envelope/keys.hpp"
#include "sidecar/admin/admin_server.hpp"
#include "sidecar/auth/authenticator.hpp"
#include "sidecar/auth/log_lines.hpp"
#include "sidecar/config_status.hpp"
#include "sidecar/delivery/sidecar.hpp"
#include "sidecar/ingress/ingress.hpp"
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
  void wait_for_the_end(audit::AuditLog& audit) const {
    int signal = 0;
    while (sigwait(&set_, &signal) == 0 && signal == SIGHUP) {
      audit.reopen();
      log::warning("SIGHUP: the configuration is read at start only; nothing of it was changed");
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

// The last line is development mode's, if that is on.
void log_modes(const settings::AuthConfig& config) {
  const std::vector<std::string> lines = auth::startup_lines(config);
  for (const std::string& line : lines) {
    const bool warn = config.development && &line == &lines.back();
    log::at(warn ? log::Level::warning : log::Level::info, "{}", line);
  }
}

void log_loosened(const std::vector<settings::Loosened>& all) {
  for (const settings::Loosened& one : all)
    log::warning("Loosened: {}: {}", one.setting, one.meaning);
}

// The current key first, then the previous ones.
template <typename Key>
base::OrError<std::vector<Key>> parse_keys(const settings::KeyConfig& config) {
  std::vector<settings::KeySource> sources = config.previous;
  sources.insert(sources.begin(), config.current);
  std::vector<Key> keys;
  for (const settings::KeySource& source : sources) {
    auto key = Key::parse(base::as_text(source.text->reveal()));
    if (!key) return base::error(source.origin + ": " + key.error().message);
    keys.push_back(std::move(*key));
  }
  return keys;
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
  auto roots = parse_keys<envelope::RootKey>(config->key);
  if (!roots) return fail(roots.error().message, kUsage);
  const base::SystemClock clock;
  base::SystemRandom random;
  const auto authenticator = auth::Authenticator::make(config->auth, clock);
  if (!authenticator) return fail(authenticator.error().message, kUsage);
  const auto lock = StateLock::take(config->state_dir);
  if (!lock) return fail(lock.error().message, kFailed);

  const auto audit = open_audit(*config, clock);
  if (!audit) return fail(audit.error().message, kFailed);

  const Signals signals;
  (*audit)->start();
  log_modes(config->auth);
  log_loosened(settings::loosened(*config));
  auto ingress =
      ingress::Ingress::start(*config, std::move(*roots), *authenticator, **audit, clock, random);
  if (!ingress) return fail(ingress.error().message, kFailed);
  log::info("HTTP: listening on {}", (*ingress)->http_address());
  log::info("Bus: listening on {}", (*ingress)->bus_endpoint());
  ConfigStatus in_force({1, settings::loosened(*config), config->auth.development});
  IngressStatus status(**ingress, **audit, in_force, clock);
  const auto admin = open_admin({config->admin, config->admin_hosts}, status, clock);
  if (admin == nullptr) return kFailed;
  signals.wait_for_the_end(**audit);
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
  auto keys = parse_keys<envelope::ServiceKey>(config->key);
  if (!keys) return fail(keys.error().message, kUsage);
  envelope::ServiceKeyRing ring;
  for (envelope::ServiceKey& key : *keys) {
    ring.push_back(std::make_shared<const envelope::ServiceKey>(std::move(key)));
  }
  const base::SystemClock clock;
  base::SystemRandom random;
  const auto audit = open_audit(*config, clock);
  if (!audit) return fail(audit.error().message, kFailed);

  const Signals signals;
  (*audit)->start();
  log_loosened(settings::loosened(*config));
  auto sidecar = delivery::Sidecar::start(*config, std::move(ring), **audit, clock, random);
  if (!sidecar) return fail(sidecar.error().message, kFailed);
  for (const std::string& door : (*sidecar)->doors()) log::info("Door: listening on {}", door);
  ConfigStatus in_force({1, settings::loosened(*config), config->accept_development});
  SidecarStatus status(*config, **sidecar, **audit, in_force, clock);
  const auto admin = open_admin({config->admin, config->admin_hosts}, status, clock);
  if (admin == nullptr) return kFailed;
  signals.wait_for_the_end(**audit);
  status.start_draining();
  (*sidecar)->drain(config->drain);
  (*audit)->flush();
  log::info("Stopped");
  return kOk;
}

}  // namespace sealbus::app
