#include "sidecar/ingress/ingress.hpp"

#include <algorithm>
#include <latch>
#include <thread>

#include "common/base/log.hpp"

namespace sealbus::ingress {
namespace {

// What may wait for the dispatcher's thread, and for the ROUTER's.
constexpr std::size_t kMailbox = 8'192;
// What may lie unsent for one sidecar: more than the messages that it can give credit for, so that
// only a peer that takes nothing at all would block.
constexpr int kPeerQueue = 70'000;
// While the drain waits for what no connection waits for.
constexpr std::chrono::milliseconds kLookAgain{10};

unsigned worker_count(const settings::HttpConfig& config) {
  if (config.workers != 0) return config.workers;
  return std::max(1U, std::thread::hardware_concurrency());
}

settings::BusSecurity security_of(const settings::IngressConfig& config) {
  return settings::listening_security(config.bus.listen, config.bus.plaintext);
}

Dispatcher::Options dispatcher_options(const settings::IngressConfig& config,
                                       base::Random& random) {
  Dispatcher::Options options;
  random.fill(options.sessions.self.instance.bytes);
  options.sessions.self.heartbeat = config.bus.heartbeat;
  options.sessions.max_sessions = config.bus.max_sessions;
  options.sessions.max_sessions_per_service = config.bus.max_sessions_per_service;
  options.sessions.max_handshakes = config.bus.max_handshakes;
  options.sessions.limits = {config.bus.max_message.value, config.bus.clock_skew};
  options.sessions.registration = config.registration;
  options.sessions.security = security_of(config);
  options.grants = config.services;
  options.outbox = {config.bus.queue, config.bus.queue_wait};
  return options;
}

ServiceKeys service_keys(const Registry::Grants& services, std::vector<envelope::RootKey> roots) {
  ServiceKeys keys(std::move(roots));
  for (const auto& [service, grant] : services) keys.add(service);
  return keys;
}

RequestHandler::Authentication authentication(
    const settings::AuthConfig& config, std::shared_ptr<const auth::Authenticator> authenticator) {
  return {config.error_detail, config.development, std::move(authenticator)};
}

http::ServerOptions server_options(const settings::HttpConfig& config, unsigned workers) {
  http::ServerOptions options;
  options.listen = {config.listen.host, config.listen.port};
  options.workers = workers;
  options.max_connections = config.max_connections;
  options.limits.max_header = config.max_header;
  options.limits.max_body = config.max_body;
  options.timeouts.header = config.header_timeout;
  options.timeouts.body = config.body_timeout;
  options.timeouts.idle = config.idle_timeout;
  options.timeouts.write = config.write_timeout;
  return options;
}

}  // namespace

Ingress::Ingress(const settings::IngressConfig& config, ServiceKeys keys,
                 AdmittedKeys::List admitted,
                 std::shared_ptr<const auth::Authenticator> authenticator, audit::AuditLog& audit,
                 const base::Clock& clock, base::Random& random)
    : clock_(clock),
      workers_(worker_count(config.http)),
      registration_(config.registration),
      admitted_(std::move(admitted), counters_, clock),
      contracts_(workers_),
      ledger_(audit, contracts_, counters_, clock),
      loop_(kMailbox),
      dispatcher_(
          dispatcher_options(config, random), std::move(keys), *this,
          [this](const std::shared_ptr<const RouteTable>& table) { hand_out(table); }, counters_,
          clock, random),
      handler_({config.http.forward_headers, config.bus.max_message}, workers_,
               authentication(config.auth, std::move(authenticator)), loop_, ledger_, clock,
               random) {}

base::OrError<std::unique_ptr<Ingress>> Ingress::start(
    const settings::IngressConfig& config, std::vector<envelope::RootKey> roots,
    std::shared_ptr<const auth::Authenticator> authenticator, audit::AuditLog& audit,
    const base::Clock& clock, base::Random& random) {
  const auto shown = roots.front().curve_public_key();
  base::Secret curve = roots.front().curve_secret();
  ServiceKeys keys = service_keys(config.services, std::move(roots));
  AdmittedKeys::List admitted{config.registration, keys.curve_keys()};
  std::unique_ptr<Ingress> ingress(new Ingress(config, std::move(keys), std::move(admitted),
                                               std::move(authenticator), audit, clock, random));
  if (auto opened = ingress->open(config, std::move(curve)); !opened) {
    return tl::make_unexpected(opened.error());
  }
  if (security_of(config) == settings::BusSecurity::curve) ingress->shown_ = shown;
  return ingress;
}

base::OrError<void> Ingress::open(const settings::IngressConfig& config, base::Secret curve) {
  auto server = http::Server::start(server_options(config.http, workers_), handler_, clock_);
  if (!server) return tl::make_unexpected(server.error());
  server_ = std::move(*server);
  bus::RouterOptions options;
  options.endpoint = config.bus.listen;
  options.max_message = config.bus.max_message;
  options.queue = kMailbox;
  options.send_high_water = kPeerQueue;
  if (security_of(config) == settings::BusSecurity::curve) {
    options.curve =
        bus::CurveServer{std::make_shared<const base::Secret>(std::move(curve)), &admitted_};
  }
  auto router = bus::Router::start(context_, options, loop_);
  if (!router) return tl::make_unexpected(router.error());
  router_ = std::move(*router);
  loop_.start(dispatcher_, clock_);
  return {};
}

Ingress::~Ingress() {
  if (server_) server_->stop();
  loop_.stop();
  if (router_) router_->stop();
}

std::string Ingress::http_address() const { return http::to_string(server_->bound()); }

std::string Ingress::bus_endpoint() const { return router_->endpoint(); }

void Ingress::hand_out(const std::shared_ptr<const RouteTable>& table) {
  for (unsigned worker = 0; worker < workers_; ++worker) {
    server_->post_to_worker(worker, [this, worker, table] { handler_.install(worker, table); });
  }
}

base::OrError<void> Ingress::can_renew(const std::vector<envelope::RootKey>& roots) const {
  const bool shown = !shown_ || std::any_of(roots.begin(), roots.end(), [&](const auto& root) {
    return root.curve_public_key() == *shown_;
  });
  if (shown) return {};
  return base::error(
      "key: the bus shows the CURVE key of the root that it started with, and that root is not "
      "among these; keep it in key.previous, or restart this ingress");
}

void Ingress::renew(Renewal renewal) {
  const auto snapshot = authentication(renewal.auth, std::move(renewal.authenticator));
  std::latch installed(workers_);
  for (unsigned worker = 0; worker < workers_; ++worker) {
    server_->post_to_worker(worker, [&, worker] {
      handler_.install(worker, snapshot);
      installed.count_down();
    });
  }
  installed.wait();
  const auto current = renewal.roots.front().curve_public_key();
  auto keys = service_keys(renewal.services, std::move(renewal.roots));
  admitted_.replace({registration_, keys.curve_keys()});
  if (shown_ && *shown_ != current) {
    log::warning(
        "key: the bus goes on with the CURVE key of the root that it started with, and "
        "sidecars need that one in their ring, until this ingress is restarted");
  }
  loop_.ask([&](Dispatcher& dispatcher) {
    dispatcher.renew(std::move(keys), std::move(renewal.services));
  });
}

bool Ingress::send(const bus::PeerId& peer, const envelope::SealBytes& seal, base::ByteView header,
                   base::ByteView payload) {
  return router_->send(peer, bus::message_of({base::ByteView(seal), header, payload}));
}

void Ingress::drain(std::chrono::milliseconds at_most) {
  const auto begun = clock_.steady();
  // What still comes on open connections is served: its sender could not know.
  server_->begin_drain();
  if (!server_->drained_within(at_most)) log::warning("HTTP: the drain's time is over");
  handler_.start_draining();
  // Copies of events may still be under way, though their callers have been answered.
  while (clock_.steady() < begun + at_most && !settled()) std::this_thread::sleep_for(kLookAgain);
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(begun + at_most - clock_.steady());
  log::info("HTTP: drained, {} ms left", std::max<std::int64_t>(0, left.count()));
  loop_.ask([](Dispatcher& dispatcher) { dispatcher.close(); });
}

bool Ingress::settled() {
  bool settled = false;
  loop_.ask([&](Dispatcher& dispatcher) { settled = dispatcher.settled(); });
  return settled;
}

Dispatcher::View Ingress::view() {
  Dispatcher::View view;
  loop_.ask([&](Dispatcher& dispatcher) { view = dispatcher.view(); });
  return view;
}

}  // namespace sealbus::ingress
