#pragma once
// A bus in memory, and sidecars at its other end that do with real keys what real ones do.

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/envelope/handshake.hpp"
#include "sidecar/ingress/dispatcher.hpp"
#include "tests/support/counting_random.hpp"
#include "tests/support/manual_clock.hpp"

namespace sealbus::ingress::test_bus {

using envelope::Header;
using envelope::MessageType;

// The three frames of one message, owned.
struct Wire {
  base::Bytes seal;
  base::Bytes header;
  base::Bytes payload;
  [[nodiscard]] envelope::FrameViews views() const { return {seal, header, payload}; }
  [[nodiscard]] bus::Message message() const { return bus::message_of({seal, header, payload}); }
};

// Records what the dispatcher sends, by peer.
class FakeBus final : public BusPort {
 public:
  bool send(const bus::PeerId& peer, const envelope::SealBytes& seal, base::ByteView header,
            base::ByteView payload) override {
    if (full) return false;
    sent[peer].push_back({base::to_bytes(seal), base::to_bytes(header), base::to_bytes(payload)});
    return true;
  }
  std::optional<Wire> take(const bus::PeerId& peer) {
    auto& queue = sent[peer];
    if (queue.empty()) return std::nullopt;
    Wire first = std::move(queue.front());
    queue.pop_front();
    return first;
  }

  bool full = false;
  std::map<bus::PeerId, std::deque<Wire>> sent;
};

// What became of one call.
struct Outcome {
  std::optional<unsigned> status;
  std::string body;
  std::optional<base::Refusal> refusal;
  std::vector<std::string> missing;
  bool retry_later = false;  // Retry-After
  int times = 0;
};

class RecordingCaller final : public Caller {
 public:
  explicit RecordingCaller(std::shared_ptr<Outcome> outcome) : outcome_(std::move(outcome)) {}
  void reply(const ReplyView& reply) override {
    ++outcome_->times;
    outcome_->status = reply.status;
    outcome_->body = base::as_text(reply.body);
  }
  void accepted(const base::Uuid& event) override {
    ++outcome_->times;
    outcome_->status = 202;
    outcome_->body = to_string(event);
  }
  void reject(Rejection rejection) override {
    ++outcome_->times;
    outcome_->refusal = rejection.failure.refusal;
    outcome_->retry_later = rejection.retry_after.has_value();
    outcome_->missing = std::move(rejection.missing);
  }

 private:
  std::shared_ptr<Outcome> outcome_;
};

class FakeSidecar {
 public:
  FakeSidecar(Dispatcher& dispatcher, FakeBus& bus, std::uint64_t peer,
              std::shared_ptr<const envelope::ServiceKey> key, const base::Clock& clock,
              base::Random& random)
      : dispatcher_(dispatcher),
        bus_(bus),
        peer_{peer},
        key_(std::move(key)),
        clock_(clock),
        random_(random) {
    random_.fill(instance_.bytes);
  }

  // The same sidecar on another connection.
  [[nodiscard]] FakeSidecar on(std::uint64_t peer) const {
    FakeSidecar same(dispatcher_, bus_, peer, key_, clock_, random_);
    same.instance_ = instance_;
    return same;
  }

  // HELLO and, if it is answered, the session; nothing is registered yet.
  bool shake_hands() {
    const envelope::ClientHandshake handshake(key_, {instance_, std::chrono::seconds(1)}, clock_,
                                              random_);
    const auto& hello = handshake.hello();
    deliver({base::to_bytes(hello.seal), base::to_bytes(hello.header.bytes()), {}});
    const auto welcome = bus_.take(peer_);
    if (!welcome) return false;
    auto session = handshake.finish(welcome->views(), limits_);
    if (session) session_.emplace(std::move(*session));
    return session.has_value();
  }
  void register_contracts(const std::vector<contract::Contract>& contracts,
                          const std::vector<std::string>& events = {}) {
    contract::Registration registration{contracts, {}};
    for (const std::string& event : events) {
      registration.subscriptions.emplace_back().event = event;
    }
    Header header;
    header.type = MessageType::register_;
    send(header, contract::encode(registration));
  }
  void credit(std::uint64_t up_to, bool ready = true, std::uint64_t bytes = 1'000'000) {
    Header header;
    header.type = MessageType::credit;
    header.up_to = up_to;
    header.bytes = bytes;
    header.ready = ready;
    send(header, {});
  }
  // All of the above: a replica that takes `up_to` messages.
  void join(const std::vector<contract::Contract>& contracts, std::uint64_t up_to = 8,
            std::uint64_t bytes = 1'000'000) {
    ASSERT_TRUE(shake_hands());
    register_contracts(contracts);
    credit(up_to, true, bytes);
    messages();
  }
  // The same of a replica that only subscribes.
  void subscribe(const std::vector<std::string>& events, std::uint64_t up_to = 8) {
    ASSERT_TRUE(shake_hands());
    register_contracts({}, events);
    credit(up_to);
    messages();
  }
  void answer(const base::Uuid& id, MessageType type, std::string_view payload = {},
              std::string_view code = {}) {
    Header header;
    header.type = type;
    header.answers = id;
    if (type == MessageType::reply) header.status = 200;
    header.code = code;
    send(header, base::as_bytes(payload));
  }
  void say(MessageType type) {
    Header header;
    header.type = type;
    send(header, {});
  }

  // The next message is sealed and kept, not sent.
  Wire make(Header header, base::ByteView payload) {
    header.issued = clock_.wall();
    header.id = base::make_uuid_v7(header.issued, random_);
    const auto encoded = envelope::encode_control(header).value();
    const auto seal = session_->sealer.seal(encoded, payload);
    return {base::to_bytes(seal), base::to_bytes(encoded.bytes()), base::to_bytes(payload)};
  }
  void deliver(const Wire& wire) {
    sent_.push_back(wire);
    dispatcher_.received(peer_, wire.message(), proved);
  }
  // Everything that it ever sent, the HELLO first: what a thief may have recorded.
  [[nodiscard]] std::vector<Wire> sent() const { return sent_; }

  // Opens everything that was sent here, and gives the ids of the calls among it.
  std::vector<base::Uuid> messages() {
    std::vector<base::Uuid> ids;
    while (auto wire = bus_.take(peer_)) {
      const auto opened = session_->verifier.open(wire->views(), clock_.wall(), limits_);
      if (!opened) {
        ADD_FAILURE() << base::code(opened.error().failure.refusal);
        continue;
      }
      const Header& header = opened->header();
      types_.push_back(header.type);
      if (header.type == MessageType::message) {
        ids.push_back(header.id);
        names_.push_back(std::string(header.kind) + " " + std::string(header.contract));
      }
      if (header.type == MessageType::refused) refusals_.emplace_back(header.code);
    }
    return ids;
  }
  [[nodiscard]] const std::vector<MessageType>& types() const { return types_; }
  // "command CreateUser", of each message.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] const std::vector<std::string>& refusals() const { return refusals_; }
  [[nodiscard]] bus::PeerId peer() const { return peer_; }

  std::optional<bus::CurveKey> proved;  // the CURVE key of the connection

 private:
  void send(const Header& header, base::ByteView payload) { deliver(make(header, payload)); }

  Dispatcher& dispatcher_;
  FakeBus& bus_;
  bus::PeerId peer_;
  std::shared_ptr<const envelope::ServiceKey> key_;
  const base::Clock& clock_;
  base::Random& random_;
  base::Uuid instance_;
  envelope::ReceiverLimits limits_;
  std::optional<envelope::Session> session_;
  std::vector<Wire> sent_;
  std::vector<MessageType> types_;
  std::vector<std::string> names_;
  std::vector<std::string> refusals_;
};

}  // namespace sealbus::ingress::test_bus
