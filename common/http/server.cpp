#include "common/http/server.hpp"

#include <algorithm>
#include <atomic>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "common/http/worker.hpp"

namespace sealbus::http {
namespace {

using base::OrError;
using boost::system::error_code;

OrError<Endpoint> resolve(const Address& address) {
  std::string host = address.host;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  asio::io_context io;
  asio::ip::tcp::resolver resolver(io);
  error_code error;
  const auto found =
      resolver.resolve(host, std::to_string(address.port), asio::ip::tcp::resolver::passive, error);
  if (error) return base::error(error.message());
  return found.begin()->endpoint();
}

// With SO_REUSEPORT, binding succeeds beside another process of the same user that does the same:
// two gateways on one port would share its requests. Without, it tells whether the port is free.
OrError<void> probe(const Endpoint& endpoint) {
  asio::io_context io;
  asio::ip::tcp::acceptor acceptor(io);
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (error) return base::error(error.message());
  return {};
}

}  // namespace

std::string to_string(const Address& address) {
  const bool bare_ipv6 = address.host.find(':') != std::string::npos && address.host[0] != '[';
  const std::string host = bare_ipv6 ? '[' + address.host + ']' : address.host;
  return host + ':' + std::to_string(address.port);
}

class Server::Workers {
 public:
  Workers(const ServerOptions& options, Handler& handler, const base::Clock& clock)
      : shared_{options, handler, clock, log::Limiter(clock)} {
    const unsigned count = std::max(1U, options.workers);
    shared_.workers_left = count;
    for (unsigned i = 0; i < count; ++i) all_.push_back(std::make_unique<Worker>(i, shared_));
  }

  // Every port is bound before the first thread exists.
  OrError<void> listen() {
    auto endpoint = resolve(shared_.options.listen);
    if (!endpoint) return tl::unexpected(endpoint.error());
    const auto port = all_.size() > 1 ? Worker::Port::shared_by_workers : Worker::Port::own;
    if (port == Worker::Port::shared_by_workers) {
      if (auto free = probe(*endpoint); !free) return free;
    }
    for (const auto& worker : all_) {
      endpoint = worker->listen(*endpoint, port);
      if (!endpoint) return tl::unexpected(endpoint.error());
    }
    bound_ = {endpoint->address().to_string(), endpoint->port()};
    return {};
  }

  void start() {
    for (const auto& worker : all_) worker->start();
  }

  void stop() {
    for (const auto& worker : all_) worker->stop();
    for (const auto& worker : all_) worker->join();
  }

  [[nodiscard]] Shared& shared() { return shared_; }
  [[nodiscard]] const Address& bound() const { return bound_; }
  [[nodiscard]] const std::vector<std::unique_ptr<Worker>>& all() const { return all_; }

 private:
  Shared shared_;
  std::vector<std::unique_ptr<Worker>> all_;
  Address bound_;
};

Server::Server(std::unique_ptr<Workers> workers) : workers_(std::move(workers)) {}

Server::~Server() { stop(); }

OrError<std::unique_ptr<Server>> Server::start(const ServerOptions& options, Handler& handler,
                                               const base::Clock& clock) {
  auto workers = std::make_unique<Workers>(options, handler, clock);
  if (auto ok = workers->listen(); !ok) {
    return base::error("cannot listen on " + to_string(options.listen) + ": " + ok.error().message);
  }
  workers->start();
  return std::unique_ptr<Server>(new Server(std::move(workers)));
}

const Address& Server::bound() const { return workers_->bound(); }

unsigned Server::workers() const { return static_cast<unsigned>(workers_->all().size()); }

std::size_t Server::connections() const {
  return workers_->shared().connections.load(std::memory_order_relaxed);
}

Traffic Server::traffic() const {
  Traffic sum;
  for (const auto& worker : workers_->all()) {
    const Traffic part = worker->traffic();
    sum.received += part.received;
    sum.sent += part.sent;
  }
  return sum;
}

void Server::post_to_worker(unsigned index, std::function<void()> task) {
  workers_->all().at(index)->post(std::move(task));
}

void Server::begin_drain() {
  for (const auto& worker : workers_->all()) worker->drain();
}

bool Server::drained_within(milliseconds at_most) {
  Shared& shared = workers_->shared();
  std::unique_lock lock(shared.mutex);
  return shared.drained.wait_for(lock, at_most, [&] { return shared.workers_left == 0; });
}

void Server::stop() { workers_->stop(); }

}  // namespace sealbus::http
