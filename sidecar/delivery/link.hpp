#pragma once
// One ingress address, until the link is closed: connect, shake hands, register, stay in touch; and
// when anything of that fails, drop the socket and begin anew with a fresh one (FORMAT.md §4).
// Lives on the sidecar's thread.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/log.hpp"
#include "common/base/refusal_log.hpp"
#include "common/bus/dealer.hpp"
#include "common/bus/heartbeat.hpp"
#include "common/bus/poller.hpp"
#include "common/envelope/handshake.hpp"
#include "common/metrics/bus_counters.hpp"
#include "sidecar/config/address.hpp"
#include "sidecar/delivery/attempts.hpp"

namespace sealbus::delivery {

class Link {
 public:
  struct Options {
    std::string endpoint;
    settings::BusSecurity security = settings::BusSecurity::curve;
    envelope::ServiceKeyRing keys;  // the current one first
    envelope::Introduction self;
    envelope::ReceiverLimits limits;
    base::Bytes registration;  // the payload of `register`
    base::ByteCount max_message{envelope::kMostHeaderAndPayload};
  };

  // An entry of our registration that the ingress did not take.
  struct Refused {
    std::string subject;  // the contract's or the event's name
    base::Refusal refusal = base::Refusal::not_granted;
    std::string reason;
    bool operator==(const Refused&) const = default;
  };

  // What a link tells its owner. Called from within advance() and receive().
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void began(Link& link) = 0;
    virtual void ended(Link& link) = 0;
    // A verified `message`; the payload's frame may be moved out.
    virtual void message(Link& link, const envelope::VerifiedEnvelope& envelope,
                         bus::Message& frames) = 0;
    // A `message` that verified and was refused after that.
    virtual void refused(Link& link, const base::Uuid& message, const bus::Message& frames,
                         base::Refusal refusal) = 0;
  };

  // `index` is the link's tag in the poller, where its socket comes and goes.
  Link(std::size_t index, Options options, bus::Context& context, bus::Poller& poller, Owner& owner,
       base::RefusalCounters& counters, metrics::BusCounters& traffic, const base::Clock& clock,
       base::Random& random);
  ~Link();

  [[nodiscard]] std::size_t index() const { return index_; }
  [[nodiscard]] const std::string& endpoint() const { return options_.endpoint; }
  // The session that lasts now; nothing until the ingress's WELCOME verified.
  [[nodiscard]] const envelope::SessionId* session() const;

  // What was refused of the newest registration; it stays, contact or not, until another one is
  // answered.
  [[nodiscard]] const std::vector<Refused>& refused() const { return refused_; }

  // Takes at most `most` messages that have arrived; true if that was not all.
  bool receive(unsigned most);
  // Connects, sends heartbeats, notices losses: whatever is due.
  void advance();
  [[nodiscard]] base::SteadyTime next() const;

  // Seals and sends in the session; the message's id. unknown_session if there is none;
  // replica_lost if the ingress takes nothing more, and the session ends at the next advance();
  // payload_too_large, or what encode_control says, if it does not fit an envelope.
  base::Result<base::Uuid> send(envelope::Header header, base::ByteView payload = {});
  // Begins with these keys from now on; a session that lasts goes on with the key that it has.
  void renew(envelope::ServiceKeyRing keys);
  // Until it is in contact it asks less often than a link that has nothing else.
  void take_time() { longest_pause_ = kPatientPause; }
  // The key that the session began with, while there is one.
  [[nodiscard]] const envelope::KeyId* key_in_use() const;
  // Says good-bye and closes for good.
  void close(std::string_view reason);

 private:
  static constexpr std::chrono::milliseconds kPatientPause{5'000};
  enum class State : std::uint8_t { idle, connecting, greeting, live, closed };

  void open_socket();
  void close_socket();
  void check_connection();
  // Why there is no connection; empty if that is told.
  [[nodiscard]] std::string_view without_connection();
  void greet();
  void welcome(bus::Message& frames);
  void traffic(bus::Message& frames);
  void handle(const envelope::VerifiedEnvelope& envelope, bus::Message& frames);
  void registration_answered(const envelope::Header& header);
  void report_refusal(const envelope::Header& header);
  void send_control(envelope::MessageType type, std::string_view reason = {});
  void drop(std::string_view why);
  [[nodiscard]] std::string from() const { return "message from " + options_.endpoint; }

  const std::size_t index_;
  Options options_;  // the keys change
  bus::Context& context_;
  bus::Poller& poller_;
  Owner& owner_;
  metrics::BusCounters& traffic_;
  const base::Clock& clock_;
  base::Random& random_;
  base::RefusalLog refusals_;
  log::Limiter contact_log_;

  State state_ = State::idle;
  std::optional<bus::Dealer> socket_;
  std::unique_ptr<envelope::ClientHandshake> handshake_;
  std::optional<envelope::Session> session_;
  std::optional<bus::Heartbeat> heartbeat_;
  std::optional<base::Uuid> registration_;  // of this session
  bool registration_answered_ = false;
  std::vector<Refused> refused_;
  bool broken_ = false;  // something could not be sent
  Attempts attempts_;
  std::shared_ptr<const envelope::ServiceKey> key_;  // of the newest attempt
  base::SteadyTime deadline_{};                      // of the attempt, or when the next one begins
  std::chrono::milliseconds pause_{};
  std::chrono::milliseconds longest_pause_;
};

}  // namespace sealbus::delivery
