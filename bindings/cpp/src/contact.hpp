#pragma once
// A service in contact with its sidecar: one connection after the other, what is in flight across
// them, and the end. All of it runs on the thread that called run(); handlers run on the pool and
// come back through the outbox.

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "link.hpp"
#include "outbox.hpp"
#include "pool.hpp"
#include "sealbus/handler.hpp"
#include "session.hpp"

namespace sealbus::detail {

using Handlers = std::map<std::string, Handler, std::less<>>;

struct ContactSettings {
  std::string address;
  Subscription subscription;
  std::chrono::milliseconds drain;
};

class Contact {
 public:
  // `stops` counts how often it was asked to stop; whoever counts wakes the outbox.
  Contact(const ContactSettings& settings, const Handlers& handlers, Pool& pool,
          std::shared_ptr<Outbox> outbox, const std::atomic<unsigned>& stops);

  // Until it is stopped. Gives how many messages are left unanswered.
  std::size_t run();

 private:
  // A message from its delivery until its answer.
  struct Live {
    std::shared_ptr<Ticket> ticket;
    unsigned connection;                   // that waits for the answer
    std::shared_ptr<Delivered> delivered;  // until a handler begins with it
    bool started = false;                  // is with the pool
  };

  void connect_and_serve();
  void turn(Link& link, Session& session);
  void wait(Link* link, SteadyTime until);
  void receive(Link& link, Session& session);
  void subscribed(const Subscribed& subscribed);
  void accept(Delivered delivered);
  void start_what_waits();
  void start(Live& live);
  void take_answers(Session* session);
  void take_answer(const Outgoing& outgoing, Session* session);
  void drop_what_waits();
  void finish();
  void complain(const std::string& why);
  // Asked to stop? The first time that it is seen, the drain begins.
  bool stopping();
  [[nodiscard]] bool out_of_patience() const;
  [[nodiscard]] const Log& log() const { return outbox_->log(); }

  const ContactSettings& settings_;
  const Handlers& handlers_;
  Pool& pool_;
  const std::shared_ptr<Outbox> outbox_;
  const std::atomic<unsigned>& stops_;
  Context context_ = make_context();

  unsigned connection_ = 0;  // counts them
  std::map<MessageId, Live> live_;
  std::deque<MessageId> waiting_;              // of live_, those that are not started
  std::set<std::shared_ptr<Ticket>> running_;  // started, and neither answered nor skipped
  std::chrono::milliseconds pause_;
  std::string complaint_;
  std::optional<SteadyTime> drain_ends_;
};

}  // namespace sealbus::detail
