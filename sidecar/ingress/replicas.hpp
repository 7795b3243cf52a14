#pragma once
// The live sessions of one service, and which of them gets the next message. Owned by the
// dispatcher's thread.

#include <span>
#include <string>
#include <vector>

#include "sidecar/ingress/registry.hpp"
#include "sidecar/ingress/session_table.hpp"

namespace sealbus::ingress {

class Replicas {
 public:
  // `registry` knows which session holds which contract, and outlives this.
  Replicas(std::string service, const Registry& registry)
      : service_(std::move(service)), registry_(registry) {}

  // The session lives until it is removed.
  void add(LiveSession& session) { sessions_.push_back(&session); }
  void remove(const LiveSession& session) { std::erase(sessions_, &session); }

  using Sessions = std::span<const envelope::SessionId>;

  // Of the replicas that are ready, hold the contract and have credit for a message of this size,
  // the one that owes the fewest answers, and of several of those the next in turn; null if none.
  // One that does not answer is soon passed over, whatever its credit. `but` are left out.
  LiveSession* choose(const std::string& contract, base::ByteCount size, Sessions but = {});
  // Is there one that is ready and holds the contract, whatever its credit?
  [[nodiscard]] bool has(const std::string& contract, Sessions but = {}) const;
  [[nodiscard]] bool any_ready() const;
  // Would any of them take a message at all?
  [[nodiscard]] bool has_credit() const;

 private:
  [[nodiscard]] bool serves(const LiveSession& session, const std::string& contract,
                            Sessions but) const;

  const std::string service_;
  const Registry& registry_;
  std::vector<LiveSession*> sessions_;
  std::size_t next_ = 0;  // where the next round begins
};

}  // namespace sealbus::ingress
