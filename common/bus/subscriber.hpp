#pragma once
// Listens to a Publisher, or to anything else that ZeroMQ calls a PUB. It connects again by itself
// for as long as it exists, and subscribes again each time. Not a thread: one thread owns it.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/bus/context.hpp"
#include "common/bus/event.hpp"
#include "common/bus/socket.hpp"
#include "common/bus/transfer.hpp"

namespace sealbus::bus {

struct SubscriberOptions {
  std::vector<std::string> topics;         // beginnings of topics; "" for all of them
  base::ByteCount max_message{4'194'304};  // a larger frame ends the connection
  std::size_t most_frames = 3;
  int receive_high_water = 100;                // messages that may lie unread
  std::chrono::milliseconds handshake{5'000};  // to connect, and then to shake hands, at most
};

class Subscriber {
 public:
  // Begins to connect. The endpoint is numeric (see resolve).
  [[nodiscard]] static base::OrError<Subscriber> open(Context& context, const std::string& endpoint,
                                                      const SubscriberOptions& options);

  enum class Change : std::uint8_t { none, connected, disconnected };
  // The next thing that became of the connection, `none` when there is nothing more.
  [[nodiscard]] Change next_change();

  // The next message, or what was wrong with it; nothing when there is none.
  [[nodiscard]] std::optional<std::variant<Message, BadShape>> receive();

  [[nodiscard]] PollHandles poll_handles() const { return socket_.poll_handles(); }

 private:
  Subscriber(Socket socket, MessageLimits limits) : socket_(std::move(socket)), limits_(limits) {}

  Socket socket_;
  MessageLimits limits_;
};

}  // namespace sealbus::bus
