#pragma once
// Which routing id is which peer, and when a peer is gone. Pure: told what a router's socket and
// its monitor said, it knows no socket. One thread.
//
// Messages carry the descriptor of the connection on which they came; the monitor tells which
// descriptor was accepted and which was closed. Two things make that delicate, and this class is
// where they are dealt with: a descriptor is used again soon after it was closed, and the monitor
// runs ahead of messages that lie in the socket still unread.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "common/bus/peer.hpp"

namespace sealbus::bus {

class PeerTable {
 public:
  // So many messages of one peer at most lie in the socket unread.
  explicit PeerTable(std::size_t most_unread) : most_unread_(most_unread) {}

  // What the monitor said, in its order.
  void accepted(int connection);
  void disconnected(int connection);

  // The peer that speaks with this routing id on this connection; nothing if it never did.
  [[nodiscard]] std::optional<PeerId> find(std::string_view routing_id, int connection) const;
  // A peer that speaks for the first time. Everything that the monitor had to say must have been
  // told before, so that an earlier closing is not taken for this peer's.
  PeerId add(std::string_view routing_id, int connection);

  // Where to send to; nothing for a peer whose connection is closed. Valid until the table changes.
  [[nodiscard]] const std::string* routing_id(PeerId peer) const;

  // Peers whose connection is closed, but of which there may be unread messages.
  [[nodiscard]] bool any_closed() const { return !closed_.empty(); }
  // A message was read. The socket takes turns between its peers, so after so many of them nothing
  // of those peers is left, however busy the others are: then it is true.
  [[nodiscard]] bool read_out_after_one_more();
  // Forgets those: nothing of them is left unread.
  [[nodiscard]] std::vector<PeerId> take_closed();

  [[nodiscard]] std::size_t open_connections() const { return open_.size(); }
  [[nodiscard]] std::size_t size() const { return peers_.size(); }

 private:
  struct Peer {
    std::string routing_id;
    int connection = -1;
    bool closed = false;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  void close(PeerId peer);
  // The routing id was ZeroMQ's own, which it never gives twice; remembers it for a while.
  void bury(const std::string& routing_id, PeerId peer);
  void close_peer_on(int connection);

  const std::size_t most_unread_;
  std::uint64_t last_number_ = 0;
  std::unordered_map<PeerId, Peer> peers_;
  std::unordered_map<std::string, PeerId, TextHash, std::equal_to<>> by_routing_id_;
  std::unordered_map<int, PeerId> by_connection_;  // peers that are not closed
  std::unordered_set<int> open_;  // accepted and not closed, whether they spoke or not
  std::vector<PeerId> closed_;
  // The last peers that were forgotten: libzmq now and then tells of a closing a moment before it
  // hands out the last message. That message is still theirs, and nobody's closing.
  std::unordered_map<std::string, PeerId, TextHash, std::equal_to<>> gone_;
  std::deque<std::string> gone_order_;  // oldest first
  std::size_t until_read_out_ = 0;
};

}  // namespace sealbus::bus
