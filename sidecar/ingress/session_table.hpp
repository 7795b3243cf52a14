#pragma once
// The ingress's sessions: handshakes begun, and live ones (FORMAT.md §4). Nothing here is believed
// before its seal verified. Owned by the dispatcher's thread.

#include <list>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/base/uuid.hpp"
#include "common/bus/credit.hpp"
#include "common/bus/curve.hpp"
#include "common/bus/heartbeat.hpp"
#include "common/bus/peer.hpp"
#include "common/envelope/handshake.hpp"
#include "sidecar/config/address.hpp"
#include "sidecar/ingress/bus_port.hpp"
#include "sidecar/ingress/route_table.hpp"
#include "sidecar/ingress/service_keys.hpp"

namespace sealbus::ingress {

// One sidecar, as far as one connection lasts.
struct LiveSession {
  LiveSession(envelope::Session made, const envelope::KeyId& begun_with, const bus::PeerId& with,
              std::chrono::milliseconds interval, const base::Clock& clock)
      : session(std::move(made)),
        key(begun_with),
        peer(with),
        heartbeat(interval, session.peer_heartbeat, clock.steady()),
        since(clock.wall()) {}

  envelope::Session session;
  envelope::KeyId key;  // the service key that began it
  bus::PeerId peer;
  bus::Heartbeat heartbeat;
  bus::CreditLedger credit;
  bool ready = false;  // a process of the service is there
  // The same sidecar began a newer one: it may still answer what it has, and is sent nothing more.
  bool retired = false;
  // The session that retires when this one gives its first credit.
  std::optional<envelope::SessionId> replaces;
  base::WallTime since;
  base::Uuid registration{};  // the id of its `register`
  // What it owes an answer for.
  std::map<base::Uuid, std::shared_ptr<const RoutedContract>> in_flight;
};

// Seals a message for this session and hands it to the bus; false when that takes no more.
[[nodiscard]] bool send(BusPort& bus, LiveSession& session, const envelope::EncodedHeader& header,
                        base::ByteView payload);

class SessionTable {
 public:
  struct Options {
    unsigned max_sessions = 1'024;
    unsigned max_sessions_per_service = 256;
    unsigned max_handshakes = 256;
    envelope::ReceiverLimits limits;
    envelope::Introduction self;
    settings::RegistrationMode registration = settings::RegistrationMode::granted;
    settings::BusSecurity security = settings::BusSecurity::plaintext;
  };

  SessionTable(Options options, ServiceKeys keys, const base::Clock& clock, base::Random& random);

  // The WELCOME to send back; and clock_skew, if nothing was begun because of that.
  struct Greeting {
    envelope::HandshakeFrames frames;
    std::optional<base::Failure> skewed;
    bool displaced = false;  // the oldest handshake gave way
  };
  // Checks a HELLO and begins a session with that peer. `proved`: the CURVE key of the connection,
  // which must be that of the HELLO's own service key.
  [[nodiscard]] base::Result<Greeting> greet(const bus::PeerId& peer,
                                             const std::optional<bus::CurveKey>& proved,
                                             const envelope::FrameViews& hello,
                                             const envelope::Seal& seal);

  // A session's message, opened. `began` is true for the first one, which made the session live;
  // `older` are then all sessions that the same sidecar had before.
  struct Opened {
    LiveSession* session;
    envelope::VerifiedEnvelope envelope;
    bool began = false;
    std::vector<LiveSession*> older;
  };
  struct Refused {
    base::Failure failure;
    LiveSession* session = nullptr;  // whom to answer, if the tag verified
    std::optional<base::Uuid> answers;
  };
  [[nodiscard]] base::Result<Opened, Refused> open(const bus::PeerId& peer,
                                                   const envelope::FrameViews& frames,
                                                   const envelope::Seal& seal);

  [[nodiscard]] LiveSession* find(const envelope::SessionId& id);
  // Drops a handshake that led nowhere; nothing if it is none, or live.
  void forget_begun(const envelope::SessionId& id);
  // Takes the session out.
  std::unique_ptr<LiveSession> remove(const envelope::SessionId& id);
  [[nodiscard]] std::vector<envelope::SessionId> of_peer(const bus::PeerId& peer) const;
  // Goes by other keys from now on. The live sessions that began with a key that is not among them,
  // already out of the table; handshakes that did are dropped.
  [[nodiscard]] std::vector<std::unique_ptr<LiveSession>> renew(ServiceKeys keys);
  // Every live session; pointers hold until the session is removed.
  [[nodiscard]] std::vector<LiveSession*> all() const;
  [[nodiscard]] std::size_t half_open() const { return begun_.size(); }

 private:
  // Null: no service has such a key. With `registration: open` the service's name leads to it.
  [[nodiscard]] std::shared_ptr<const envelope::ServiceKey> key_of(const envelope::KeyId& id,
                                                                   const std::string& service);

  using Table = std::unordered_map<envelope::SessionId, std::unique_ptr<LiveSession>,
                                   envelope::SessionIdHash>;
  using Begun = std::list<std::unique_ptr<LiveSession>>;
  [[nodiscard]] Begun::iterator find_begun(const envelope::SessionId& id);
  // Room for one more: the oldest of the service that has most of them goes.
  void make_room_for_begun();
  // Is there room for one more live session of this sidecar?
  [[nodiscard]] bool has_room(const envelope::SessionParties& parties) const;
  [[nodiscard]] bool belongs(const envelope::ServiceKey& key,
                             const std::optional<bus::CurveKey>& proved) const;
  [[nodiscard]] std::shared_ptr<const envelope::ServiceKey> key_for(
      const envelope::FrameViews& hello, const envelope::Seal& seal);
  [[nodiscard]] std::vector<LiveSession*> older(const LiveSession& fresh);

  const Options options_;
  ServiceKeys keys_;
  const base::Clock& clock_;
  base::Random& random_;
  Table live_;
  Begun begun_;  // oldest first, at most max_handshakes
};

}  // namespace sealbus::ingress
