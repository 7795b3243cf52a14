#pragma once
// What went over the bus, and what became of handshakes. One thread counts, any thread reads.

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace sealbus::metrics {

struct BusCounts {
  std::uint64_t messages_received = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t messages_sent = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t handshakes_established = 0;
  std::uint64_t handshakes_refused = 0;
  std::uint64_t handshakes_dropped = 0;
};

class BusCounters {
 public:
  // `bytes`: all frames of the message, without what ZeroMQ adds.
  void received(std::size_t bytes) {
    add(messages_received_);
    add(bytes_received_, bytes);
  }
  void sent(std::size_t bytes) {
    add(messages_sent_);
    add(bytes_sent_, bytes);
  }
  // A session came about; one side refused; it was begun and came to nothing.
  void established() { add(established_); }
  void refused() { add(refused_); }
  void dropped() { add(dropped_); }

  [[nodiscard]] BusCounts read() const {
    return {messages_received_.load(std::memory_order_relaxed),
            bytes_received_.load(std::memory_order_relaxed),
            messages_sent_.load(std::memory_order_relaxed),
            bytes_sent_.load(std::memory_order_relaxed),
            established_.load(std::memory_order_relaxed),
            refused_.load(std::memory_order_relaxed),
            dropped_.load(std::memory_order_relaxed)};
  }

 private:
  using Count = std::atomic<std::uint64_t>;
  static void add(Count& count, std::size_t n = 1) {
    count.fetch_add(n, std::memory_order_relaxed);
  }
  Count messages_received_{0}, bytes_received_{0}, messages_sent_{0}, bytes_sent_{0};
  Count established_{0}, refused_{0}, dropped_{0};
};

}  // namespace sealbus::metrics
