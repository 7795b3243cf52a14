#pragma once
// The ZeroMQ context that all sockets of a process share, with one I/O thread. Made by the
// composition root and borrowed by everything that opens a socket.

#include <atomic>
#include <cstdint>
#include <string>

namespace sealbus::bus {

class Context {
 public:
  Context();
  // Waits for sockets that are still sending what they had at their close, as long as their linger
  // allows. All sockets must be closed before.
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // For this folder's sources. Any thread.
  [[nodiscard]] void* handle() const { return handle_; }
  // An inproc address that nobody else in this context has. Any thread.
  [[nodiscard]] std::string fresh_inproc_address();

 private:
  void* handle_;
  std::atomic<std::uint64_t> inproc_addresses_{0};
};

}  // namespace sealbus::bus
