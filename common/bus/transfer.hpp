#pragma once
// Frames and whole messages through a ZeroMQ socket without ever waiting, for this folder's
// sources.

#include <cstddef>
#include <cstdint>
#include <variant>

#include "common/bus/event.hpp"

namespace sealbus::bus {

struct MessageLimits {
  base::ByteCount most_bytes;  // of all frames together
  std::size_t most_frames = 0;
};

enum class More : std::uint8_t { no, yes };

// Lets the socket take up what the I/O thread told it: a connection that came, room that is free
// again. By itself it looks only now and then, and would call a peer full that has long read on.
void catch_up(void* socket);

// False: see zmq_errno(); the frame is as it was.
[[nodiscard]] bool send_frame(void* socket, Frame& frame, More more);
[[nodiscard]] bool receive_frame(void* socket, Frame& frame);

// Sends all frames, or leaves them alone if the first one is not taken (false).
[[nodiscard]] bool send_message(void* socket, Message& message);

// The message of which `first` was read already: either all of it, or what is wrong with it, every
// frame read and dropped. ZeroMQ hands out nothing before a message is there to its last frame.
[[nodiscard]] std::variant<Message, BadShape> receive_rest(void* socket, Frame first,
                                                           const MessageLimits& limits);

}  // namespace sealbus::bus
