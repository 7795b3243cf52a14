#pragma once
// The ingress's sessions: handshakes begun, and live ones (FORMAT.md §4). Nothing here is believed
// before its seal verified. Owned by the dispatcher's thread.

#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/base/uuid.hpp"
#include "common/bus/credit.hpp"
#include "common/bus/heartbeat.hpp"
#include "common/bus/peer.hpp"
#include "common/envelope/handshake.hpp"
#include "sidecar/ingress/service_keys.hpp"

namespace sealbus::ingress {

// One sidecar, as far as one connection lasts.
struct LiveSession {
  LiveSession(envelope::Session made, const bus::PeerId& with, std::chrono::milliseconds interval,
              const base::Clock& clock)
      : session(std::move(made)),
        peer(with),
        heartbeat(interval, session.peer_heartbeat, clock.steady()),
        since(clock.wall()) {}

  envelope::Session session;
  bus::PeerId peer;
  bus::Heartbeat heartbeat;
  bus::CreditLedger credit;
  bool ready = false;  // a process of the service is there
  base::WallTime since;
  std::set<base::Uuid> in_flight;
};

class SessionTable {
 public:
  struct Options {
    unsigned max_sessions = 1'024;
    unsigned max_handshakes = 256;
    envelope::ReceiverLimits limits;
    envelope::Introduction self;
    settings::RegistrationMode registration = settings::RegistrationMode::granted;
  };

  SessionTable(Options options, ServiceKeys keys, const base::Clock& clock, base::Random& random);

  // The WELCOME to send back; and clock_skew, if nothing was begun because of that.
  struct Greeting {
    envelope::HandshakeFrames frames;
    std::optional<base::Failure> skewed;
    bool displaced = false;  // the oldest handshake gave way
  };
  // Checks a HELLO and begins a session with that peer.
  [[nodiscard]] base::Result<Greeting> greet(const bus::PeerId& peer,
                                             const envelope::FrameViews& hello,
                                             const envelope::Seal& seal);

  // A session's message, opened. `began` is true for the first one, which made the session live;
  // `replaced` then holds the older session of the same sidecar, already out of the table.
  struct Opened {
    LiveSession* session;
    envelope::VerifiedEnvelope envelope;
    bool began = false;
    std::unique_ptr<LiveSession> replaced;
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
  // Takes the session out.
  std::unique_ptr<LiveSession> remove(const envelope::SessionId& id);
  [[nodiscard]] std::vector<envelope::SessionId> of_peer(const bus::PeerId& peer) const;
  // Every live session; pointers hold until the session is removed.
  [[nodiscard]] std::vector<LiveSession*> all() const;
  [[nodiscard]] std::size_t half_open() const { return begun_.size(); }

 private:
  using Table = std::unordered_map<envelope::SessionId, std::unique_ptr<LiveSession>,
                                   envelope::SessionIdHash>;
  using Begun = std::list<std::unique_ptr<LiveSession>>;
  [[nodiscard]] Begun::iterator find_begun(const envelope::SessionId& id);
  [[nodiscard]] std::shared_ptr<const envelope::ServiceKey> key_for(
      const envelope::FrameViews& hello, const envelope::Seal& seal);
  [[nodiscard]] std::unique_ptr<LiveSession> older(const LiveSession& fresh);

  const Options options_;
  ServiceKeys keys_;
  const base::Clock& clock_;
  base::Random& random_;
  Table live_;
  Begun begun_;  // oldest first, at most max_handshakes
};

}  // namespace sealbus::ingress
