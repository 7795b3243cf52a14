#include "common/bus/router.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <deque>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "common/base/bounded_queue.hpp"
#include "common/base/wakeup.hpp"
#include "common/bus/poller.hpp"

namespace sealbus::bus {
namespace {

// Sending and receiving take turns of so many messages.
constexpr int kTurn = 256;
// With so many events that the sink did not take yet, nothing more is sent: each may bring another.
constexpr std::size_t kMostHeld = 1'024;
constexpr std::chrono::milliseconds kAskAgain{5};

struct Outgoing {
  PeerId peer;
  Message message;
};

}  // namespace

class Router::Loop {
 public:
  Loop(RouterSocket socket, std::size_t queue, RouterSink& sink)
      : endpoint_(socket.endpoint()), socket_(std::move(socket)), sink_(sink), queue_(queue) {
    thread_ = std::thread([this] { run(); });
  }
  ~Loop() { stop(); }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  [[nodiscard]] const std::string& endpoint() const { return endpoint_; }

  bool send(PeerId peer, Message&& message) {
    if (stopping_.load(std::memory_order_relaxed)) return false;
    Outgoing outgoing{peer, std::move(message)};
    if (!queue_.try_push(outgoing)) {
      message = std::move(outgoing.message);
      return false;
    }
    wakeup_.notify();
    return true;
  }

  void resume() { wakeup_.notify(); }

  void stop() {
    stopping_.store(true);
    wakeup_.notify();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run();
  void wait();
  [[nodiscard]] bool hand_over();
  [[nodiscard]] bool send_turn();
  [[nodiscard]] bool receive_turn();
  void send_one(Outgoing& outgoing);

  const std::string endpoint_;
  std::atomic<bool> stopping_{false};

  // The thread's alone.
  std::optional<RouterSocket> socket_;
  RouterSink& sink_;
  std::deque<RouterEvent> held_;  // what the sink did not take yet, oldest first

  base::BoundedQueue<Outgoing> queue_;
  base::Wakeup wakeup_;
  Poller all_{wakeup_};
  Poller wakeup_only_{wakeup_};
  std::thread thread_;
};

void Router::Loop::run() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are the main thread's
  all_.add(0, socket_->poll_handles());
  while (!stopping_.load()) {
    const bool sending = send_turn();
    const bool receiving = receive_turn();
    if (!sending && !receiving) wait();
  }
  while (auto outgoing = queue_.try_pop()) {
    if (socket_->send(outgoing->peer, outgoing->message) != SendStatus::sent) continue;
  }
  all_.remove(0);
  socket_.reset();
}

void Router::Loop::wait() {
  wakeup_.arm();
  const bool may_send = held_.size() < kMostHeld;
  if ((queue_.empty() || !may_send) && !stopping_.load()) {
    if (held_.empty()) {
      static_cast<void>(all_.wait(std::chrono::milliseconds(-1)));
    } else {
      static_cast<void>(wakeup_only_.wait(kAskAgain));
    }
  }
  wakeup_.disarm();
}

// Offers what is held back to the sink; true when nothing is left.
bool Router::Loop::hand_over() {
  while (!held_.empty() && sink_.deliver(std::move(held_.front()))) held_.pop_front();
  return held_.empty();
}

// True: there is more to send.
bool Router::Loop::send_turn() {
  for (int i = 0; i < kTurn; ++i) {
    if (held_.size() >= kMostHeld) return false;
    auto outgoing = queue_.try_pop();
    if (!outgoing) return false;
    send_one(*outgoing);
  }
  return true;
}

void Router::Loop::send_one(Outgoing& outgoing) {
  const SendStatus status = socket_->send(outgoing.peer, outgoing.message);
  if (status == SendStatus::sent) return;
  held_.emplace_back(PeerLost{outgoing.peer, status == SendStatus::would_block
                                                 ? LossReason::would_block
                                                 : LossReason::unreachable});
}

// True: there is more to receive.
bool Router::Loop::receive_turn() {
  for (int i = 0; i < kTurn; ++i) {
    if (!hand_over()) return false;
    auto event = socket_->receive();
    if (!event) return false;
    held_.push_back(std::move(*event));
  }
  return true;
}

base::OrError<std::unique_ptr<Router>> Router::start(Context& context, RouterOptions options,
                                                     RouterSink& sink) {
  const std::size_t queue = options.queue;
  auto socket = RouterSocket::bind(context, std::move(options));
  if (!socket) return tl::make_unexpected(socket.error());
  try {
    return std::make_unique<Router>(std::make_unique<Loop>(std::move(*socket), queue, sink));
  } catch (const std::system_error& failure) {
    return base::error(std::string("cannot start the bus thread: ") + failure.what());
  }
}

Router::Router(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}

Router::~Router() = default;

const std::string& Router::endpoint() const { return loop_->endpoint(); }

bool Router::send(PeerId peer, Message&& message) { return loop_->send(peer, std::move(message)); }

void Router::resume() { loop_->resume(); }

void Router::stop() { loop_->stop(); }

}  // namespace sealbus::bus
