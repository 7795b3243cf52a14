#include "session.hpp"

#include <algorithm>
#include <utility>

namespace sealbus::detail {
namespace {

using namespace std::chrono_literals;

constexpr auto kAnswerWithin = 1s;  // from `subscribe` to `subscribed`
constexpr int kMissed = 3;          // intervals without a message, and the sidecar is gone

}  // namespace

void Session::begin(const Subscription& subscription, SteadyTime now) {
  silent_at_ = now + kAnswerWithin;
  send(subscribe(subscription), now);
}

void Session::take(FromSidecar said, SteadyTime now) {
  const bool well_formed = !std::holds_alternative<Malformed>(said);
  std::visit([&](auto& one) { on(one, now); }, said);
  if (well_formed && interval_) silent_at_ = now + kMissed * *interval_;
  end_if_done();
}

void Session::on(Malformed& malformed, SteadyTime now) {
  hooks_.log(Severity::error,
             "the sidecar sent what PROTOCOL.md does not allow: " + malformed.text);
  if (malformed.code == "bad_version") return end(malformed.text);
  if (malformed.id && interval_) send(reject(*malformed.id, malformed.code, malformed.text), now);
}

void Session::on(Subscribed& subscribed, SteadyTime /*now*/) {
  interval_ = subscribed.heartbeat;
  why_ = "the sidecar fell silent";
  hooks_.subscribed(subscribed);
}

void Session::on(Delivered& delivered, SteadyTime now) {
  if (!interval_) return;
  const MessageId id = delivered.message.id;
  if (pending_.size() >= credit_ && !pending_.contains(id)) {
    hooks_.log(Severity::error,
               "the sidecar sent more than the credit of " + std::to_string(credit_));
    send(nack(id, std::nullopt, "beyond the credit"), now);
    return;
  }
  pending_.insert(id);
  hooks_.delivered(std::move(delivered));
}

void Session::on(Refused& refused, SteadyTime /*now*/) {
  const std::string said = escaped(refused.code) + ": " + escaped(refused.reason);
  if (!refused.id || refused.code == "unknown_session") {
    return end("the sidecar refused this process with " + said);
  }
  hooks_.log(Severity::warning, "the sidecar refused an answer with " + said);
}

void Session::on(Heartbeat& /*heartbeat*/, SteadyTime /*now*/) {}

void Session::on(Bye& bye, SteadyTime /*now*/) {
  if (!leaving_) why_ = "the sidecar said bye: " + escaped(bye.reason);
  farewell_ = true;
  left_ = leaving_.has_value();
}

bool Session::answer(const MessageId& id, const Frames& frames, SteadyTime now) {
  pending_.erase(id);
  const bool sent = !over_ && send(frames, now);
  end_if_done();
  return sent;
}

void Session::progress(const MessageId& id, SteadyTime now) {
  if (pending_.contains(id) && !over_) send(detail::progress(id), now);
}

void Session::leave(SteadyTime now) {
  if (leaving_ || over_) return;
  leaving_ = now;
  left_ = farewell_;
  if (!interval_) return end("stopped before the sidecar answered");
  send(bye(), now);
}

void Session::tick(SteadyTime now) {
  if (over_) return;
  if (now >= silent_at_) return end(why_);
  if (leaving_ && now >= *leaving_ + *interval_) left_ = true;
  if (interval_ && now >= last_sent_ + *interval_) send(heartbeat(), now);
}

SteadyTime Session::next_turn() const {
  SteadyTime next = silent_at_;
  if (interval_) next = std::min(next, last_sent_ + *interval_);
  if (leaving_ && interval_ && !left_) next = std::min(next, *leaving_ + *interval_);
  return next;
}

void Session::end(std::string why) {
  if (over_) return;
  why_ = std::move(why);
  over_ = true;
}

// A sidecar that takes nothing more is as good as gone.
bool Session::send(const Frames& frames, SteadyTime now) {
  if (over_) return false;
  if (!hooks_.send(frames)) {
    end("nothing can be sent to the sidecar");
    return false;
  }
  last_sent_ = now;
  return true;
}

// After the sidecar's bye, the last answer ends the connection.
void Session::end_if_done() {
  if (farewell_ && pending_.empty()) end(why_);
}

}  // namespace sealbus::detail
