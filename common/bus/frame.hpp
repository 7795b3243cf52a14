#pragma once
// One frame of a message, and the message: the bytes that ZeroMQ sends as they lie, without another
// copy. A frame may be made in one thread and sent by another; it is never shared by two.

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "common/base/bytes.hpp"

namespace sealbus::bus {

class Frame {
 public:
  // Empty: a frame of no bytes.
  Frame() noexcept;
  ~Frame();
  Frame(Frame&& other) noexcept;
  Frame& operator=(Frame&& other) noexcept;
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  [[nodiscard]] static Frame copy(base::ByteView bytes);
  // `size` bytes of anything, to be written through `writable`.
  [[nodiscard]] static Frame sized(std::size_t size);

  // Both live as long as this frame is neither moved, sent nor assigned to.
  [[nodiscard]] base::ByteView view() const;
  [[nodiscard]] std::span<std::byte> writable();
  [[nodiscard]] std::size_t size() const { return view().size(); }

  // The zmq_msg_t, for this folder's sources.
  [[nodiscard]] void* raw() { return storage_.data(); }

 private:
  // As large as a zmq_msg_t, whose header stays out of ours.
  alignas(std::max_align_t) std::array<std::byte, 64> storage_;
};

// The frames in their order, without the routing id that ZeroMQ adds on the way.
using Message = std::vector<Frame>;

// A message with a copy of each of `frames`.
[[nodiscard]] Message message_of(std::initializer_list<base::ByteView> frames);

// The bytes of all frames together.
[[nodiscard]] base::ByteCount size_of(const Message& message);

}  // namespace sealbus::bus
