#include "common/bus/dealer.hpp"

#include <cassert>
#include <utility>

#include <zmq.h>

namespace sealbus::bus {
namespace {

// -1, which means never, would throw away what had arrived and was not read when the connection
// ended, and so would ZMQ_IMMEDIATE. Nobody keeps a dealer without a connection for a day.
constexpr std::chrono::milliseconds kNeverAgain = std::chrono::hours(24);

}  // namespace

base::OrError<Dealer> Dealer::open(Context& context, const std::string& endpoint,
                                   DealerOptions options) {
  const bool v6 = endpoint.find('[') != std::string::npos;
  auto socket =
      Socket::open(context, ZMQ_DEALER,
                   {{ZMQ_IPV6, v6 ? 1 : 0},
                    {ZMQ_RECONNECT_IVL, kNeverAgain.count()},
                    {ZMQ_LINGER, options.linger.count()},
                    {ZMQ_MAXMSGSIZE, static_cast<std::int64_t>(options.max_message.value)},
                    {ZMQ_SNDHWM, options.send_high_water},
                    {ZMQ_RCVHWM, options.receive_high_water},
                    {ZMQ_CONNECT_TIMEOUT, options.handshake.count()},
                    {ZMQ_HANDSHAKE_IVL, options.handshake.count()},
                    {ZMQ_TCP_MAXRT, options.stalled.count()},
                    {ZMQ_TCP_KEEPALIVE, 1},
                    {ZMQ_TCP_KEEPALIVE_IDLE, 30},
                    {ZMQ_TCP_KEEPALIVE_INTVL, 5},
                    {ZMQ_TCP_KEEPALIVE_CNT, 3}},
                   ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED |
                       kHandshakeFailureEvents);
  if (!socket) return tl::make_unexpected(socket.error());
  if (options.curve != nullptr) {
    if (auto done = use_curve(*socket, *options.curve); !done) {
      return tl::make_unexpected(done.error());
    }
  }
  if (zmq_connect(socket->handle(), endpoint.c_str()) != 0) return zmq_error_for(endpoint);
  return Dealer(std::move(*socket), {options.max_message, options.most_frames});
}

void Dealer::read_monitor() {
  while (const auto event = socket_.next_event()) {
    if (const auto failure = handshake_failure(*event)) {
      if (!failure_) failure_ = failure;  // the first says most
    } else if (event->what == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
      if (state_ == State::connecting) state_ = State::connected;
    } else {
      const bool answered = event->what == ZMQ_EVENT_DISCONNECTED;
      if (answered && state_ == State::connecting && !failure_) failure_ = HandshakeFailure::closed;
      state_ = State::gone;
    }
  }
}

Dealer::Change Dealer::poll_connection() {
  read_monitor();
  if (told_ == state_) return Change::none;
  told_ = state_;
  return state_ == State::connected ? Change::connected : Change::disconnected;
}

Dealer::Status Dealer::send(Message& message) {
  assert(!message.empty());
  if (state_ == State::connected) {
    if (send_message(socket_.handle(), message)) return Status::sent;
    catch_up(socket_.handle());
    if (send_message(socket_.handle(), message)) return Status::sent;
  }
  read_monitor();
  return state_ == State::gone ? Status::gone : Status::would_block;
}

std::optional<std::variant<Message, BadShape>> Dealer::receive() {
  Frame first;
  if (!receive_frame(socket_.handle(), first)) return std::nullopt;
  return receive_rest(socket_.handle(), std::move(first), limits_);
}

}  // namespace sealbus::bus
