#pragma once
// The connecting end: one connection to one address. It never reconnects: when the connection is
// gone, or does not come about in time, its owner drops it and opens a fresh one. Not a thread: one
// thread owns it, and never waits in it.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/bus/context.hpp"
#include "common/bus/curve.hpp"
#include "common/bus/event.hpp"
#include "common/bus/handshake_failure.hpp"
#include "common/bus/socket.hpp"
#include "common/bus/transfer.hpp"

namespace sealbus::bus {

struct DealerOptions {
  base::ByteCount max_message{4'194'304};  // a larger frame ends the connection
  std::size_t most_frames = 3;
  int send_high_water = 1'000;  // messages that may lie unsent, and unread
  int receive_high_water = 1'000;
  std::chrono::milliseconds handshake{5'000};  // to connect, and then to shake hands, at most
  std::chrono::milliseconds stalled{30'000};   // as for RouterOptions
  std::chrono::milliseconds linger{0};         // for what was sent and is not out at the close
  std::shared_ptr<const CurveClient> curve;    // null: NULL, which is not encrypted
};

class Dealer {
 public:
  // Begins to connect. The endpoint is numeric (see resolve): a name would be looked up by the
  // thread that moves everybody's bytes.
  [[nodiscard]] static base::OrError<Dealer> open(Context& context, const std::string& endpoint,
                                                  DealerOptions options);

  enum class Change : std::uint8_t { none, connected, disconnected };
  // What became of the connection since the last call. After `disconnected`, for good, `receive`
  // still hands out what had arrived. Some failures to connect are told by nothing at all (no
  // descriptor left): the owner limits how long it waits for `connected`.
  [[nodiscard]] Change poll_connection();

  // After `disconnected`: why it was never `connected`, if anybody answered at all.
  [[nodiscard]] std::optional<HandshakeFailure> failure() const { return failure_; }

  enum class Status : std::uint8_t { sent, would_block, gone };
  // Takes the message when it is sent and leaves it alone otherwise. Before `connected` it would
  // block: nothing waits in a socket that has nobody at its other end.
  [[nodiscard]] Status send(Message& message);

  // The next message, or what was wrong with it; nothing when there is none.
  [[nodiscard]] std::optional<std::variant<Message, BadShape>> receive();

  [[nodiscard]] PollHandles poll_handles() const { return socket_.poll_handles(); }

 private:
  Dealer(Socket socket, MessageLimits limits) : socket_(std::move(socket)), limits_(limits) {}

  enum class State : std::uint8_t { connecting, connected, gone };

  Socket socket_;
  MessageLimits limits_;
  State state_ = State::connecting;
  State told_ = State::connecting;  // what poll_connection said last
  std::optional<HandshakeFailure> failure_;

  void read_monitor();
};

}  // namespace sealbus::bus
