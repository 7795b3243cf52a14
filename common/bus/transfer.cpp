#include "common/bus/transfer.hpp"

#include <cerrno>
#include <optional>
#include <utility>

#include <zmq.h>

namespace sealbus::bus {
namespace {

zmq_msg_t* raw(Frame& frame) { return static_cast<zmq_msg_t*>(frame.raw()); }

}  // namespace

void catch_up(void* socket) {
  int events = 0;
  std::size_t size = sizeof events;
  zmq_getsockopt(socket, ZMQ_EVENTS, &events, &size);
}

bool send_frame(void* socket, Frame& frame, More more) {
  const int flags = ZMQ_DONTWAIT | (more == More::yes ? ZMQ_SNDMORE : 0);
  int sent = 0;
  do {
    sent = zmq_msg_send(raw(frame), socket, flags);
  } while (sent < 0 && zmq_errno() == EINTR);
  return sent >= 0;
}

bool receive_frame(void* socket, Frame& frame) {
  int received = 0;
  do {
    received = zmq_msg_recv(raw(frame), socket, ZMQ_DONTWAIT);
  } while (received < 0 && zmq_errno() == EINTR);
  return received >= 0;
}

bool send_message(void* socket, Message& message) {
  for (std::size_t i = 0; i < message.size(); ++i) {
    const More more = i + 1 < message.size() ? More::yes : More::no;
    if (send_frame(socket, message[i], more)) continue;
    if (i == 0) return false;
    break;  // the connection ended between two frames: ZeroMQ drops the beginning, we the rest
  }
  return true;
}

std::variant<Message, BadShape> receive_rest(void* socket, Frame first,
                                             const MessageLimits& limits) {
  Message message;
  message.reserve(limits.most_frames);
  std::optional<BadShape> bad;
  std::uint64_t room = limits.most_bytes.value;
  Frame frame = std::move(first);
  while (true) {
    const bool more = zmq_msg_more(raw(frame)) != 0;
    if (!bad && message.size() == limits.most_frames) bad = BadShape::too_many_frames;
    if (!bad && frame.size() > room) bad = BadShape::too_large;
    if (bad) {
      message.clear();
    } else {
      room -= frame.size();
      message.push_back(std::move(frame));
    }
    if (!more || !receive_frame(socket, frame)) break;
  }
  if (bad) return *bad;
  return message;
}

}  // namespace sealbus::bus
