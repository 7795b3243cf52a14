#include "common/bus/frame.hpp"

#include <algorithm>
#include <new>

#include <zmq.h>

namespace sealbus::bus {
namespace {

static_assert(sizeof(zmq_msg_t) <= 64);
static_assert(alignof(zmq_msg_t) <= alignof(std::max_align_t));

zmq_msg_t* message(void* raw) { return static_cast<zmq_msg_t*>(raw); }

}  // namespace

Frame::Frame() noexcept { zmq_msg_init(message(raw())); }

Frame::~Frame() { zmq_msg_close(message(raw())); }

Frame::Frame(Frame&& other) noexcept : Frame() {
  zmq_msg_move(message(raw()), message(other.raw()));
}

Frame& Frame::operator=(Frame&& other) noexcept {
  if (this != &other) zmq_msg_move(message(raw()), message(other.raw()));
  return *this;
}

Frame Frame::sized(std::size_t size) {
  Frame frame;
  if (size > 0 && zmq_msg_init_size(message(frame.raw()), size) != 0) {
    zmq_msg_init(message(frame.raw()));
    throw std::bad_alloc();
  }
  return frame;
}

Frame Frame::copy(base::ByteView bytes) {
  Frame frame = sized(bytes.size());
  std::copy(bytes.begin(), bytes.end(), frame.writable().begin());
  return frame;
}

std::span<std::byte> Frame::writable() {
  zmq_msg_t* const raw_message = message(raw());
  return {static_cast<std::byte*>(zmq_msg_data(raw_message)), zmq_msg_size(raw_message)};
}

// zmq_msg_data takes a pointer to non-const but changes nothing.
base::ByteView Frame::view() const { return const_cast<Frame*>(this)->writable(); }

Message message_of(std::initializer_list<base::ByteView> frames) {
  Message message;
  message.reserve(frames.size());
  for (const base::ByteView frame : frames) message.push_back(Frame::copy(frame));
  return message;
}

base::ByteCount size_of(const Message& message) {
  base::ByteCount size;
  for (const Frame& frame : message) size.value += frame.size();
  return size;
}

}  // namespace sealbus::bus
