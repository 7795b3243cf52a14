#include "link.hpp"

#include <atomic>
#include <cerrno>
#include <system_error>

#include <zmq.h>

namespace sealbus::detail {
namespace {

constexpr std::size_t kFramesKept = 3;  // enough to see that there are too many

std::system_error zmq_error(const std::string& what) {
  const int error = zmq_errno();
  return {error, std::generic_category(), what + ": " + zmq_strerror(error)};
}

template <typename Value>
void set(void* socket, int option, Value value) {
  if (zmq_setsockopt(socket, option, &value, sizeof value) != 0) throw zmq_error("zmq_setsockopt");
}

class Frame {
 public:
  Frame() { zmq_msg_init(&message_); }
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  ~Frame() { zmq_msg_close(&message_); }

  bool receive(void* socket) { return zmq_msg_recv(&message_, socket, ZMQ_DONTWAIT) >= 0; }
  [[nodiscard]] bool more() const { return zmq_msg_more(&message_) != 0; }
  [[nodiscard]] std::string bytes() {
    return {static_cast<const char*>(zmq_msg_data(&message_)), zmq_msg_size(&message_)};
  }

 private:
  zmq_msg_t message_{};
};

bool send_frame(void* socket, const std::string& bytes, int flags) {
  while (zmq_send(socket, bytes.data(), bytes.size(), flags | ZMQ_DONTWAIT) < 0) {
    if (zmq_errno() != EINTR) return false;
  }
  return true;
}

}  // namespace

void CloseContext::operator()(void* context) const {
  while (zmq_ctx_term(context) != 0 && zmq_errno() == EINTR) {
  }
}

Context make_context() {
  Context context(zmq_ctx_new());
  if (!context) throw zmq_error("zmq_ctx_new");
  return context;
}

Link::Link(void* context, const std::string& address, std::uint16_t credit)
    : socket_(zmq_socket(context, ZMQ_DEALER)) {
  if (socket_ == nullptr) throw zmq_error("zmq_socket");
  try {
    set(socket_, ZMQ_LINGER, 0);
    set(socket_, ZMQ_MAXMSGSIZE, static_cast<std::int64_t>(kMostPayload));
    set(socket_, ZMQ_RECONNECT_IVL, 100);  // ms
    set(socket_, ZMQ_SNDHWM, 2 * credit + 1'000);
    set(socket_, ZMQ_RCVHWM, 2 * credit + 1'000);
    set(socket_, ZMQ_IPV6, address.find('[') != std::string::npos ? 1 : 0);
    monitor_ = zmq_socket(context, ZMQ_PAIR);
    static std::atomic<unsigned> number = 0;
    const std::string name = "inproc://sealbus-monitor-" + std::to_string(number++);
    if (monitor_ == nullptr ||
        zmq_socket_monitor(socket_, name.c_str(), ZMQ_EVENT_DISCONNECTED) != 0 ||
        zmq_connect(monitor_, name.c_str()) != 0) {
      throw zmq_error("the socket's monitor");
    }
    set(monitor_, ZMQ_LINGER, 0);
    if (zmq_connect(socket_, address.c_str()) != 0) throw zmq_error(escaped(address));
  } catch (...) {
    if (monitor_ != nullptr) zmq_close(monitor_);
    zmq_close(socket_);
    throw;
  }
}

Link::~Link() {
  zmq_socket_monitor(socket_, nullptr, 0);
  zmq_close(monitor_);
  zmq_close(socket_);
}

bool Link::send(const Frames& frames) {
  return send_frame(socket_, frames.header, ZMQ_SNDMORE) && send_frame(socket_, frames.payload, 0);
}

std::optional<std::vector<std::string>> Link::receive() {
  std::vector<std::string> frames;
  Frame frame;
  if (!frame.receive(socket_)) return std::nullopt;
  frames.push_back(frame.bytes());
  // The rest of a message has arrived with its beginning.
  while (frame.more()) {
    if (!frame.receive(socket_)) {
      if (zmq_errno() == EINTR) continue;
      break;
    }
    if (frames.size() < kFramesKept) frames.push_back(frame.bytes());
  }
  return frames;
}

bool Link::closed() {
  bool seen = false;
  for (Frame frame; frame.receive(monitor_);) seen = true;
  return seen;
}

void Link::linger() { set(socket_, ZMQ_LINGER, 1'000); }

}  // namespace sealbus::detail
