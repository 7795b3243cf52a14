#pragma once
// The ingresses that a sidecar is in contact with: one link for each address, and what each of them
// may send, out of one capacity. Lives on the sidecar's thread.
//
// When the key changes, a session is moved without losing what is in flight in it: a second link to
// its address, its successor, begins with the new key; once it is live the first one retires, and
// is closed when everything that came on it has been answered, a second later at the earliest.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/bus/credit.hpp"
#include "sidecar/delivery/delivery.hpp"
#include "sidecar/delivery/link.hpp"

namespace sealbus::delivery {

class Contacts {
 public:
  // Makes the link to an address; the index is its name, and is never used again.
  using Connect = std::function<std::unique_ptr<Link>(std::size_t index, const std::string&)>;
  // Told of a link that is closed for good.
  using Forget = std::function<void(std::size_t index)>;
  // Is nothing in flight that came on this link?
  using Settled = std::function<bool(std::size_t index)>;

  // `capacity`: messages and bytes that may be under way at most, all ingresses together.
  Contacts(const bus::Credit& capacity, Connect connect)
      : capacity_(capacity), connect_(std::move(connect)) {}

  // Opens and closes links so that there is one for each address.
  void follow(const std::vector<std::string>& addresses, const Forget& forget);

  // Takes at most `most` messages from each; true if that was not all.
  bool receive(unsigned most);
  void advance(const Settled& settled, base::SteadyTime now);
  [[nodiscard]] base::SteadyTime next() const;
  void close(std::string_view reason);
  // Begins with these keys from now on, and moves every session to the first of them.
  void renew(const envelope::ServiceKeyRing& keys);

  // A session began or ended: every other one's share changes.
  void began(const Link& link);
  void ended(const Link& link);
  // A message of this size, which came on that link, is done with: its place is free again.
  void handled(const Link& link, base::ByteCount size);
  // Tells each ingress what it may send, when that changed enough to be worth a message: its share
  // of the capacity, and of what the service has `room` for. What would only wait here waits at the
  // ingress instead, which knows of other replicas.
  void announce(bool ready, std::uint64_t room);

  // The link, if the session lasts in which the message came.
  [[nodiscard]] Link* find(const Origin& origin);

  // What each ingress refused of our registration, by its address.
  struct RefusedAt {
    std::string ingress;
    Link::Refused entry;
    bool operator==(const RefusedAt&) const = default;
  };
  [[nodiscard]] std::vector<RefusedAt> refused() const;

  // Addresses, and those of them with a session.
  [[nodiscard]] std::size_t links() const;
  [[nodiscard]] std::size_t sessions() const;

 private:
  // What a link's session may send, and whether it was told that we are ready.
  struct Share {
    bus::CreditWindow window;
    std::optional<bool> told_ready;
  };
  struct Contact {
    std::unique_ptr<Link> link;
    std::optional<Share> share;  // while there is a session
    enum class Part : std::uint8_t { usual, successor, retired };
    Part part = Part::usual;
    std::optional<std::size_t> successor;   // the index of its own
    std::optional<base::SteadyTime> until;  // retired: while the ingress may not have heard of it
  };

  void share_out();
  [[nodiscard]] bool is_to_move(const Contact& contact) const;
  // A second link to the address, with the current key.
  void add_successor(std::size_t index);
  void take_over(Contact& successor);
  void remove(std::size_t index, std::string_view reason);
  [[nodiscard]] static bool counts(const Contact& contact) {
    return contact.share && contact.part != Contact::Part::retired;
  }

  const bus::Credit capacity_;
  const Connect connect_;
  std::map<std::size_t, Contact> contacts_;  // by the link's index
  std::size_t next_index_ = 0;
  envelope::ServiceKeyRing keys_;
  std::uint64_t room_ = 0;
};

}  // namespace sealbus::delivery
