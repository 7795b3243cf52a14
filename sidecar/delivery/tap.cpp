#include "sidecar/delivery/tap.hpp"

#include "common/identity/auth_context.hpp"
#include "common/tap/message.hpp"

namespace sealbus::delivery {
namespace {

tap::Subject subject_of(const envelope::Header& header, std::string_view contract,
                        base::WallTime now) {
  return {contract, header.kind, header.id, now, header.correlation_id};
}

}  // namespace

Tap::Tap(Options options, bus::Context& context, bus::Poller& poller, const base::Clock& clock)
    : options_(std::move(options)),
      context_(context),
      poller_(poller),
      clock_(clock),
      troubles_(clock),
      losses_(clock) {}

Tap::~Tap() {
  if (publisher_) poller_.remove(options_.tag);
}

// ---------------------------------------------------------------- coming and going

base::OrError<void> Tap::open() {
  if (options_.publisher.endpoint.empty()) return {};
  return listen();
}

base::OrError<void> Tap::listen() {
  auto publisher = bus::Publisher::bind(context_, options_.publisher);
  if (!publisher) return tl::make_unexpected(publisher.error());
  publisher_ = std::move(*publisher);
  poller_.add(options_.tag, publisher_->poll_handles());
  endpoint_ = publisher_->endpoint();
  options_.publisher.endpoint = endpoint_;  // the same port the next time
  return {};
}

void Tap::advance() {
  if (!exists()) return;
  const auto now = clock_.steady();
  if (!publisher_) {
    if (now < listen_at_) return;
    listen_at_ = now + kPause;
    const auto listening = listen();
    if (!listening && troubles_.admit()) log::warning("Tap: {}", listening.error().message);
    return;
  }
  if (publisher_->hear() == bus::Publisher::Conduct::overrun) {
    return close("its subscribers are too many, or say too much");
  }
  if (publisher_->unread().value <= options_.publisher.most_unread.value / 2) {
    behind_since_.reset();
  } else if (!behind_since_) {
    behind_since_ = now;
  } else if (now - *behind_since_ >= kPatience) {
    close("a subscriber does not read what it subscribed to");
  }
}

// ZeroMQ cannot send a single subscriber away; the others connect again by themselves.
void Tap::close(std::string_view why) {
  if (troubles_.admit()) log::warning("Tap: everybody is sent away: {}", why);
  poller_.remove(options_.tag);
  publisher_->forget_unread();
  publisher_.reset();
  behind_since_.reset();
  listen_at_ = clock_.steady() + kPause;
}

// ---------------------------------------------------------------- what is published

bool Tap::takes(base::ByteCount payload) { return payload <= tap::kMostPayload; }

bool Tap::somebody_listens() const { return publisher_ && publisher_->audience() > 0; }

// Of an event the name has its service before it already.
std::string Tap::full_name(std::string_view contract) const {
  if (contract.find('.') != std::string_view::npos) return std::string(contract);
  return (options_.service + ".").append(contract);
}

void Tap::delivered(const envelope::Header& header, const identity::Identity& identity,
                    base::ByteView payload) {
  if (!somebody_listens()) return;
  if (!takes({payload.size()})) return lose();
  const std::string contract = full_name(header.contract);
  const auto [topic, map] =
      tap::encode_delivered(subject_of(header, contract, clock_.wall()), identity,
                            {header.content_type, header.traceparent, header.method, header.path});
  if (!publisher_->publish({base::as_bytes(topic), map, payload})) lose();
}

void Tap::refused(const envelope::Header& header, base::Refusal refusal) {
  if (!somebody_listens() || header.contract.empty()) return;
  const auto user = identity::decode_auth_context(header.auth);
  const std::string contract = full_name(header.contract);
  const auto [topic, map] =
      tap::encode_refused(subject_of(header, contract, clock_.wall()),
                          user ? std::string_view(user->user_id) : std::string_view(), refusal);
  if (!publisher_->publish({base::as_bytes(topic), map})) lose();
}

void Tap::refused(base::ByteView header, base::Refusal refusal) {
  if (!somebody_listens()) return;
  envelope::Header read;
  if (envelope::decode_header(header, read)) refused(read, refusal);
}

void Tap::lose() {
  ++lost_;
  if (losses_.admit()) {
    log::warning("Tap: {} messages were lost so far: too large, or subscribers do not keep up",
                 lost_);
  }
}

}  // namespace sealbus::delivery
