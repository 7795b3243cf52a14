#include "common/bus/peer_table.hpp"

#include <utility>

namespace sealbus::bus {
namespace {

constexpr std::size_t kMostGone = 1'024;

}  // namespace

void PeerTable::accepted(int connection) {
  close_peer_on(connection);
  open_.insert(connection);
}

void PeerTable::disconnected(int connection) {
  close_peer_on(connection);
  open_.erase(connection);
}

void PeerTable::close(PeerId peer) {
  Peer& gone = peers_.at(peer);
  if (gone.closed) return;
  gone.closed = true;
  if (closed_.empty()) until_read_out_ = (open_.size() + 1) * most_unread_;
  by_connection_.erase(gone.connection);
  closed_.push_back(peer);
}

void PeerTable::close_peer_on(int connection) {
  const auto at = by_connection_.find(connection);
  if (at != by_connection_.end()) close(at->second);
}

std::optional<PeerId> PeerTable::find(std::string_view routing_id, int connection) const {
  const auto at = by_routing_id_.find(routing_id);
  if (at == by_routing_id_.end()) {
    const auto gone = gone_.find(routing_id);
    return gone == gone_.end() ? std::nullopt : std::optional(gone->second);
  }
  const auto peer = peers_.find(at->second);
  // A peer may choose its routing id, and take the same again on its next connection.
  if (peer == peers_.end() || peer->second.connection != connection) return std::nullopt;
  return at->second;
}

PeerId PeerTable::add(std::string_view routing_id, int connection) {
  const PeerId peer{++last_number_};
  if (const auto at = by_routing_id_.find(routing_id); at != by_routing_id_.end()) {
    close(at->second);  // ZeroMQ takes a routing id again only after its last connection is over
    by_routing_id_.erase(at);
  }
  close_peer_on(connection);
  peers_.emplace(peer, Peer{std::string(routing_id), connection});
  by_routing_id_.emplace(routing_id, peer);
  by_connection_.emplace(connection, peer);
  if (!open_.contains(connection)) close(peer);  // it spoke and went away before anybody listened
  return peer;
}

const std::string* PeerTable::routing_id(PeerId peer) const {
  const auto at = peers_.find(peer);
  return at == peers_.end() || at->second.closed ? nullptr : &at->second.routing_id;
}

bool PeerTable::read_out_after_one_more() {
  if (closed_.empty()) return false;
  if (until_read_out_ > 0) --until_read_out_;
  return until_read_out_ == 0;
}

void PeerTable::bury(const std::string& routing_id, PeerId peer) {
  // Ids that begin with a zero byte are ZeroMQ's; a peer cannot choose one.
  if (routing_id.empty() || routing_id.front() != '\0') return;
  if (gone_order_.size() >= kMostGone) {
    gone_.erase(gone_order_.front());
    gone_order_.pop_front();
  }
  if (gone_.emplace(routing_id, peer).second) gone_order_.push_back(routing_id);
}

std::vector<PeerId> PeerTable::take_closed() {
  for (const PeerId peer : closed_) {
    const auto at = peers_.find(peer);
    const auto named = by_routing_id_.find(at->second.routing_id);
    if (named != by_routing_id_.end() && named->second == peer) by_routing_id_.erase(named);
    bury(at->second.routing_id, peer);
    peers_.erase(at);
  }
  return std::exchange(closed_, {});
}

}  // namespace sealbus::bus
