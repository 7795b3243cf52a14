#pragma once
// One connection to a sidecar as a conversation: from `subscribe` until it is over, which is for
// good. PROTOCOL.md, section 3, without a socket and without a clock: time is handed in. One
// thread.

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include "protocol.hpp"
#include "sealbus/log.hpp"

namespace sealbus::detail {

using SteadyTime = std::chrono::steady_clock::time_point;

class Session {
 public:
  struct Hooks {
    std::function<bool(const Frames&)> send;  // false: the sidecar takes nothing more
    std::function<void(const Subscribed&)> subscribed;
    std::function<void(Delivered)> delivered;  // within the credit, and not yet answered here
    const Log& log;
  };

  Session(std::uint16_t credit, Hooks hooks) : credit_(credit), hooks_(std::move(hooks)) {}

  void begin(const Subscription& subscription, SteadyTime now);
  void take(FromSidecar said, SteadyTime now);
  // Sends the final answer to a message of this session; false if it is over.
  bool answer(const MessageId& id, const Frames& frames, SteadyTime now);
  void progress(const MessageId& id, SteadyTime now);
  // Asks for no more messages.
  void leave(SteadyTime now);
  // Beats, and notices silence; to be called at `next_turn()` at the latest.
  void tick(SteadyTime now);
  [[nodiscard]] SteadyTime next_turn() const;
  // The connection was lost, or is given up.
  void end(std::string why);

  [[nodiscard]] bool over() const { return over_; }
  [[nodiscard]] const std::string& why() const { return why_; }
  [[nodiscard]] bool subscribed() const { return interval_.has_value(); }
  // After leave(): nothing new will come, or the sidecar has had its time to say so.
  [[nodiscard]] bool has_left() const { return over_ || left_; }

 private:
  void on(Malformed& malformed, SteadyTime now);
  void on(Subscribed& subscribed, SteadyTime now);
  void on(Delivered& delivered, SteadyTime now);
  void on(Refused& refused, SteadyTime now);
  void on(Heartbeat& heartbeat, SteadyTime now);
  void on(Bye& bye, SteadyTime now);
  bool send(const Frames& frames, SteadyTime now);
  void end_if_done();

  const std::uint16_t credit_;
  const Hooks hooks_;
  std::set<MessageId> pending_;
  std::optional<std::chrono::milliseconds> interval_;  // once it is known
  SteadyTime last_sent_;
  SteadyTime silent_at_;               // unless something is heard before
  std::optional<SteadyTime> leaving_;  // since when
  bool left_ = false;
  bool farewell_ = false;  // the sidecar's bye
  bool over_ = false;
  std::string why_ = "no answer from the sidecar";
};

}  // namespace sealbus::detail
