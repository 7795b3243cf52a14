#pragma once
// Waits until one of several sockets has something, or somebody calls through a Wakeup. One thread:
// the one that owns the sockets. Sockets may come and go between two waits.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "common/base/wakeup.hpp"
#include "common/bus/socket.hpp"

namespace sealbus::bus {

enum class Interest : std::uint8_t { read, read_and_write };

struct Ready {
  std::uint64_t tag = 0;
  bool readable = false;  // a message, or news of a connection
  bool writable = false;
};

class Poller {
 public:
  // The wakeup's owner arms it before it waits and disarms it after (see base::Wakeup).
  explicit Poller(const base::Wakeup& wakeup);
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // The socket behind the handles must be removed before it is closed. A tag is in use once.
  void add(std::uint64_t tag, PollHandles handles, Interest interest = Interest::read);
  void set_interest(std::uint64_t tag, Interest interest);
  void remove(std::uint64_t tag);

  // Waits for as long as `time` at most (negative: without end), less when a signal arrives. What
  // is ready, valid until the next call; empty when it was the wakeup, a signal or the end of time.
  [[nodiscard]] std::span<const Ready> wait(std::chrono::milliseconds time);

 private:
  struct Items;

  std::vector<std::uint64_t> tags_;  // in the order of the items: two for each
  std::unique_ptr<Items> items_;
  std::vector<Ready> ready_;
};

}  // namespace sealbus::bus
