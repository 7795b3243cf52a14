#pragma once
// The edge role, put together: HTTP workers, the dispatcher's thread, the ROUTER's thread, and the
// one that says who may connect.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/random.hpp"
#include "common/base/refusal_counters.hpp"
#include "common/base/result.hpp"
#include "common/bus/router.hpp"
#include "common/envelope/keys.hpp"
#include "common/http/server.hpp"
#include "sidecar/auth/authenticator.hpp"
#include "sidecar/config/config.hpp"
#include "sidecar/ingress/admitted_keys.hpp"
#include "sidecar/ingress/bus_port.hpp"
#include "sidecar/ingress/dispatch_loop.hpp"
#include "sidecar/ingress/ledger.hpp"
#include "sidecar/ingress/request_handler.hpp"

namespace sealbus::ingress {

class Ingress final : private BusPort {
 public:
  // Opens HTTP and the bus. The root keys: the current one first. `audit`, `clock` and `random`
  // outlive the ingress.
  [[nodiscard]] static base::OrError<std::unique_ptr<Ingress>> start(
      const settings::IngressConfig& config, std::vector<envelope::RootKey> roots,
      std::shared_ptr<const auth::Authenticator> authenticator, audit::AuditLog& audit,
      const base::Clock& clock, base::Random& random);
  ~Ingress() override;

  // Where it listens, with the ports that were picked.
  [[nodiscard]] std::string http_address() const;
  [[nodiscard]] std::string bus_endpoint() const;

  // Stops intake, lets what is in flight finish, says good-bye. Returns when that is done or
  // `at_most` has passed. Called once.
  void drain(std::chrono::milliseconds at_most);

  // What a running ingress can change.
  struct Renewal {
    std::vector<envelope::RootKey> roots;  // the current one first
    Registry::Grants services;
    settings::AuthConfig auth;
    std::shared_ptr<const auth::Authenticator> authenticator;
  };
  // Could a bus that speaks CURVE go on with these roots? It keeps the key that it shows.
  [[nodiscard]] base::OrError<void> can_renew(const std::vector<envelope::RootKey>& roots) const;
  // Takes it over: requests that come after the return are served by it. Sessions whose key is
  // not there any more, or whose service may not connect any more, end. Any thread.
  void renew(Renewal renewal);

  // What is registered at this moment. Any thread.
  [[nodiscard]] Dispatcher::View view();
  // How requests ended. Any thread.
  [[nodiscard]] std::vector<metrics::ContractMetrics::View> contracts() const {
    return contracts_.read();
  }
  [[nodiscard]] http::Traffic http_traffic() const { return server_->traffic(); }
  [[nodiscard]] std::size_t http_connections() const { return server_->connections(); }
  [[nodiscard]] const base::RefusalCounters& refusals() const { return counters_; }

 private:
  Ingress(const settings::IngressConfig& config, ServiceKeys keys, AdmittedKeys::List admitted,
          std::shared_ptr<const auth::Authenticator> authenticator, audit::AuditLog& audit,
          const base::Clock& clock, base::Random& random);
  base::OrError<void> open(const settings::IngressConfig& config, base::Secret curve);
  // Nothing waits for a replica, and no copy of an event for its answer.
  [[nodiscard]] bool settled();
  void hand_out(const std::shared_ptr<const RouteTable>& table);

  // BusPort, on the dispatcher's thread.
  bool send(const bus::PeerId& peer, const envelope::SealBytes& seal, base::ByteView header,
            base::ByteView payload) override;

  const base::Clock& clock_;
  const unsigned workers_;
  const settings::RegistrationMode registration_;
  // The CURVE key that the bus shows, if it speaks CURVE. Taking another would end every
  // connection.
  std::optional<envelope::CurvePublicKey> shown_;
  base::RefusalCounters counters_;
  AdmittedKeys admitted_;
  metrics::ContractMetrics contracts_;
  Ledger ledger_;
  DispatchLoop loop_;
  Dispatcher dispatcher_;
  RequestHandler handler_;
  bus::Context context_;
  std::unique_ptr<bus::Router> router_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace sealbus::ingress
