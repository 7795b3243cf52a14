#pragma once
// The calls whose callers still wait, queued for a replica or sent to one; and the events of which
// copies are queued. Each has a deadline. Every operation takes constant time, but for the choice
// among distinct time-outs. Owned by the dispatcher's thread.

#include <list>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "common/envelope/seal.hpp"
#include "sidecar/ingress/call.hpp"

namespace sealbus::ingress {

struct PendingCall {
  Call call;
  // The session it was sent to; nothing while it is queued. Not of an event.
  std::optional<envelope::SessionId> sent_to = {};
  // Those that handed it back as it was, before any process had it. Not of an event.
  std::vector<envelope::SessionId> handed_back_by = {};
  // Of an event, whose caller is null once it was told: the services in whose queues a copy is, and
  // what the caller hears if no copy gets out.
  std::vector<std::string> waits_for = {};
  base::Refusal in_vain = base::Refusal::no_replica;
};

class PendingCalls {
 public:
  // The reference holds until the call is removed.
  PendingCall& add(PendingCall added);
  [[nodiscard]] PendingCall* find(const base::Uuid& id);
  // Null if it is gone already.
  std::unique_ptr<PendingCall> remove(const base::Uuid& id);

  // Takes out all whose deadline is not after `now`.
  std::vector<std::unique_ptr<PendingCall>> expire(base::SteadyTime now);
  [[nodiscard]] std::optional<base::SteadyTime> next_deadline() const;
  [[nodiscard]] std::size_t size() const { return calls_.size(); }
  // Takes out everything.
  std::vector<std::unique_ptr<PendingCall>> clear();

 private:
  // Calls with one and the same time-out expire in the order in which they came, so each time-out
  // has a list whose front is next.
  using Order = std::list<base::Uuid>;
  struct Entry {
    std::unique_ptr<PendingCall> pending;
    std::chrono::milliseconds timeout;
    Order::iterator place;
  };

  std::unordered_map<base::Uuid, Entry> calls_;
  std::map<std::chrono::milliseconds, Order> by_timeout_;
};

}  // namespace sealbus::ingress
