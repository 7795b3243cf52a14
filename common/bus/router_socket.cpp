#include "common/bus/router_socket.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <utility>

#include <zmq.h>

#include "common/bus/address.hpp"
#include "common/bus/zap.hpp"

namespace sealbus::bus {
namespace {

constexpr int kBacklog = 1'024;
// The monitor is asked at the latest after so many messages.
constexpr std::size_t kReadsPerMonitor = 64;

base::OrError<std::string> bound_endpoint(void* socket) {
  std::array<char, 512> text{};
  std::size_t size = text.size();
  if (zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, text.data(), &size) != 0) {
    return zmq_error_for("cannot read the bound address");
  }
  return std::string(text.data());
}

base::OrError<std::string> bind_tcp(Socket& socket, const std::string& endpoint) {
  const auto numeric = resolve(endpoint);
  if (!numeric) return tl::make_unexpected(numeric.error());
  const std::string& first = numeric->front();
  const bool v6 = first.find('[') != std::string::npos || first.find("//*") != std::string::npos;
  if (auto done = socket.set({ZMQ_IPV6, v6 ? 1 : 0}); !done)
    return tl::make_unexpected(done.error());
  if (zmq_bind(socket.handle(), first.c_str()) != 0) return zmq_error_for(endpoint);
  return bound_endpoint(socket.handle());
}

base::OrError<IpcFile> bind_ipc(Socket& socket, const Address& address) {
  auto file = IpcFile::listen(address.path, kBacklog);
  if (!file) return file;
  if (auto done = socket.set({ZMQ_USE_FD, file->descriptor()}); !done) {
    return tl::make_unexpected(done.error());
  }
  if (zmq_bind(socket.handle(), to_endpoint(address).c_str()) != 0) {
    return zmq_error_for(to_endpoint(address));
  }
  file->release();
  return file;
}

}  // namespace

base::OrError<RouterSocket> RouterSocket::bind(Context& context, RouterOptions options) {
  auto socket =
      Socket::open(context, ZMQ_ROUTER,
                   {{ZMQ_ROUTER_MANDATORY, 1},
                    {ZMQ_ROUTER_HANDOVER, 0},
                    {ZMQ_LINGER, options.linger.count()},
                    {ZMQ_MAXMSGSIZE, static_cast<std::int64_t>(options.max_message.value)},
                    {ZMQ_SNDHWM, options.send_high_water},
                    {ZMQ_RCVHWM, options.receive_high_water},
                    {ZMQ_HANDSHAKE_IVL, options.handshake.count()},
                    {ZMQ_BACKLOG, kBacklog},
                    {ZMQ_TCP_MAXRT, options.stalled.count()},
                    {ZMQ_TCP_KEEPALIVE, 1},
                    {ZMQ_TCP_KEEPALIVE_IDLE, 30},
                    {ZMQ_TCP_KEEPALIVE_INTVL, 5},
                    {ZMQ_TCP_KEEPALIVE_CNT, 3}},
                   ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | kHandshakeFailureEvents);
  if (!socket) return tl::make_unexpected(socket.error());
  std::unique_ptr<ZapHandler> zap;
  if (options.curve) {
    if (auto done = use_curve(*socket, *options.curve); !done) {
      return tl::make_unexpected(done.error());
    }
    // Before anybody can connect: without an answer libzmq would admit any key.
    auto started = ZapHandler::start(context, *options.curve->admission);
    if (!started) return tl::make_unexpected(started.error());
    zap = std::move(*started);
  }
  auto listening = listen(*socket, options);
  if (!listening) return tl::make_unexpected(listening.error());
  return RouterSocket(std::move(zap), std::move(*socket), std::move(*listening), options);
}

base::OrError<RouterSocket::Listening> RouterSocket::listen(Socket& socket,
                                                            const RouterOptions& options) {
  const auto address = parse_address(options.endpoint);
  if (!address) return tl::make_unexpected(address.error());
  if (address->transport == Address::Transport::ipc) {
    auto file = bind_ipc(socket, *address);
    if (!file) return tl::make_unexpected(file.error());
    return Listening{std::move(*file), options.endpoint};
  }
  auto endpoint = bind_tcp(socket, options.endpoint);
  if (!endpoint) return tl::make_unexpected(endpoint.error());
  return Listening{IpcFile(), std::move(*endpoint)};
}

RouterSocket::RouterSocket(std::unique_ptr<ZapHandler> zap, Socket socket, Listening listening,
                           const RouterOptions& options)
    : zap_(std::move(zap)),
      file_(std::move(listening.file)),
      socket_(std::move(socket)),
      endpoint_(std::move(listening.endpoint)),
      limits_{options.max_message, options.most_frames},
      peers_(static_cast<std::size_t>(std::max(1, options.receive_high_water)) + kReadsPerMonitor) {
}

SendStatus RouterSocket::send(PeerId peer, Message& message) {
  assert(!message.empty());
  const std::string* const routing_id = peers_.routing_id(peer);
  if (routing_id == nullptr) return SendStatus::unreachable;
  Frame to = Frame::copy(base::as_bytes(*routing_id));
  bool taken = send_frame(socket_.handle(), to, More::yes);
  if (!taken && zmq_errno() == EAGAIN) {
    catch_up(socket_.handle());
    taken = send_frame(socket_.handle(), to, More::yes);
  }
  if (!taken) return zmq_errno() == EAGAIN ? SendStatus::would_block : SendStatus::unreachable;
  // From here on the router takes every frame, or drops all of them if the connection just ended.
  return send_message(socket_.handle(), message) ? SendStatus::sent : SendStatus::unreachable;
}

std::optional<RouterEvent> RouterSocket::receive() {
  while (true) {
    if (auto closed = next_closed()) return closed;
    if (auto failed = next_failed()) return failed;
    if (until_monitor_ == 0) read_monitor();
    if (auto event = read_message()) {
      --until_monitor_;
      if (peers_.read_out_after_one_more()) release_closed();
      return event;
    }
    // The socket is read to its end, and so is every peer whose closing the monitor told of before.
    release_closed();
    read_monitor();
    if (auto failed = next_failed()) return failed;
    if (released_.empty() && !peers_.any_closed()) return std::nullopt;
  }
}

void RouterSocket::read_monitor() {
  while (const auto event = socket_.next_event()) {
    if (event->what == ZMQ_EVENT_ACCEPTED) peers_.accepted(event->value);
    if (event->what == ZMQ_EVENT_DISCONNECTED) peers_.disconnected(event->value);
    if (const auto failure = handshake_failure(*event); failure && is_told(*failure)) {
      ++failed_[static_cast<std::size_t>(*failure)];
    }
  }
  until_monitor_ = kReadsPerMonitor;
}

bool RouterSocket::is_told(HandshakeFailure failure) const {
  switch (failure) {
    case HandshakeFailure::turned_away:
      return false;  // the Admission was told
    case HandshakeFailure::closed:
    case HandshakeFailure::malformed:
      return zap_ != nullptr;  // without CURVE it is somebody who is lost, and no more
    case HandshakeFailure::other_mechanism:
    case HandshakeFailure::wrong_key:
      return true;
  }
  return true;
}

std::optional<RouterEvent> RouterSocket::read_message() {
  Frame routing_id;
  if (!receive_frame(socket_.handle(), routing_id)) return std::nullopt;
  Frame first;
  if (!receive_frame(socket_.handle(), first)) return std::nullopt;
  const PeerId peer = peer_of(routing_id, first);
  const auto key = key_of(first);
  auto rest = receive_rest(socket_.handle(), std::move(first), limits_);
  if (auto* const message = std::get_if<Message>(&rest)) {
    return Received{peer, std::move(*message), key};
  }
  return BadMessage{peer, std::get<BadShape>(rest)};
}

PeerId RouterSocket::peer_of(const Frame& routing_id, Frame& first) {
  // Not of the routing id: libzmq 4.3.4 does not say where that came from after a poll.
  const int connection = zmq_msg_get(static_cast<zmq_msg_t*>(first.raw()), ZMQ_SRCFD);
  const std::string_view id = base::as_text(routing_id.view());
  if (const auto known = peers_.find(id, connection)) return *known;
  read_monitor();
  return peers_.add(id, connection);
}

std::optional<CurveKey> RouterSocket::key_of(Frame& frame) const {
  if (zap_ == nullptr) return std::nullopt;
  const char* const user = zmq_msg_gets(static_cast<zmq_msg_t*>(frame.raw()), "User-Id");
  return user == nullptr ? std::nullopt : key_of_user_id(user);
}

void RouterSocket::release_closed() {
  std::vector<PeerId> closed = peers_.take_closed();
  released_.insert(released_.begin(), closed.rbegin(), closed.rend());
}

std::optional<RouterEvent> RouterSocket::next_closed() {
  if (released_.empty()) return std::nullopt;
  const PeerId peer = released_.back();
  released_.pop_back();
  return ConnectionClosed{peer};
}

std::optional<RouterEvent> RouterSocket::next_failed() {
  for (std::size_t why = 0; why < failed_.size(); ++why) {
    if (failed_[why] == 0) continue;
    --failed_[why];
    return HandshakeFailed{static_cast<HandshakeFailure>(why)};
  }
  return std::nullopt;
}

}  // namespace sealbus::bus
