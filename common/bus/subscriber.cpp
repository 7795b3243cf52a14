#include "common/bus/subscriber.hpp"

#include <utility>

#include <zmq.h>

namespace sealbus::bus {
namespace {

// Between two attempts; the pause doubles up to the longest.
constexpr std::chrono::milliseconds kShortestPause{100};
constexpr std::chrono::milliseconds kLongestPause{1'000};

}  // namespace

base::OrError<Subscriber> Subscriber::open(Context& context, const std::string& endpoint,
                                           const SubscriberOptions& options) {
  const bool v6 = endpoint.find('[') != std::string::npos;
  auto socket =
      Socket::open(context, ZMQ_SUB,
                   {{ZMQ_IPV6, v6 ? 1 : 0},
                    {ZMQ_RECONNECT_IVL, kShortestPause.count()},
                    {ZMQ_RECONNECT_IVL_MAX, kLongestPause.count()},
                    {ZMQ_LINGER, 0},
                    {ZMQ_MAXMSGSIZE, static_cast<std::int64_t>(options.max_message.value)},
                    {ZMQ_RCVHWM, options.receive_high_water},
                    {ZMQ_CONNECT_TIMEOUT, options.handshake.count()},
                    {ZMQ_HANDSHAKE_IVL, options.handshake.count()}},
                   ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED);
  if (!socket) return tl::make_unexpected(socket.error());
  for (const std::string& topic : options.topics) {
    if (zmq_setsockopt(socket->handle(), ZMQ_SUBSCRIBE, topic.data(), topic.size()) != 0) {
      return zmq_error_for("cannot subscribe");
    }
  }
  if (zmq_connect(socket->handle(), endpoint.c_str()) != 0) return zmq_error_for(endpoint);
  return Subscriber(std::move(*socket), {options.max_message, options.most_frames});
}

Subscriber::Change Subscriber::next_change() {
  const auto event = socket_.next_event();
  if (!event) return Change::none;
  return event->what == ZMQ_EVENT_HANDSHAKE_SUCCEEDED ? Change::connected : Change::disconnected;
}

std::optional<std::variant<Message, BadShape>> Subscriber::receive() {
  Frame first;
  if (!receive_frame(socket_.handle(), first)) return std::nullopt;
  return receive_rest(socket_.handle(), std::move(first), limits_);
}

}  // namespace sealbus::bus
