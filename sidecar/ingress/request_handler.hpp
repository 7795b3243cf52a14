#pragma once
// What the ingress does with a request, up to the moment at which it leaves for the bus: find the
// contract, authenticate, authorise, write the envelope's header. Touches no socket and takes no
// lock; each worker has a route table of its own.

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/random.hpp"
#include "common/http/handler.hpp"
#include "sidecar/auth/authenticator.hpp"
#include "sidecar/config/config.hpp"
#include "sidecar/ingress/call.hpp"
#include "sidecar/ingress/ledger.hpp"
#include "sidecar/ingress/outcome.hpp"
#include "sidecar/ingress/route_table.hpp"
#include "sidecar/ingress/trace_context.hpp"

namespace sealbus::ingress {

class RequestHandler final : public http::Handler {
 public:
  struct Options {
    std::vector<std::string> forward_headers;                      // in lower case
    base::ByteCount max_message{envelope::kMostHeaderAndPayload};  // header and body on the bus
  };

  // Who callers are, and how they are told: one immutable snapshot of the configuration.
  struct Authentication {
    settings::ErrorDetail error_detail = settings::ErrorDetail::full;
    bool development = false;  // say so in each response
    std::shared_ptr<const auth::Authenticator> authenticator;
  };

  // Everything referred to outlives the handler.
  RequestHandler(Options options, unsigned workers, const Authentication& authentication,
                 CallSink& calls, Ledger& ledger, const base::Clock& clock, base::Random& random);

  void handle(http::Request& request, http::Responder responder) override;
  http::Response refuse(base::Refusal refusal, std::string detail, const http::Client& client,
                        const http::Request* request) override;

  // A new table for one worker; called on that worker.
  void install(unsigned worker, std::shared_ptr<const RouteTable> table);
  void install(unsigned worker, const Authentication& authentication);
  // From now on no request is taken; any thread.
  void start_draining() { draining_ = true; }

 private:
  class HttpCaller;

  // Everything up to the call, or why not. Both write into the account what they learn.
  [[nodiscard]] base::Result<Call, Rejection> prepare(http::Request& request,
                                                      const TraceContext& trace, Account& account);
  [[nodiscard]] base::Result<Match, Rejection> find(const http::Request& request,
                                                    const RouteTable& table) const;
  [[nodiscard]] static base::Result<identity::Identity, Rejection> authenticate(
      const http::Request& request, const auth::Authenticator& authenticator);
  [[nodiscard]] base::Result<Call, Rejection> make_call(http::Request& request, const Match& match,
                                                        const identity::Identity& identity,
                                                        const TraceContext& trace,
                                                        Account& account);
  std::string request_id(const http::Request& request);
  http::Response decorate(http::Response response, std::string_view request_id) const;

  // What a worker goes by. Its own alone, so that reading it takes no lock.
  struct View {
    std::shared_ptr<const RouteTable> table;
    std::shared_ptr<const auth::Authenticator> authenticator;
  };

  const Options options_;
  std::atomic<settings::ErrorDetail> error_detail_;
  std::atomic<bool> development_;
  CallSink& calls_;
  Ledger& ledger_;
  const base::Clock& clock_;
  base::Random& random_;
  const base::SteadyTime started_;
  const std::shared_ptr<const RouteTable> nothing_yet_;  // until somebody has registered
  std::vector<View> views_;                              // one for each worker
  std::atomic<bool> draining_{false};
};

}  // namespace sealbus::ingress
