#pragma once
// The ingresses that a sidecar is in contact with: one link for each address, and what each of them
// may send, out of one capacity. Lives on the sidecar's thread.

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

  // `capacity`: messages and bytes that may be under way, all ingresses together.
  Contacts(const bus::Credit& capacity, Connect connect)
      : capacity_(capacity), connect_(std::move(connect)) {}

  // Opens and closes links so that there is one for each address.
  void follow(const std::vector<std::string>& addresses, const Forget& forget);

  // Takes at most `most` messages from each; true if that was not all.
  bool receive(unsigned most);
  void advance();
  [[nodiscard]] base::SteadyTime next() const;
  void close(std::string_view reason);

  // A session began or ended: every other one's share changes.
  void began(const Link& link);
  void ended(const Link& link);
  // A message of this size, which came on that link, is done with: its place is free again.
  void handled(const Link& link, base::ByteCount size);
  // Tells each ingress what it may send, when that changed enough to be worth a message.
  void announce(bool ready);

  // The link, if the session lasts in which the message came.
  [[nodiscard]] Link* find(const Origin& origin);

  // What each ingress refused of our registration, by its address.
  struct RefusedAt {
    std::string ingress;
    Link::Refused entry;
    bool operator==(const RefusedAt&) const = default;
  };
  [[nodiscard]] std::vector<RefusedAt> refused() const;

  [[nodiscard]] std::size_t links() const { return contacts_.size(); }
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
  };

  void share_out();

  const bus::Credit capacity_;
  const Connect connect_;
  std::map<std::size_t, Contact> contacts_;  // by the link's index
  std::size_t next_index_ = 0;
};

}  // namespace sealbus::delivery
