#pragma once
// The live sessions of one service, and which of them gets the next message. Owned by the
// dispatcher's thread.

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

  // The next replica, in turn, that is ready, holds the contract and has credit for a message of
  // this size; null if none.
  LiveSession* choose(const std::string& contract, base::ByteCount size);
  // Is there one that is ready and holds the contract, whatever its credit?
  [[nodiscard]] bool has(const std::string& contract) const;
  [[nodiscard]] bool any_ready() const;
  // Would any of them take a message at all?
  [[nodiscard]] bool has_credit() const;

 private:
  const std::string service_;
  const Registry& registry_;
  std::vector<LiveSession*> sessions_;
  std::size_t next_ = 0;  // where the next round begins
};

}  // namespace sealbus::ingress
