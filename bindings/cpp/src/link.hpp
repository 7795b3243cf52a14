#pragma once
// The DEALER of one connection, and its monitor. Used on one thread, which made it.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol.hpp"

namespace sealbus::detail {

struct CloseContext {
  void operator()(void* context) const;
};
using Context = std::unique_ptr<void, CloseContext>;
[[nodiscard]] Context make_context();

class Link {
 public:
  // Throws std::system_error if there can be no such address.
  Link(void* context, const std::string& address, std::uint16_t credit);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link();

  // Never waits; false: the sidecar takes nothing more.
  bool send(const Frames& frames);
  // The next message, if one is there; of one with too many frames, some.
  std::optional<std::vector<std::string>> receive();
  // Did the connection close? The socket would connect again by itself, and the sidecar not know
  // it.
  bool closed();
  // What was sent is still delivered after the end, within a second, if the sidecar is there.
  void linger();

  [[nodiscard]] void* socket() const { return socket_; }
  [[nodiscard]] void* monitor() const { return monitor_; }

 private:
  void* socket_;
  void* monitor_ = nullptr;
};

}  // namespace sealbus::detail
