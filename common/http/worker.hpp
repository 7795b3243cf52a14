#pragma once
// One thread of the server with its own io_context, acceptor and connections. Nothing of it is
// shared but what `Shared` says. Internal to common/http.

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "common/base/log.hpp"
#include "common/http/exchange.hpp"
#include "common/http/server.hpp"

namespace sealbus::http {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
template <typename T>
using Awaitable = asio::awaitable<T, Executor>;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using Endpoint = asio::ip::tcp::endpoint;

// What a worker asks of its connections, whatever their stream. Worker thread only.
class Connection {
 public:
  virtual void tick(base::SteadyTime now) = 0;  // end what is overdue
  virtual void drain() = 0;                     // end soon if idle
  virtual void stop() = 0;                      // end

 protected:
  ~Connection() = default;
};

// What the workers of a server have in common.
struct Shared {
  const ServerOptions options;
  Handler& handler;
  const base::Clock& clock;
  log::Limiter accept_errors;
  std::atomic<std::size_t> connections{0};
  // For begin_drain and drained_within.
  std::mutex mutex{};
  std::condition_variable drained{};
  std::size_t workers_left = 0;  // guarded by mutex: not drained yet
};

class Worker {
 public:
  Worker(unsigned index, Shared& shared);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  enum class Port : bool { own, shared_by_workers };
  [[nodiscard]] base::OrError<Endpoint> listen(const Endpoint& endpoint, Port port);
  void start();
  void join();

  // Any thread.
  void post(std::function<void()> task);
  void drain();
  void stop();

  // For its connections, on its thread.
  [[nodiscard]] unsigned index() const { return index_; }
  [[nodiscard]] const ServerOptions& options() const { return shared_.options; }
  [[nodiscard]] Handler& handler() { return shared_.handler; }
  [[nodiscard]] const std::shared_ptr<Inbox>& inbox() const { return inbox_; }
  [[nodiscard]] bool draining() const { return draining_; }
  // When something that begins now and may last `timeout` is overdue; never early.
  [[nodiscard]] base::SteadyTime deadline(milliseconds timeout) const;
  // This second, for a Date header.
  [[nodiscard]] std::string_view date() const { return date_; }
  void add(Connection& connection);
  void remove(Connection& connection);
  void count_received(std::size_t bytes) { received_.fetch_add(bytes, std::memory_order_relaxed); }
  void count_sent(std::size_t bytes) { sent_.fetch_add(bytes, std::memory_order_relaxed); }

  // Any thread.
  [[nodiscard]] Traffic traffic() const {
    return {received_.load(std::memory_order_relaxed), sent_.load(std::memory_order_relaxed)};
  }

 private:
  Awaitable<void> accept();
  Awaitable<void> pause_after(const std::string& error);
  void accept_what_waits();
  void try_to_serve(Socket socket);
  void serve(Socket socket);
  Awaitable<void> keep_time();
  void read_clock();
  void report_if_drained();

  const unsigned index_;
  Shared& shared_;
  const std::shared_ptr<asio::io_context> io_;
  const std::shared_ptr<Inbox> inbox_;
  Acceptor acceptor_;
  asio::basic_waitable_timer<std::chrono::steady_clock,
                             asio::wait_traits<std::chrono::steady_clock>, Executor>
      pause_, tick_;
  std::unordered_set<Connection*> connections_;
  std::atomic<std::uint64_t> received_{0};
  std::atomic<std::uint64_t> sent_{0};
  base::SteadyTime now_;  // as of the last tick
  std::string date_;
  base::WallTime date_is_of_{};
  bool draining_ = false;
  bool reported_drained_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sealbus::http
