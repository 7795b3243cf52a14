#pragma once
// The listening end: many peers on one address. Not a thread: whoever made it calls it, alone, and
// never waits in it. Router is the same with a thread of its own.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/bus/context.hpp"
#include "common/bus/curve.hpp"
#include "common/bus/event.hpp"
#include "common/bus/ipc_file.hpp"
#include "common/bus/peer_table.hpp"
#include "common/bus/socket.hpp"
#include "common/bus/transfer.hpp"
#include "common/bus/zap_handler.hpp"

namespace sealbus::bus {

struct RouterOptions {
  std::string endpoint;  // tcp://host:port, port 0 or `*` for any free one; ipc://path
  base::ByteCount max_message{4'194'304};  // a peer that announces a larger frame is disconnected
  std::size_t most_frames = 3;
  // Messages that may lie unsent, and unread, for each peer. A peer whose messages pile up to the
  // first would block, so whoever sends on credit gives less than that at once.
  int send_high_water = 1'000;
  int receive_high_water = 1'000;
  std::chrono::milliseconds handshake{5'000};  // from the connection to its first message at most
  // How long a connection may take nothing while there is something to send (TCP_USER_TIMEOUT).
  std::chrono::milliseconds stalled{30'000};
  std::chrono::milliseconds linger{1'000};  // for what was sent and is not out at the close
  std::size_t queue = 4'096;                // Router: messages that wait for its thread
  std::optional<CurveServer> curve;  // nothing: NULL. At most one router with CURVE for a context
};

enum class SendStatus : std::uint8_t { sent, would_block, unreachable };

class RouterSocket {
 public:
  [[nodiscard]] static base::OrError<RouterSocket> bind(Context& context, RouterOptions options);

  // The address in use, with the port that was chosen; an ipc endpoint as given.
  [[nodiscard]] const std::string& endpoint() const { return endpoint_; }

  // Takes the message when it is sent and leaves it alone otherwise. A message without frames is
  // an error of the caller.
  [[nodiscard]] SendStatus send(PeerId peer, Message& message);

  // The next thing that happened, never PeerLost; nothing when there is nothing more. Wait in a
  // Poller only after it said so: events may be held here that no poll would tell of.
  [[nodiscard]] std::optional<RouterEvent> receive();

  [[nodiscard]] PollHandles poll_handles() const { return socket_.poll_handles(); }

 private:
  struct Listening {
    IpcFile file;
    std::string endpoint;
  };
  [[nodiscard]] static base::OrError<Listening> listen(Socket& socket,
                                                       const RouterOptions& options);
  RouterSocket(std::unique_ptr<ZapHandler> zap, Socket socket, Listening listening,
               const RouterOptions& options);

  void read_monitor();
  [[nodiscard]] bool is_told(HandshakeFailure failure) const;
  std::optional<RouterEvent> read_message();
  PeerId peer_of(const Frame& routing_id, Frame& first);
  void release_closed();
  std::optional<RouterEvent> next_closed();
  std::optional<RouterEvent> next_failed();
  // What the connection that the frame came on proved to have.
  [[nodiscard]] std::optional<CurveKey> key_of(Frame& frame) const;

  std::unique_ptr<ZapHandler> zap_;  // with CURVE; goes after the socket whose peers it admits
  IpcFile file_;
  Socket socket_;
  std::string endpoint_;
  MessageLimits limits_;
  PeerTable peers_;
  std::size_t until_monitor_ = 0;  // reads until the monitor is asked again
  std::vector<PeerId> released_;   // to be reported, last first
  std::array<std::uint64_t, kHandshakeFailures> failed_{};  // to be reported
};

}  // namespace sealbus::bus
