#include "sidecar/ingress/ingress.hpp"

#include <algorithm>
#include <thread>

#include "common/base/log.hpp"

namespace sealbus::ingress {
namespace {

// What may wait for the dispatcher's thread, and for the ROUTER's.
constexpr std::size_t kMailbox = 8'192;
// What may lie unsent for one sidecar: more than the messages that it can give credit for, so that
// only a peer that takes nothing at all would block.
constexpr int kPeerQueue = 70'000;

unsigned worker_count(const settings::HttpConfig& config) {
  if (config.workers != 0) return config.workers;
  return std::max(1U, std::thread::hardware_concurrency());
}

Dispatcher::Options dispatcher_options(const settings::IngressConfig& config,
                                       base::Random& random) {
  Dispatcher::Options options;
  random.fill(options.sessions.self.instance.bytes);
  options.sessions.self.heartbeat = config.bus.heartbeat;
  options.sessions.max_sessions = config.bus.max_sessions;
  options.sessions.max_handshakes = config.bus.max_handshakes;
  options.sessions.limits = {config.bus.max_message.value, config.bus.clock_skew};
  options.sessions.registration = config.registration;
  options.grants = config.services;
  options.queue = config.bus.queue;
  return options;
}

ServiceKeys service_keys(const settings::IngressConfig& config,
                         std::vector<envelope::RootKey> roots) {
  ServiceKeys keys(std::move(roots));
  for (const auto& [service, grant] : config.services) keys.add(service);
  return keys;
}

RequestHandler::Options handler_options(const settings::IngressConfig& config) {
  return {config.http.forward_headers, config.auth.error_detail, config.auth.development,
          config.bus.max_message};
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

Ingress::Ingress(const settings::IngressConfig& config, std::vector<envelope::RootKey> roots,
                 const auth::Authenticator& authenticator, audit::AuditLog& audit,
                 const base::Clock& clock, base::Random& random)
    : clock_(clock),
      workers_(worker_count(config.http)),
      contracts_(workers_),
      ledger_(audit, contracts_, counters_, clock),
      loop_(kMailbox),
      dispatcher_(
          dispatcher_options(config, random), service_keys(config, std::move(roots)), *this,
          [this](const std::shared_ptr<const RouteTable>& table) { hand_out(table); }, counters_,
          clock, random),
      handler_(handler_options(config), workers_, authenticator, loop_, ledger_, clock, random) {}

base::OrError<std::unique_ptr<Ingress>> Ingress::start(const settings::IngressConfig& config,
                                                       std::vector<envelope::RootKey> roots,
                                                       const auth::Authenticator& authenticator,
                                                       audit::AuditLog& audit,
                                                       const base::Clock& clock,
                                                       base::Random& random) {
  std::unique_ptr<Ingress> ingress(
      new Ingress(config, std::move(roots), authenticator, audit, clock, random));
  if (auto opened = ingress->open(config); !opened) return tl::make_unexpected(opened.error());
  return ingress;
}

base::OrError<void> Ingress::open(const settings::IngressConfig& config) {
  auto server = http::Server::start(server_options(config.http, workers_), handler_, clock_);
  if (!server) return tl::make_unexpected(server.error());
  server_ = std::move(*server);
  bus::RouterOptions options;
  options.endpoint = config.bus.listen;
  options.max_message = config.bus.max_message;
  options.queue = kMailbox;
  options.send_high_water = kPeerQueue;
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

bool Ingress::send(const bus::PeerId& peer, const envelope::SealBytes& seal, base::ByteView header,
                   base::ByteView payload) {
  return router_->send(peer, bus::message_of({base::ByteView(seal), header, payload}));
}

void Ingress::drain(std::chrono::milliseconds at_most) {
  const auto begun = clock_.steady();
  handler_.start_draining();
  server_->begin_drain();
  if (!server_->drained_within(at_most)) log::warning("HTTP: the drain's time is over");
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(begun + at_most - clock_.steady());
  log::info("HTTP: drained, {} ms left", std::max<std::int64_t>(0, left.count()));
  loop_.ask([](Dispatcher& dispatcher) { dispatcher.close(); });
}

Dispatcher::View Ingress::view() {
  Dispatcher::View view;
  loop_.ask([&](Dispatcher& dispatcher) { view = dispatcher.view(); });
  return view;
}

}  // namespace sealbus::ingress
