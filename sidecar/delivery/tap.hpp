#pragma once
// Door 2 (bindings/PROTOCOL.md §8): a copy of what the sidecar decided about, for whoever connects
// a SUB. At most once: what a subscriber does not take in time, it loses, and it holds up nobody.
// Lives on the sidecar's thread. Without an address there is no tap, and every call does nothing.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "common/base/clock.hpp"
#include "common/base/log.hpp"
#include "common/base/result.hpp"
#include "common/bus/poller.hpp"
#include "common/bus/publisher.hpp"
#include "common/envelope/header.hpp"
#include "common/identity/identity.hpp"

namespace sealbus::delivery {

class Tap {
 public:
  // How long subscribers may be far behind, all of them together, before they are sent away.
  static constexpr std::chrono::seconds kPatience{5};
  // Between sending everybody away and listening again.
  static constexpr std::chrono::seconds kPause{1};

  struct Options {
    bus::PublisherOptions publisher;  // an empty endpoint: no tap
    std::string service;
    std::uint64_t tag = 0;  // in the poller
  };
  Tap(Options options, bus::Context& context, bus::Poller& poller, const base::Clock& clock);
  ~Tap();
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;

  // Begins to listen. Called once, before anything else.
  [[nodiscard]] base::OrError<void> open();
  [[nodiscard]] bool exists() const { return !endpoint_.empty(); }
  // Where it listens, with the port that was picked where it was 0; empty: nowhere.
  [[nodiscard]] const std::string& endpoint() const { return endpoint_; }

  // Hears who came and subscribed, sends subscribers away that overstep, listens again.
  void advance();

  // Can a payload of this size be published at all?
  [[nodiscard]] static bool takes(base::ByteCount payload);
  // `header` is a verified `message`'s, and `identity` the one that was authorised for it.
  void delivered(const envelope::Header& header, const identity::Identity& identity,
                 base::ByteView payload);
  // A verified `message` that was refused. Nothing of it is published that could be acted upon.
  void refused(const envelope::Header& header, base::Refusal refusal);
  // The same, of its header's frame, which is well-formed.
  void refused(base::ByteView header, base::Refusal refusal);

  // Messages that nobody got: too large a payload, or too much lay unread.
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

 private:
  [[nodiscard]] base::OrError<void> listen();
  void close(std::string_view why);
  [[nodiscard]] bool somebody_listens() const;
  [[nodiscard]] std::string full_name(std::string_view contract) const;
  void lose();

  Options options_;
  bus::Context& context_;
  bus::Poller& poller_;
  const base::Clock& clock_;
  log::Limiter troubles_;
  log::Limiter losses_;
  std::string endpoint_;
  std::optional<bus::Publisher> publisher_;
  std::optional<base::SteadyTime> behind_since_;
  base::SteadyTime listen_at_{};  // while there is no publisher
  std::uint64_t lost_ = 0;
};

}  // namespace sealbus::delivery
