#pragma once
// Door 1 (bindings/PROTOCOL.md): the processes of the service, what each of them is doing, and what
// waits for one of them. A state machine without a socket of its own; lives on the sidecar's
// thread.

#include <compare>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/refusal_log.hpp"
#include "common/bus/frame.hpp"
#include "common/bus/heartbeat.hpp"
#include "common/bus/peer.hpp"
#include "sidecar/delivery/delivery.hpp"

namespace sealbus::delivery {

// A process: the listening address it came to, and its connection there.
struct ProcessId {
  std::size_t door = 0;
  bus::PeerId peer;
  auto operator<=>(const ProcessId&) const = default;
};

// What the door asks of its sockets.
class DoorPort {
 public:
  virtual ~DoorPort() = default;
  // False when the process is gone or takes nothing more; the payload is then left alone.
  [[nodiscard]] virtual bool send(const ProcessId& process, base::ByteView header,
                                  bus::Frame& payload) = 0;
};

class Door {
 public:
  struct Options {
    std::string service;
    base::Uuid instance;
    std::vector<std::string> contracts;
    std::chrono::milliseconds heartbeat{1'000};
  };

  Door(Options options, DoorPort& port, Upstream& upstream, base::RefusalCounters& counters,
       const base::Clock& clock);

  // Is there a process that takes messages?
  [[nodiscard]] bool ready() const;

  // Does a process that stays take this contract, whatever its room?
  [[nodiscard]] bool serves(std::string_view contract) const;
  // Messages that the processes which stay take at once, all together.
  [[nodiscard]] std::uint64_t room() const;

  // Gives the message to a process, or keeps it until one has room. What can wait here is bounded
  // by the credit that the ingresses were given.
  void deliver(Delivery delivery);

  // From the sockets.
  void received(const ProcessId& process, const bus::Message& message);
  // Something that was no message was dropped.
  void malformed(const ProcessId& process);
  void connection_closed(const ProcessId& process);

  // Heartbeats, and processes that fell silent.
  void tick();
  [[nodiscard]] base::SteadyTime next_tick() const;

  // Messages that no process has answered yet.
  [[nodiscard]] std::size_t in_flight() const;
  // Those of them that came on this link.
  [[nodiscard]] std::size_t in_flight_of(std::size_t link) const;
  // Of these, those that no process has been given.
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  // Hands back what no process has been given.
  void hand_back(base::Refusal refusal);
  // The session of this link is over: what waits of it concerns nobody any more.
  void forget(std::size_t link);
  // Tells every process good-bye.
  void close();

  struct ProcessView {
    std::string name;
    std::size_t in_flight = 0;
    std::uint32_t credit = 0;
  };
  [[nodiscard]] std::vector<ProcessView> view() const;

 private:
  struct Process {
    explicit Process(const bus::Heartbeat& beat) : heartbeat(beat) {}
    std::string name;
    std::set<std::string, std::less<>> contracts;
    std::uint32_t credit = 0;
    bool leaving = false;  // said bye
    bus::Heartbeat heartbeat;
    std::map<base::Uuid, Delivery> in_flight;
  };
  using Processes = std::map<ProcessId, Process>;

  void handle(const ProcessId& id, const DoorHeader& header, base::ByteView payload);
  void subscribe(const ProcessId& id, const DoorHeader& header);
  void answer(const ProcessId& id, Process& process, const DoorHeader& header,
              base::ByteView payload);
  void lose(Processes::iterator process, std::string_view why);
  void refuse(const ProcessId& id, base::Refusal refusal, std::string_view reason,
              const std::optional<base::Uuid>& message);
  // The process that is to have the next message of this contract; null if none has room.
  Processes::iterator choose(std::string_view contract);
  void serve_waiting();
  void refuse_unserved();
  bool give(Processes::iterator process, Delivery& delivery);
  bool send(Processes::iterator process, const base::Bytes& header);

  const Options options_;
  DoorPort& port_;
  Upstream& upstream_;
  base::RefusalLog refusals_;
  const base::Clock& clock_;
  Processes processes_;
  ProcessId last_;  // who was given the newest message
  std::deque<Delivery> waiting_;
};

}  // namespace sealbus::delivery
