#pragma once
// The heart of the ingress: sessions, registrations, credit; and the outbox, which says what goes
// to which replica. A state machine without a thread or a socket of its own; everything is called
// on one thread (dispatch_loop.hpp), with the clock as a parameter.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/refusal_log.hpp"
#include "common/bus/curve.hpp"
#include "common/bus/frame.hpp"
#include "common/bus/handshake_failure.hpp"
#include "common/metrics/bus_counters.hpp"
#include "sidecar/ingress/bus_port.hpp"
#include "sidecar/ingress/call.hpp"
#include "sidecar/ingress/counted_bus.hpp"
#include "sidecar/ingress/outbox.hpp"
#include "sidecar/ingress/registry.hpp"
#include "sidecar/ingress/session_table.hpp"

namespace sealbus::ingress {

class Dispatcher {
 public:
  struct Options {
    SessionTable::Options sessions;
    Registry::Grants grants;
    Outbox::Options outbox;
  };
  // Called with each new table, on the dispatcher's thread.
  using TableSink = std::function<void(std::shared_ptr<const RouteTable>)>;

  Dispatcher(Options options, ServiceKeys keys, BusPort& bus, TableSink tables,
             base::RefusalCounters& counters, const base::Clock& clock, base::Random& random);

  // A call from a worker. Its caller hears from us, sooner or later, exactly once.
  void submit(Call call) { outbox_.submit(std::move(call)); }

  // From the bus. `proved`: see bus::Received::key.
  void received(const bus::PeerId& peer, const bus::Message& message,
                const std::optional<bus::CurveKey>& proved = {});
  void handshake_failed(bus::HandshakeFailure why);
  void refused(base::Refusal refusal);  // the bus dropped something that was no message
  // The peer's connection closed, or it takes no more messages: its sessions end.
  void peer_lost(const bus::PeerId& peer, std::string_view why);

  // Goes by other keys and grants from now on.
  void renew(ServiceKeys keys, Registry::Grants grants);

  // Heartbeats, lost peers, deadlines. To be called at next_tick() or soon after.
  void tick();
  [[nodiscard]] base::SteadyTime next_tick() const;

  // Nothing is pending any more.
  [[nodiscard]] bool idle() const { return outbox_.empty(); }
  // And every copy of an event that was sent has been answered.
  [[nodiscard]] bool settled() const;
  // Says good-bye to every sidecar and refuses what still waits.
  void close();

  struct ReplicaView {
    base::Uuid instance;
    base::WallTime since{};
    bool ready = false;
    std::size_t in_flight = 0;
    std::uint64_t credit = 0;  // messages that it would take now
  };
  struct View {
    std::vector<Registry::ServiceView> services;
    std::map<std::string, std::vector<ReplicaView>> replicas;  // by service
    std::map<std::string, std::size_t> queued;                 // what waits, by service
    std::size_t half_open = 0;                                 // handshakes begun
    metrics::BusCounts bus;
    std::vector<std::string> series_names;  // see Registry
  };
  [[nodiscard]] View view() const;

 private:
  void greet(const bus::PeerId& peer, const std::optional<bus::CurveKey>& proved,
             const envelope::FrameViews& frames, const envelope::Seal& seal);
  void open(const bus::PeerId& peer, const envelope::FrameViews& frames,
            const envelope::Seal& seal);
  void handle(LiveSession& session, const envelope::VerifiedEnvelope& envelope);
  void register_contracts(LiveSession& session, const envelope::VerifiedEnvelope& envelope);
  // Tells the sidecar what became of what it registered.
  void answer_registration(LiveSession& session, const std::vector<Refused>& refused);
  void refuse_publish(LiveSession& session, const envelope::Header& publish);
  void take_credit(LiveSession& session, const envelope::Header& header);
  void finish(LiveSession& session, const envelope::VerifiedEnvelope& envelope);
  // The same sidecar had an older session when it began the fresh one.
  void succeed(LiveSession& fresh, LiveSession& older);
  void retire(LiveSession& session);
  // The session is out of the table already; whoever waited for it hears replica_lost.
  void end(std::unique_ptr<LiveSession> session, std::string_view why);

  // A control message; `fill` sets the fields beyond type, id and issued.
  void send_control(LiveSession& session, envelope::MessageType type,
                    const std::function<void(envelope::Header&)>& fill = {});
  void publish_table();

  const Options options_;
  SessionTable sessions_;
  Registry registry_;
  metrics::BusCounters traffic_;
  CountedBus bus_;
  Outbox outbox_;
  const TableSink tables_;
  base::RefusalCounters& counters_;
  base::RefusalLog refusals_;
  const base::Clock& clock_;
  base::Random& random_;
};

}  // namespace sealbus::ingress
