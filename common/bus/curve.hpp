#pragma once
// ZeroMQ's CURVE: the keys of a connection that is encrypted, and who may open one. Where the keys
// come from is not known here.

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

#include "common/base/result.hpp"
#include "common/base/secret.hpp"
#include "common/bus/socket.hpp"

namespace sealbus::bus {

// A public key.
using CurveKey = std::array<std::byte, 32>;

// The connecting end: its own pair of keys, and the key that the other end must prove to have.
struct CurveClient {
  base::Secret secret;
  CurveKey public_key{};
  CurveKey server{};
};

// Who may connect. Called on a thread of the router's own, which serves nothing else; must not
// wait.
class Admission {
 public:
  virtual ~Admission() = default;
  // May whoever has just proved to have this key connect?
  [[nodiscard]] virtual bool admits(const CurveKey& key) const = 0;
  // Somebody was turned away. `address` is the peer's; nobody has looked at it.
  virtual void turned_away(std::string_view address, std::string_view why) = 0;
};

// The listening end.
struct CurveServer {
  std::shared_ptr<const base::Secret> secret;
  Admission* admission = nullptr;  // outlives the router
};

// An error, for whoever starts the process, if the libzmq of this machine was built without CURVE.
[[nodiscard]] base::OrError<void> curve_is_available();

// For this folder's sources, before the socket binds or connects. libzmq keeps copies of the keys
// in its own memory for as long as the socket lives.
[[nodiscard]] base::OrError<void> use_curve(Socket& socket, const CurveClient& client);
[[nodiscard]] base::OrError<void> use_curve(Socket& socket, const CurveServer& server);

}  // namespace sealbus::bus
