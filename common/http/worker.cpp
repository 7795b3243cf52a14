#include "common/http/worker.hpp"

#include <exception>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/chrono.h>
#include <pthread.h>
#include <sys/socket.h>

#include "common/http/session.hpp"

namespace sealbus::http {
namespace {

using boost::system::error_code;

// So long nothing is accepted when the process is out of file descriptors or memory: the listening
// socket stays readable, and asking again at once would take a whole core.
constexpr milliseconds kPauseAfterError{50};

error_code share_port(Acceptor& acceptor) {
  const int on = 1;
  if (setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0) {
    return {};
  }
  return {errno, boost::system::system_category()};
}

}  // namespace

Worker::Worker(unsigned index, Shared& shared)
    : index_(index),
      shared_(shared),
      io_(std::make_shared<asio::io_context>(1)),
      inbox_(std::make_shared<Inbox>([io = io_, this] {
        // Not run once the worker has ended, so `this` is alive when it is.
        asio::post(*io, [this] { inbox_->deliver(); });
      })),
      acceptor_(*io_),
      pause_(*io_),
      tick_(*io_) {
  read_clock();
}

Worker::~Worker() { join(); }

base::OrError<Endpoint> Worker::listen(const Endpoint& endpoint, Port port) {
  error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error && port == Port::shared_by_workers) error = share_port(acceptor_);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) acceptor_.non_blocking(true, error);
  const Endpoint bound = error ? Endpoint() : acceptor_.local_endpoint(error);
  if (error) return base::error(error.message());
  return bound;
}

void Worker::start() {
  asio::co_spawn(*io_, accept(), asio::detached);
  asio::co_spawn(*io_, keep_time(), asio::detached);
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), ("http-" + std::to_string(index_)).c_str());
    inbox_->belongs_to_this_thread();
    io_->run();
  });
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::post(std::function<void()> task) { asio::post(*io_, std::move(task)); }

Awaitable<void> Worker::accept() {
  while (acceptor_.is_open()) {
    error_code error;
    Socket socket = co_await acceptor_.async_accept(
        asio::redirect_error(asio::use_awaitable_t<Executor>{}, error));
    if (!error) {
      try_to_serve(std::move(socket));
    } else if (error != asio::error::operation_aborted &&
               error != asio::error::connection_aborted) {
      co_await pause_after(error.message());
    }
  }
}

Awaitable<void> Worker::pause_after(const std::string& error) {
  if (const auto silent = shared_.accept_errors.admit()) {
    log::warning("HTTP: cannot accept a connection: {} ({} more like this)", error, *silent);
  }
  error_code ignored;
  pause_.expires_after(kPauseAfterError);
  co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable_t<Executor>{}, ignored));
}

// Without memory for one connection, the next may still find some.
void Worker::try_to_serve(Socket socket) {
  try {
    serve(std::move(socket));
  } catch (const std::exception& exception) {
    log::error("HTTP: a connection was dropped: {}", exception.what());
  }
}

void Worker::serve(Socket socket) {
  const std::size_t open = shared_.connections.load(std::memory_order_relaxed);
  if (stopping_ || open >= shared_.options.max_connections) return;
  error_code error;
  const Endpoint peer = socket.remote_endpoint(error);
  if (!error) socket.set_option(asio::ip::tcp::no_delay(true), error);
  if (!error) socket.non_blocking(true, error);
  if (error) return;  // gone already
  auto session =
      std::make_unique<Session<Socket>>(std::move(socket), *this, peer.address().to_string());
  asio::co_spawn(*io_, Session<Socket>::run(std::move(session)), asio::detached);
}

Awaitable<void> Worker::keep_time() {
  while (!stopping_) {
    error_code ignored;
    tick_.expires_after(shared_.options.tick);
    co_await tick_.async_wait(asio::redirect_error(asio::use_awaitable_t<Executor>{}, ignored));
    read_clock();
    // Ending a connection only cancels what it waits for: nothing leaves the set meanwhile.
    for (Connection* connection : connections_) connection->tick(now_);
  }
}

void Worker::read_clock() {
  now_ = shared_.clock.steady();
  const base::WallTime wall = shared_.clock.wall();
  if (!date_.empty() && std::chrono::floor<std::chrono::seconds>(wall) == date_is_of_) return;
  date_is_of_ = std::chrono::floor<std::chrono::seconds>(wall);
  const std::time_t seconds =
      std::chrono::duration_cast<std::chrono::seconds>(date_is_of_.time_since_epoch()).count();
  date_ = fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(seconds));
}

base::SteadyTime Worker::deadline(milliseconds timeout) const {
  return now_ + shared_.options.tick + timeout;
}

void Worker::add(Connection& connection) {
  connections_.insert(&connection);
  shared_.connections.fetch_add(1, std::memory_order_relaxed);
}

void Worker::remove(Connection& connection) {
  connections_.erase(&connection);
  shared_.connections.fetch_sub(1, std::memory_order_relaxed);
  report_if_drained();
}

void Worker::drain() {
  post([this] {
    if (draining_) return;
    accept_what_waits();
    draining_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    for (Connection* connection : connections_) connection->drain();
    report_if_drained();
  });
}

// Closing the listening socket resets connections that the kernel has accepted for us.
void Worker::accept_what_waits() {
  error_code error;
  while (!error && acceptor_.is_open()) {
    Socket socket(*io_);
    acceptor_.accept(socket, error);
    if (!error) try_to_serve(std::move(socket));
  }
}

void Worker::report_if_drained() {
  if (!draining_ || reported_drained_ || !connections_.empty()) return;
  reported_drained_ = true;
  const std::lock_guard lock(shared_.mutex);
  --shared_.workers_left;
  shared_.drained.notify_all();
}

void Worker::stop() {
  post([this] {
    stopping_ = true;
    draining_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    tick_.cancel();
    inbox_->close();
    // A connection that waits for its answer ends, and leaves the set, while it is told.
    const std::vector<Connection*> all(connections_.begin(), connections_.end());
    for (Connection* connection : all) connection->stop();
  });
}

}  // namespace sealbus::http
