#include "common/bus/publisher.hpp"

#include <cassert>
#include <new>
#include <utility>

#include <zmq.h>

#include "common/bus/frame.hpp"
#include "common/bus/transfer.hpp"

namespace sealbus::bus {
namespace {

using Counter = std::shared_ptr<std::atomic<std::uint64_t>>;

// What ZeroMQ keeps for anything that a subscriber says, beside its bytes.
constexpr std::uint64_t kEachSaid = 32;
// Subscriptions that may lie unheard, for each subscriber.
constexpr int kUnheard = 100;

// The bytes of a message's last frame, and by how much the counter goes down when they go.
struct Block {
  base::Bytes bytes;
  std::uint64_t counts = 0;
  Counter counter;
};

void let_go(void* /*data*/, void* hint) {
  const std::unique_ptr<Block> block(static_cast<Block*>(hint));
  block->counter->fetch_sub(block->counts);
}

// The last frame is the last that a subscriber's queue lets go of.
Frame last_frame(base::ByteView bytes, std::uint64_t counts, const Counter& counter) {
  auto block = std::make_unique<Block>(Block{base::to_bytes(bytes), counts, counter});
  Frame frame;
  auto* const message = static_cast<zmq_msg_t*>(frame.raw());
  if (zmq_msg_init_data(message, block->bytes.data(), bytes.size(), let_go, block.get()) != 0) {
    zmq_msg_init(message);
    throw std::bad_alloc();
  }
  counter->fetch_add(counts);
  static_cast<void>(block.release());
  return frame;
}

}  // namespace

base::OrError<Publisher> Publisher::bind(Context& context, PublisherOptions options) {
  auto socket = Socket::open(
      context, ZMQ_XPUB,
      {{ZMQ_XPUB_VERBOSE, 1},  // each subscription is heard of, so that a flood of one is, too
       {ZMQ_LINGER, options.linger.count()},
       {ZMQ_MAXMSGSIZE, static_cast<std::int64_t>(options.longest_subscription.value)},
       {ZMQ_SNDHWM, options.send_high_water},
       {ZMQ_RCVHWM, kUnheard},
       {ZMQ_HANDSHAKE_IVL, options.handshake.count()},
       {ZMQ_BACKLOG, kBacklog},
       {ZMQ_TCP_MAXRT, options.stalled.count()},
       {ZMQ_TCP_KEEPALIVE, 1},
       {ZMQ_TCP_KEEPALIVE_IDLE, 30},
       {ZMQ_TCP_KEEPALIVE_INTVL, 5},
       {ZMQ_TCP_KEEPALIVE_CNT, 3}},
      ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED);
  if (!socket) return tl::make_unexpected(socket.error());
  auto listening = listen_at(*socket, options.endpoint);
  if (!listening) return tl::make_unexpected(listening.error());
  return Publisher(std::move(*socket), std::move(*listening), options);
}

Publisher::Publisher(Socket socket, Listening listening, const PublisherOptions& options)
    : file_(std::move(listening.file)),
      socket_(std::move(socket)),
      endpoint_(std::move(listening.endpoint)),
      options_(options),
      unread_(std::make_shared<std::atomic<std::uint64_t>>(0)) {}

Publisher::Conduct Publisher::hear() {
  while (const auto event = socket_.next_event()) {
    if (event->what == ZMQ_EVENT_ACCEPTED) connections_.insert(event->value);
    if (event->what == ZMQ_EVENT_DISCONNECTED) connections_.erase(event->value);
  }
  Frame said;
  while (receive_frame(socket_.handle(), said)) {
    said_ += said.size() + kEachSaid;
    if (said_ > options_.most_said.value) return Conduct::overrun;
  }
  if (connections_.empty()) said_ = 0;  // with its connection goes what a subscriber said
  return connections_.size() <= options_.most_subscribers ? Conduct::good : Conduct::overrun;
}

bool Publisher::publish(std::initializer_list<base::ByteView> frames) {
  assert(frames.size() > 0);
  std::uint64_t size = 0;
  for (const base::ByteView frame : frames) size += frame.size();
  const std::uint64_t unread = unread_->load();
  if (unread > 0 && unread + size > options_.most_unread.value) return false;
  Message message;
  message.reserve(frames.size());
  for (const base::ByteView frame : frames) {
    const bool last = message.size() + 1 == frames.size();
    message.push_back(last ? last_frame(frame, size, unread_) : Frame::copy(frame));
  }
  return send_message(socket_.handle(), message);
}

void Publisher::forget_unread() {
  [[maybe_unused]] const auto done = socket_.set({ZMQ_LINGER, 0});  // no more than a slower close
}

}  // namespace sealbus::bus
