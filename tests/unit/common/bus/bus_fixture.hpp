#pragma once
// What the bus tests share: a client that waits with bounds, a peer that speaks ZMTP by hand (and
// so can misbehave), a sink that records, and short ways to make and read messages.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "common/base/wakeup.hpp"
#include "common/bus/dealer.hpp"
#include "common/bus/poller.hpp"
#include "common/bus/router.hpp"

namespace sealbus::bus::test {

// Nothing here waits longer; what is expected comes in milliseconds.
constexpr std::chrono::seconds kPatience{20};

[[nodiscard]] Message text_message(std::initializer_list<std::string_view> frames);
[[nodiscard]] std::vector<std::string> texts(const Message& message);

// A RouterSocket that is read until something holds.
class Server {
 public:
  explicit Server(Context& context, RouterOptions options = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] const std::string& endpoint() const { return socket_.endpoint(); }
  [[nodiscard]] RouterSocket& socket() { return socket_; }

  // Reads what is there.
  void read();
  // Waits for news, a short time at most, and reads.
  void turn();
  // Reads on until it holds; false when it never did.
  [[nodiscard]] bool until(const std::function<bool()>& holds);
  // The same without ever waiting between two reads.
  [[nodiscard]] bool until_spinning(const std::function<bool()>& holds);

  [[nodiscard]] std::vector<std::string> of(PeerId peer) const;  // first frames, in order
  template <typename Event>
  [[nodiscard]] std::vector<Event> all() const {
    std::vector<Event> found;
    for (const RouterEvent& event : events) {
      if (const auto* const one = std::get_if<Event>(&event)) found.push_back(*one);
    }
    return found;
  }
  [[nodiscard]] std::size_t received() const;
  [[nodiscard]] PeerId last_peer() const;  // the one that was last received from

  std::vector<RouterEvent> events;

 private:
  RouterSocket socket_;
  base::Wakeup wakeup_;
  Poller poller_;
};

// A Dealer that waits.
class Client {
 public:
  explicit Client(Context& context, const std::string& endpoint, DealerOptions options = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  [[nodiscard]] Dealer& dealer() { return dealer_; }
  // Waits for news, a short time at most.
  void wait(Interest interest = Interest::read);
  [[nodiscard]] bool until(Dealer::Change change);
  // Sends when it can.
  [[nodiscard]] bool send(Message message);
  // The next message's frames; nothing if none comes.
  [[nodiscard]] std::vector<std::string> receive();

 private:
  Dealer dealer_;
  base::Wakeup wakeup_;
  Poller poller_;
};

// Bytes over TCP from the C library. Speaks ZMTP 3.0 with the NULL mechanism if asked to.
class RawPeer {
 public:
  explicit RawPeer(const std::string& endpoint);
  ~RawPeer();
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;

  // False: the other end has closed.
  bool send(std::string_view bytes);
  // Greeting and READY, with a routing id if it is not empty; reads the other end's.
  void shake_hands(std::string_view routing_id = {}, std::string_view socket_type = "DEALER");
  // One frame; `more`: another one follows.
  bool send_frame(std::string_view bytes, More more = More::no);
  // Announces a frame of this size and sends nothing of it.
  bool announce_frame(std::uint64_t size);
  // The other end has closed: waits for it.
  [[nodiscard]] bool closed_by_other_end();
  // Ends without a farewell, as when a process is killed.
  void reset();

 private:
  int socket_ = -1;
};

// A sink that records, as long as it has room.
class RecordingSink final : public RouterSink {
 public:
  [[nodiscard]] bool deliver(RouterEvent&& event) override;

  void set_room(std::size_t room);  // for so many events more
  [[nodiscard]] bool until(const std::function<bool(const std::vector<RouterEvent>&)>& holds);
  [[nodiscard]] bool now(const std::function<bool(const std::vector<RouterEvent>&)>& holds);
  [[nodiscard]] bool until_refused(std::size_t times);
  [[nodiscard]] PeerId last_peer();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::vector<RouterEvent> events_;
  std::size_t room_ = SIZE_MAX;
  std::size_t refused_ = 0;
};

template <typename Event>
std::size_t count(const std::vector<RouterEvent>& events) {
  std::size_t n = 0;
  for (const RouterEvent& event : events) n += std::holds_alternative<Event>(event) ? 1U : 0U;
  return n;
}

}  // namespace sealbus::bus::test
