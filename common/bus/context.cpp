#include "common/bus/context.hpp"

#include <cerrno>
#include <new>

#include <zmq.h>

namespace sealbus::bus {

Context::Context() : handle_(zmq_ctx_new()) {
  if (handle_ == nullptr) throw std::bad_alloc();
  zmq_ctx_set(handle_, ZMQ_IO_THREADS, 1);
}

Context::~Context() {
  while (zmq_ctx_term(handle_) != 0 && errno == EINTR) {
  }
}

std::string Context::fresh_inproc_address() {
  return "inproc://sealbus-" + std::to_string(inproc_addresses_.fetch_add(1));
}

}  // namespace sealbus::bus
