#pragma once
// The heart of the ingress: sessions, registrations, credit, and which call goes to which replica.
// A state machine without a thread or a socket of its own; everything is called on one thread
// (dispatch_loop.hpp), with the clock as a parameter.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/refusal_log.hpp"
#include "common/bus/frame.hpp"
#include "common/metrics/bus_counters.hpp"
#include "sidecar/ingress/bus_port.hpp"
#include "sidecar/ingress/call.hpp"
#include "sidecar/ingress/pending_calls.hpp"
#include "sidecar/ingress/registry.hpp"
#include "sidecar/ingress/session_table.hpp"

namespace sealbus::ingress {

class Dispatcher {
 public:
  struct Options {
    SessionTable::Options sessions;
    Registry::Grants grants;
    unsigned queue = 1'024;  // calls that wait, for each service
  };
  // Called with each new table, on the dispatcher's thread.
  using TableSink = std::function<void(std::shared_ptr<const RouteTable>)>;

  Dispatcher(Options options, ServiceKeys keys, BusPort& bus, TableSink tables,
             base::RefusalCounters& counters, const base::Clock& clock, base::Random& random);

  // A call from a worker. Its caller hears from us, sooner or later, exactly once.
  void submit(Call call);

  // From the bus.
  void received(const bus::PeerId& peer, const bus::Message& message);
  void refused(base::Refusal refusal);  // the bus dropped something that was no message
  // The peer's connection closed, or it takes no more messages: its sessions end.
  void peer_lost(const bus::PeerId& peer, std::string_view why);

  // Heartbeats, lost peers, deadlines. To be called at next_tick() or soon after.
  void tick();
  [[nodiscard]] base::SteadyTime next_tick() const;

  // Nothing is pending any more.
  [[nodiscard]] bool idle() const { return pending_.size() == 0; }
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
    std::map<std::string, std::size_t> queued;                 // calls that wait, by service
    std::size_t half_open = 0;                                 // handshakes begun
    metrics::BusCounts bus;
    std::vector<std::string> series_names;  // see Registry
  };
  [[nodiscard]] View view() const;

 private:
  // The live sessions of one service, and the calls that wait for one of them.
  struct Service {
    std::vector<LiveSession*> sessions;
    std::size_t next = 0;  // where the next round begins
    std::deque<base::Uuid> queue;
  };

  void greet(const bus::PeerId& peer, const envelope::FrameViews& frames,
             const envelope::Seal& seal);
  void open(const bus::PeerId& peer, const envelope::FrameViews& frames,
            const envelope::Seal& seal);
  void handle(LiveSession& session, const envelope::VerifiedEnvelope& envelope);
  void register_contracts(LiveSession& session, const envelope::VerifiedEnvelope& envelope);
  void take_credit(LiveSession& session, const envelope::Header& header);
  void finish(LiveSession& session, const envelope::VerifiedEnvelope& envelope);
  // The caller hears what became of its call.
  static void tell(const PendingCall& pending, const envelope::VerifiedEnvelope& envelope);
  // The session is out of the table already; whoever waited for it hears replica_lost.
  void end(std::unique_ptr<LiveSession> session, std::string_view why);

  // A replica that is ready, holds the contract and has credit; null if none.
  LiveSession* choose(Service& service, const Call& call);
  // Is there one that is ready and holds the contract, whatever its credit?
  [[nodiscard]] bool has_replica(const Service& service, const Call& call) const;
  // Would any replica take a message at all?
  [[nodiscard]] static bool has_credit(const Service& service);
  bool dispatch(LiveSession& session, PendingCall& pending);
  void drain_queue(const std::string& name);

  bool send(LiveSession& session, const envelope::EncodedHeader& header, base::ByteView payload);
  // A control message; `fill` sets the fields beyond type, id and issued.
  void send_control(LiveSession& session, envelope::MessageType type,
                    const std::function<void(envelope::Header&)>& fill = {});
  void publish_table();

  const Options options_;
  SessionTable sessions_;
  Registry registry_;
  PendingCalls pending_;
  std::map<std::string, Service> services_;
  BusPort& bus_;
  const TableSink tables_;
  base::RefusalLog refusals_;
  metrics::BusCounters traffic_;
  const base::Clock& clock_;
  base::Random& random_;
};

}  // namespace sealbus::ingress
