#include "contact.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <zmq.h>

namespace sealbus::detail {
namespace {

using namespace std::chrono_literals;

constexpr auto kFirstPause = 100ms;  // between attempts to reach the sidecar
constexpr auto kLongestPause = 1'000ms;
constexpr int kMostInOneTurn = 64;  // messages, before something else has its turn

SteadyTime now() { return std::chrono::steady_clock::now(); }

// Rounded up, so that nobody wakes just before it is time.
long milliseconds_until(SteadyTime time) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(time - now());
  return static_cast<long>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

// On a thread of the pool.
void handle(const Handler& handler, const std::shared_ptr<Ticket>& ticket, Delivered& delivered,
            std::shared_ptr<void> work, Executor& executor) {
  const Responder responder(ticket);
  delivered.message.ticket = ticket;
  try {
    handler(Call{std::move(work), executor, responder, std::move(delivered.auth),
                 std::move(delivered.message)});
  } catch (...) {
    responder.fail(std::current_exception());
  }
}

}  // namespace

Contact::Contact(const ContactSettings& settings, const Handlers& handlers, Pool& pool,
                 std::shared_ptr<Outbox> outbox, const std::atomic<unsigned>& stops)
    : settings_(settings),
      handlers_(handlers),
      pool_(pool),
      outbox_(std::move(outbox)),
      stops_(stops),
      pause_(kFirstPause) {}

std::size_t Contact::run() {
  while (!stopping()) {
    connect_and_serve();
    drop_what_waits();
    for (const SteadyTime until = now() + pause_; !stopping() && now() < until;) {
      wait(nullptr, until);
      take_answers(nullptr);
    }
    pause_ = std::min<std::chrono::milliseconds>(2 * pause_, kLongestPause);
  }
  finish();
  return live_.size();
}

void Contact::connect_and_serve() {
  Link link(context_.get(), settings_.address, settings_.subscription.credit);
  Session session(settings_.subscription.credit,
                  {[&](const Frames& frames) { return link.send(frames); },
                   [&](const Subscribed& said) { subscribed(said); },
                   [&](Delivered delivered) { accept(std::move(delivered)); }, log()});
  ++connection_;
  session.begin(settings_.subscription, now());
  bool left = false;
  while (!session.over() && !left) {
    turn(link, session);
    if (stopping()) {
      session.leave(now());
      left = (live_.empty() && session.has_left()) || out_of_patience();
    }
  }
  if (session.subscribed()) link.linger();
  if (!stopping()) complain(session.why());
}

void Contact::turn(Link& link, Session& session) {
  const SteadyTime until = session.next_turn();
  wait(&link, drain_ends_ ? std::min(until, *drain_ends_) : until);
  receive(link, session);
  if (link.closed()) session.end("the sidecar closed the connection");
  take_answers(&session);
  session.tick(now());
}

void Contact::wait(Link* link, SteadyTime until) {
  std::array<zmq_pollitem_t, 3> items{{
      {nullptr, outbox_->wake_fd(), ZMQ_POLLIN, 0},
      {link != nullptr ? link->socket() : nullptr, -1, ZMQ_POLLIN, 0},
      {link != nullptr ? link->monitor() : nullptr, -1, ZMQ_POLLIN, 0},
  }};
  // A signal ends it early, which does no harm.
  zmq_poll(items.data(), link != nullptr ? 3 : 1, milliseconds_until(until));
  outbox_->calm();
}

void Contact::receive(Link& link, Session& session) {
  for (int i = 0; i < kMostInOneTurn && !session.over(); ++i) {
    auto frames = link.receive();
    if (!frames) return;
    session.take(read(std::move(*frames)), now());
  }
}

void Contact::subscribed(const Subscribed& subscribed) {
  pause_ = kFirstPause;
  complaint_.clear();
  std::string contracts;
  for (const std::string& contract : subscribed.contracts) contracts += " " + escaped(contract);
  log()(Severity::info, "subscribed as " + escaped(subscribed.service) + " to" + contracts);
  for (const auto& [contract, handler] : handlers_) {
    if (std::find(subscribed.contracts.begin(), subscribed.contracts.end(), contract) ==
        subscribed.contracts.end()) {
      log()(Severity::warning,
            "the sidecar does not declare " + escaped(contract) + ": its handler gets nothing");
    }
  }
}

void Contact::accept(Delivered delivered) {
  const MessageId id = delivered.message.id;
  const auto running = live_.find(id);
  if (running != live_.end()) {  // the same message again: the attempt under way answers it
    running->second.connection = connection_;
    return;
  }
  auto ticket = std::make_shared<Ticket>(delivered.message, outbox_);
  live_.emplace(
      id, Live{std::move(ticket), connection_, std::make_shared<Delivered>(std::move(delivered))});
  waiting_.push_back(id);
  start_what_waits();
}

void Contact::start_what_waits() {
  while (!waiting_.empty() && running_.size() < settings_.subscription.credit) {
    const MessageId id = waiting_.front();
    waiting_.pop_front();
    start(live_.at(id));
  }
}

void Contact::start(Live& live) {
  live.started = true;
  running_.insert(live.ticket);
  const auto handler = handlers_.find(live.ticket->contract());
  if (handler == handlers_.end()) {
    log()(Severity::error,
          "a message for " + escaped(live.ticket->contract()) + ", which has no handler");
    if (live.ticket->begin()) {
      Ticket::answer(live.ticket, reject(live.ticket->id(), "unknown_contract",
                                         "this process has no handler for it"));
    }
    return;
  }
  pool_.post([&handler = handler->second, ticket = live.ticket, delivered = live.delivered,
              work = pool_.work(), &pool = pool_]() mutable {
    if (!ticket->begin()) return Ticket::tell_skipped(ticket);
    handle(handler, ticket, *delivered, std::move(work), pool);
  });
}

void Contact::take_answers(Session* session) {
  for (const Outgoing& outgoing : outbox_->take()) take_answer(outgoing, session);
  start_what_waits();
}

void Contact::take_answer(const Outgoing& outgoing, Session* session) {
  const std::shared_ptr<Ticket>& ticket = outgoing.ticket;
  if (outgoing.what == Outgoing::What::skipped) {
    running_.erase(ticket);  // nothing, if it is of a run that is over
    return;
  }
  const auto found = live_.find(ticket->id());
  if (found == live_.end() || found->second.ticket != ticket) return;  // of a run that is over
  const bool here = session != nullptr && found->second.connection == connection_;
  if (outgoing.what == Outgoing::What::progress) {
    ticket->progress_was_told();
    if (here) session->progress(ticket->id(), now());
    return;
  }
  live_.erase(found);
  running_.erase(ticket);
  if (!here || !session->answer(ticket->id(), outgoing.frames, now())) {
    log()(Severity::warning, "an answer came to nothing: its connection is lost");
  }
}

// What no handler has begun when its connection is lost, the sidecar gives to others.
void Contact::drop_what_waits() {
  waiting_.clear();
  for (auto at = live_.begin(); at != live_.end();) {
    Live& live = at->second;
    const bool dropped = live.connection == connection_ && live.ticket->drop();
    // Its memory goes now, whenever the pool comes to it.
    if (dropped) *live.delivered = {};
    at = dropped ? live_.erase(at) : std::next(at);
  }
}

// Without contact: the handlers that began are waited for, though nobody waits for their answers.
void Contact::finish() {
  while (!live_.empty() && !out_of_patience()) {
    wait(nullptr, *drain_ends_);
    take_answers(nullptr);
  }
  // What no handler has begun by now, none is to begin.
  for (auto& [id, live] : live_) static_cast<void>(live.ticket->drop());
  if (!live_.empty()) {
    log()(Severity::warning,
          "stopping with " + std::to_string(live_.size()) + " messages unanswered");
  }
}

// Once for each reason in a row; contact is tried again for as long as it takes.
void Contact::complain(const std::string& why) {
  log()(why == complaint_ ? Severity::debug : Severity::warning,
        "no contact with the sidecar at " + escaped(settings_.address) + ": " + why);
  complaint_ = why;
}

bool Contact::stopping() {
  if (stops_ == 0) return false;
  if (!drain_ends_) drain_ends_ = now() + settings_.drain;
  return true;
}

bool Contact::out_of_patience() const { return stops_ > 1 || now() >= *drain_ends_; }

}  // namespace sealbus::detail
