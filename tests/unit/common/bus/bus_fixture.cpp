#include "tests/unit/common/bus/bus_fixture.hpp"

#include <array>
#include <cstring>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sealbus::bus::test {
namespace {

constexpr std::chrono::milliseconds kTurn{50};

std::chrono::steady_clock::time_point deadline() {
  return std::chrono::steady_clock::now() + kPatience;
}
bool before(std::chrono::steady_clock::time_point end) {
  return std::chrono::steady_clock::now() < end;
}

template <typename T>
T must(base::OrError<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

RouterOptions with_endpoint(RouterOptions options) {
  if (options.endpoint.empty()) options.endpoint = "tcp://127.0.0.1:0";
  return options;
}

}  // namespace

Message text_message(std::initializer_list<std::string_view> frames) {
  Message message;
  for (const std::string_view frame : frames) {
    message.push_back(Frame::copy(base::as_bytes(frame)));
  }
  return message;
}

std::vector<std::string> texts(const Message& message) {
  std::vector<std::string> found;
  for (const Frame& frame : message) found.emplace_back(base::as_text(frame.view()));
  return found;
}

Server::Server(Context& context, RouterOptions options)
    : socket_(must(RouterSocket::bind(context, with_endpoint(std::move(options))))),
      poller_(wakeup_) {
  poller_.add(1, socket_.poll_handles());
}

Server::~Server() { poller_.remove(1); }

void Server::read() {
  while (auto event = socket_.receive()) events.push_back(std::move(*event));
}

void Server::turn() {
  static_cast<void>(poller_.wait(kTurn));
  read();
}

bool Server::until(const std::function<bool()>& holds) {
  const auto end = deadline();
  read();
  while (!holds() && before(end)) turn();
  return holds();
}

bool Server::until_spinning(const std::function<bool()>& holds) {
  const auto end = deadline();
  std::size_t seen = events.size();
  while (before(end)) {
    read();
    if (events.size() != seen && holds()) return true;
    seen = events.size();
  }
  return holds();
}

std::vector<std::string> Server::of(PeerId peer) const {
  std::vector<std::string> found;
  for (const RouterEvent& event : events) {
    const auto* const received = std::get_if<Received>(&event);
    if (received != nullptr && received->peer == peer) {
      found.push_back(texts(received->message).front());
    }
  }
  return found;
}

std::size_t Server::received() const { return count<Received>(events); }

PeerId Server::last_peer() const {
  for (auto at = events.rbegin(); at != events.rend(); ++at) {
    if (const auto* const received = std::get_if<Received>(&*at)) return received->peer;
  }
  return {};
}

Client::Client(Context& context, const std::string& endpoint, DealerOptions options)
    : dealer_(must(Dealer::open(context, endpoint, options))), poller_(wakeup_) {
  poller_.add(1, dealer_.poll_handles());
}

Client::~Client() { poller_.remove(1); }

void Client::wait(Interest interest) {
  poller_.set_interest(1, interest);
  static_cast<void>(poller_.wait(kTurn));
}

bool Client::until(Dealer::Change change) {
  const auto end = deadline();
  while (before(end)) {
    if (dealer_.poll_connection() == change) return true;
    wait();
  }
  return false;
}

bool Client::send(Message message) {
  const auto end = deadline();
  while (before(end)) {
    const Dealer::Status status = dealer_.send(message);
    if (status != Dealer::Status::would_block) return status == Dealer::Status::sent;
    wait(Interest::read_and_write);
  }
  return false;
}

std::vector<std::string> Client::receive() {
  const auto end = deadline();
  while (before(end)) {
    if (const auto one = dealer_.receive()) {
      return std::holds_alternative<Message>(*one) ? texts(std::get<Message>(*one))
                                                   : std::vector<std::string>{};
    }
    if (dealer_.poll_connection() == Dealer::Change::disconnected) {
      const auto last = dealer_.receive();
      return last && std::holds_alternative<Message>(*last) ? texts(std::get<Message>(*last))
                                                            : std::vector<std::string>{};
    }
    wait();
  }
  return {};
}

RawPeer::RawPeer(const std::string& endpoint) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port =
      htons(static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1))));
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect to " + endpoint);
  }
}

RawPeer::~RawPeer() {
  if (socket_ >= 0) close(socket_);
}

bool RawPeer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawPeer::shake_hands(std::string_view routing_id, std::string_view socket_type) {
  std::string greeting("\xff\0\0\0\0\0\0\0\0\x7f\x03\0NULL", 16);
  greeting.resize(64);
  const auto property = [](std::string_view name, std::string_view value) {
    return static_cast<char>(name.size()) + std::string(name) + std::string(3, '\0') +
           static_cast<char>(value.size()) + std::string(value);
  };
  std::string ready = "\x05READY" + property("Socket-Type", socket_type);
  if (!routing_id.empty()) ready += property("Identity", routing_id);
  send(greeting + '\x04' + static_cast<char>(ready.size()) + ready);
  // Their greeting, and their READY: a byte of flags, a byte of size, a body.
  std::array<unsigned char, 64 + 2 + 255> theirs{};
  recv(socket_, theirs.data(), 66, MSG_WAITALL);
  recv(socket_, theirs.data(), theirs[65], MSG_WAITALL);
}

bool RawPeer::send_frame(std::string_view bytes, More more) {
  std::string head(1, more == More::yes ? '\x03' : '\x02');
  for (int shift = 56; shift >= 0; shift -= 8) {
    head.push_back(static_cast<char>((static_cast<std::uint64_t>(bytes.size()) >> shift) & 0xffU));
  }
  return send(head + std::string(bytes));
}

bool RawPeer::announce_frame(std::uint64_t size) {
  std::string head(1, '\x02');
  for (int shift = 56; shift >= 0; shift -= 8) {
    head.push_back(static_cast<char>((size >> shift) & 0xffU));
  }
  return send(head);
}

bool RawPeer::closed_by_other_end() {
  const auto end = deadline();
  while (before(end)) {
    pollfd waiting{socket_, POLLIN, 0};
    if (poll(&waiting, 1, static_cast<int>(kTurn.count())) <= 0) continue;
    std::array<char, 4'096> ignored{};
    if (recv(socket_, ignored.data(), ignored.size(), 0) <= 0) return true;
  }
  return false;
}

void RawPeer::reset() {
  const linger now{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close(socket_);
  socket_ = -1;
}

bool RecordingSink::deliver(RouterEvent&& event) {
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
  if (room_ == 0) {
    ++refused_;
    return false;
  }
  --room_;
  events_.push_back(std::move(event));
  return true;
}

void RecordingSink::set_room(std::size_t room) {
  const std::lock_guard lock(mutex_);
  room_ = room;
}

bool RecordingSink::until(const std::function<bool(const std::vector<RouterEvent>&)>& holds) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return holds(events_); });
}

bool RecordingSink::now(const std::function<bool(const std::vector<RouterEvent>&)>& holds) {
  const std::lock_guard lock(mutex_);
  return holds(events_);
}

bool RecordingSink::until_refused(std::size_t times) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return refused_ >= times; });
}

PeerId RecordingSink::last_peer() {
  const std::lock_guard lock(mutex_);
  for (auto at = events_.rbegin(); at != events_.rend(); ++at) {
    if (const auto* const received = std::get_if<Received>(&*at)) return received->peer;
  }
  return {};
}

}  // namespace sealbus::bus::test
