#pragma once
// The admin port: health, readiness, metrics and what is registered. It only reads.
//
//   GET /healthz                              200 as long as the process answers
//   GET /readyz                               200, or 503 with what is missing
//   GET /metrics                              for Prometheus, in its text format
//   GET /api/services                         every service
//   GET /api/services/<service>               one: contracts, replicas, what was refused
//   GET /api/services/<service>/contracts     its contracts and replicas

#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "sidecar/admin/status.hpp"
#include "sidecar/config/config.hpp"

namespace sealbus::admin {

class AdminServer {
 public:
  struct Options {
    settings::ListenAddress listen;
    std::vector<std::string> hosts;  // names under which it answers, too (same_origin.hpp)
  };

  // Serves from when it returns, on a thread of its own. `source` and `clock` must outlive it. The
  // error says which address could not be had, and why.
  [[nodiscard]] static base::OrError<std::unique_ptr<AdminServer>> start(const Options& options,
                                                                         const StatusSource& source,
                                                                         const base::Clock& clock);
  // Drops what is in flight; `source` is not called any more.
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  // host:port, with the port that was picked if it was 0.
  [[nodiscard]] std::string address() const;
  [[nodiscard]] std::uint16_t port() const;

 private:
  class Pages;
  struct Parts;
  explicit AdminServer(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace sealbus::admin
