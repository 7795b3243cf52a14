#pragma once
// The other end of a sidecar's link: an ingress with real keys on a real socket, played by the
// test's own thread.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/bus/poller.hpp"
#include "common/bus/router_socket.hpp"
#include "common/envelope/handshake.hpp"

namespace sealbus::delivery::test_ingress {

using envelope::Header;
using envelope::MessageType;

class FakeIngress {
 public:
  // Both outlive this. `most`: the largest message.
  FakeIngress(const envelope::ServiceKey& key, const base::Clock& clock, base::Random& random,
              base::ByteCount most = {16'777'216})
      : key_(key), clock_(clock), random_(random), socket_(bind(context_, most)) {
    limits_.header_and_payload = most.value;
    random_.fill(self_.instance.bytes);
    poller_.add(1, socket_.poll_handles());
  }

  [[nodiscard]] std::string endpoint() const { return socket_.endpoint(); }

  // What the sidecar said so far: its newest credit, and the answer to each message.
  std::optional<bool> ready;
  std::uint64_t up_to = 0;
  struct Answer {
    MessageType type;
    std::string code;
  };
  std::map<base::Uuid, Answer> answers;

  // Listens until it holds, heartbeats included; false when it never did.
  [[nodiscard]] bool until(const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!holds()) {
      if (std::chrono::steady_clock::now() > end) return false;
      static_cast<void>(poller_.wait(std::chrono::milliseconds(20)));
      while (auto event = socket_.receive()) {
        if (auto* received = std::get_if<bus::Received>(&*event)) handle(*received);
      }
    }
    return true;
  }

  // Sends a `message` for this user; gives its id.
  base::Uuid send(const identity::Identity& identity, std::string_view contract,
                  std::string_view kind, std::string_view payload,
                  std::chrono::milliseconds lifetime = std::chrono::seconds(60)) {
    Header header;
    header.type = MessageType::message;
    header.issued = clock_.wall();
    header.id = base::make_uuid_v7(header.issued, random_);
    header.expires = header.issued + lifetime;
    header.contract = contract;
    header.kind = kind;
    header.attempt = 1;
    const auto encoded = envelope::encode_message(header, identity).value();
    const auto seal = session_->sealer.seal(encoded, base::as_bytes(payload));
    last_ = {base::to_bytes(seal), base::to_bytes(encoded.bytes()), base::to_bytes(payload)};
    send_again();
    return header.id;
  }
  // The same frames once more.
  void send_again() {
    auto message = bus::message_of({last_.at(0), last_.at(1), last_.at(2)});
    EXPECT_EQ(socket_.send(peer_, message), bus::SendStatus::sent);
  }

 private:
  static bus::RouterSocket bind(bus::Context& context, base::ByteCount most) {
    bus::RouterOptions options;
    options.endpoint = "tcp://127.0.0.1:0";
    options.max_message = most;
    return std::move(*bus::RouterSocket::bind(context, options));
  }

  void handle(const bus::Received& received) {
    const envelope::FrameViews frames{received.message.at(0).view(), received.message.at(1).view(),
                                      received.message.at(2).view()};
    const auto seal = envelope::inspect(frames, envelope::Purpose::up, limits_);
    ASSERT_TRUE(seal);
    if (seal->purpose == envelope::Purpose::hello) return greet(received.peer, frames);
    const auto opened = session_->verifier.open(frames, clock_.wall(), limits_);
    ASSERT_TRUE(opened) << base::code(opened.error().failure.refusal);
    const Header& header = opened->header();
    if (header.type == MessageType::credit) {
      ready = header.ready;
      up_to = header.up_to.value_or(0);
    }
    if (header.answers) answers[*header.answers] = {header.type, std::string(header.code)};
  }

  void greet(bus::PeerId peer, const envelope::FrameViews& hello) {
    auto answer = envelope::answer_hello(hello, key_, self_, clock_, random_, limits_);
    ASSERT_TRUE(answer);
    session_ = std::move(answer->session);
    peer_ = peer;
    const auto& welcome = answer->welcome;
    auto message = bus::message_of({welcome.seal, welcome.header.bytes(), {}});
    EXPECT_EQ(socket_.send(peer, message), bus::SendStatus::sent);
  }

  const envelope::ServiceKey& key_;
  const base::Clock& clock_;
  base::Random& random_;
  // Longer than any test, which sends no heartbeat.
  envelope::Introduction self_{.instance = {}, .heartbeat = std::chrono::seconds(60)};
  envelope::ReceiverLimits limits_;
  bus::Context context_;
  bus::RouterSocket socket_;
  base::Wakeup wakeup_;
  bus::Poller poller_{wakeup_};
  std::unique_ptr<envelope::Session> session_;
  bus::PeerId peer_;
  std::vector<base::Bytes> last_;
};

}  // namespace sealbus::delivery::test_ingress
