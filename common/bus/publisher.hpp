#pragma once
// The end that many listen to: whoever connects a SUB gets a copy of what it subscribed to, and
// loses what it does not read in time. It never waits and its memory is bounded, whatever
// subscribers do: when one of them oversteps, its owner drops the publisher and binds a fresh one,
// for ZeroMQ knows no way to send a single one away. Not a thread: one thread owns it.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <set>
#include <string>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/bus/context.hpp"
#include "common/bus/listen.hpp"
#include "common/bus/socket.hpp"

namespace sealbus::bus {

struct PublisherOptions {
  std::string endpoint;  // as for RouterOptions
  // Messages that may lie unread for one subscriber; it loses what comes after them.
  int send_high_water = 1'000;
  // What may lie unread for all of them together. A single larger message is sent all the same.
  base::ByteCount most_unread{33'554'432};
  std::size_t most_subscribers = 256;
  base::ByteCount longest_subscription{1'024};
  // All that subscribers may say, from one moment at which there is none to the next.
  base::ByteCount most_said{262'144};
  std::chrono::milliseconds handshake{5'000};  // from the connection to the end of the greeting
  std::chrono::milliseconds stalled{30'000};   // as for RouterOptions
  std::chrono::milliseconds linger{500};       // for what was published and is not out at the close
};

class Publisher {
 public:
  [[nodiscard]] static base::OrError<Publisher> bind(Context& context, PublisherOptions options);

  // The address in use, with the port that was chosen; an ipc endpoint as given.
  [[nodiscard]] const std::string& endpoint() const { return endpoint_; }

  // Takes note of who came, went and subscribed. `overrun`: they are too many, or say too much.
  enum class Conduct : std::uint8_t { good, overrun };
  [[nodiscard]] Conduct hear();

  // Connections, as of the last hear(). With none, publishing reaches nobody.
  [[nodiscard]] std::size_t audience() const { return connections_.size(); }

  // Copies the frames, the first of which is the topic. False: too much lies unread, and nobody
  // gets this. True says nothing about who does.
  [[nodiscard]] bool publish(std::initializer_list<base::ByteView> frames);

  // What was published and is not yet read by every subscriber that it is for.
  [[nodiscard]] base::ByteCount unread() const { return {unread_->load()}; }

  // What is unread does not hold up the close.
  void forget_unread();

  [[nodiscard]] PollHandles poll_handles() const { return socket_.poll_handles(); }

 private:
  Publisher(Socket socket, Listening listening, const PublisherOptions& options);

  IpcFile file_;
  Socket socket_;
  std::string endpoint_;
  PublisherOptions options_;
  std::set<int> connections_;  // their descriptors
  std::uint64_t said_ = 0;
  // Counted down by ZeroMQ's thread, which may let go of the last message after we are gone.
  std::shared_ptr<std::atomic<std::uint64_t>> unread_;
};

}  // namespace sealbus::bus
