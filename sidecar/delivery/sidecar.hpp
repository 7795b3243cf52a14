#pragma once
// The per-service role: opens what the ingresses seal, checks it again, and hands it to the
// service's processes. One thread does all of it and owns every socket.

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/random.hpp"
#include "common/base/refusal_counters.hpp"
#include "common/base/result.hpp"
#include "common/base/wakeup.hpp"
#include "common/bus/context.hpp"
#include "common/bus/poller.hpp"
#include "common/bus/router_socket.hpp"
#include "common/envelope/keys.hpp"
#include "sidecar/config/config.hpp"
#include "sidecar/delivery/authorise.hpp"
#include "sidecar/delivery/contacts.hpp"
#include "sidecar/delivery/door.hpp"
#include "sidecar/delivery/ledger.hpp"
#include "sidecar/delivery/resolver.hpp"
#include "sidecar/delivery/tap.hpp"

namespace sealbus::delivery {

class Sidecar final : private Link::Owner, private DoorPort, private Upstream {
 public:
  // Opens the doors and starts the thread. `audit`, `clock` and `random` outlive it.
  [[nodiscard]] static base::OrError<std::unique_ptr<Sidecar>> start(
      const settings::SidecarConfig& config, envelope::ServiceKeyRing keys, audit::AuditLog& audit,
      const base::Clock& clock, base::Random& random);
  ~Sidecar() override;

  // Where the doors are, with the port that was picked where it was 0.
  [[nodiscard]] const std::vector<std::string>& doors() const { return door_endpoints_; }
  // Where the tap is, as of the start; empty: nowhere.
  [[nodiscard]] const std::string& tap() const { return tap_endpoint_; }

  // Stops intake, finishes what is in flight, hands back the rest, says good-bye. Returns when
  // that is done or `at_most` has passed. Called once, from any other thread.
  void drain(std::chrono::milliseconds at_most);

  // Other keys, the current one first, within a second: sessions move to the current one as soon as
  // their ingress knows it, and lose nothing by it. Any thread.
  void renew(envelope::ServiceKeyRing keys);

  struct Status {
    base::Uuid instance;
    base::WallTime since{};
    std::size_t sessions = 0;   // ingresses in contact
    std::size_t links = 0;      // ingresses configured
    std::size_t processes = 0;  // of the service
    std::size_t in_flight = 0;
    std::size_t waiting = 0;                   // of these: no process has been given them yet
    std::vector<Contacts::RefusedAt> refused;  // of our registration
  };
  // A copy that is at most a second old; any thread.
  [[nodiscard]] Status status() const;
  [[nodiscard]] const base::RefusalCounters& refusals() const { return counters_; }
  [[nodiscard]] metrics::BusCounts bus() const { return traffic_.read(); }
  [[nodiscard]] const Ledger& ledger() const { return ledger_; }

 private:
  Sidecar(const settings::SidecarConfig& config, envelope::ServiceKeyRing keys,
          audit::AuditLog& audit, const base::Clock& clock, base::Random& random);
  base::OrError<void> open_doors();

  void run();
  // Waits for something to happen, or for the clock.
  void wait();
  // True: there is more than a batch of it.
  [[nodiscard]] bool receive_doors();
  void handle(std::size_t door, bus::RouterEvent& event);
  void advance();
  [[nodiscard]] bool finish_draining();
  void take_renewal();
  void update_status();
  [[nodiscard]] base::SteadyTime next() const;

  // No process can connect: what was published is handled.
  [[nodiscard]] bool tap_alone() const { return config_.deliver.listen.empty(); }
  // Is there somebody to hand messages to?
  [[nodiscard]] bool ready() const { return tap_alone() || door_->ready(); }
  // Why a message with such a payload, which may be delivered, cannot be; nothing if it can.
  [[nodiscard]] std::optional<base::Refusal> cannot_take(std::string_view contract,
                                                         base::ByteCount payload) const;
  void follow_addresses();
  std::unique_ptr<Link> connect(std::size_t index, const std::string& address);
  // The message is done with: its place is free again. Its link, if its session still lasts.
  Link* settle(const Delivery& delivery);

  // Link::Owner
  void began(Link& link) override;
  void ended(Link& link) override;
  void message(Link& link, const envelope::VerifiedEnvelope& envelope,
               bus::Message& frames) override;
  void refused(Link& link, const base::Uuid& message, const bus::Message& frames,
               base::Refusal refusal) override;
  // DoorPort
  bool send(const ProcessId& process, base::ByteView header, bus::Frame& payload) override;
  // Upstream
  void answer(const Delivery& delivery, const DoorHeader& answer, base::ByteView payload) override;
  void refuse(const Delivery& delivery, base::Refusal refusal) override;
  void delivered(Delivery& delivery) override;
  void forgotten(const Delivery& delivery) override;

  const settings::SidecarConfig config_;
  const base::Clock& clock_;
  base::Random& random_;
  const envelope::Introduction self_;
  const Policy policy_;
  const base::WallTime since_;
  base::RefusalCounters counters_;
  metrics::BusCounters traffic_;
  Ledger ledger_;

  // Owned by the thread once it runs.
  bus::Context context_;
  std::vector<std::unique_ptr<bus::RouterSocket>> door_sockets_;
  std::vector<std::string> door_endpoints_;
  std::string tap_endpoint_;
  base::Wakeup wakeup_;
  bus::Poller poller_;
  Tap tap_;
  Link::Options link_options_;  // of every link; the endpoint apart
  Contacts contacts_;
  Resolver resolver_;
  std::unique_ptr<Door> door_;
  base::SteadyTime next_tick_{};
  bool drain_seen_ = false;
  std::optional<base::SteadyTime> intake_until_;  // while draining

  std::atomic<bool> draining_{false};
  std::atomic<base::SteadyTime> drain_until_{base::SteadyTime::max()};
  std::atomic<bool> stopping_{false};
  std::mutex renewal_mutex_;
  std::optional<envelope::ServiceKeyRing> renewal_;  // guarded by renewal_mutex_
  mutable std::mutex status_mutex_;
  Status status_;  // guarded by status_mutex_
  std::thread thread_;
};

}  // namespace sealbus::delivery
