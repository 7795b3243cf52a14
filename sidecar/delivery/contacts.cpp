#include "sidecar/delivery/contacts.hpp"

#include <algorithm>

namespace sealbus::delivery {
namespace {

// For what an ingress sends to a session before it knows of its successor.
constexpr std::chrono::milliseconds kLastWords{1'000};

}  // namespace

void Contacts::follow(const std::vector<std::string>& addresses, const Forget& forget) {
  std::erase_if(contacts_, [&](auto& item) {
    Link& link = *item.second.link;
    const bool stays =
        std::find(addresses.begin(), addresses.end(), link.endpoint()) != addresses.end();
    if (!stays) link.close("this address is no longer the ingress's");
    if (!stays) forget(link.index());
    return !stays;
  });
  for (const std::string& address : addresses) {
    const bool known = std::any_of(contacts_.begin(), contacts_.end(), [&](const auto& item) {
      return item.second.link->endpoint() == address;
    });
    if (known) continue;
    const std::size_t index = next_index_++;
    contacts_[index].link = connect_(index, address);
  }
  share_out();
}

bool Contacts::receive(unsigned most) {
  bool more = false;
  for (auto& [index, contact] : contacts_) more = contact.link->receive(most) || more;
  return more;
}

void Contacts::advance(const Settled& settled, base::SteadyTime now) {
  std::vector<std::size_t> done;
  for (auto& [index, contact] : contacts_) {
    contact.link->advance();
    if (contact.part != Contact::Part::retired) continue;
    if (!contact.until) contact.until = now + kLastWords;
    const bool over = now >= *contact.until && settled(index);
    if (!contact.share || over) done.push_back(index);
  }
  for (const std::size_t index : done) remove(index, "its session was moved to another key");
}

base::SteadyTime Contacts::next() const {
  base::SteadyTime next = base::SteadyTime::max();
  for (const auto& [index, contact] : contacts_) next = std::min(next, contact.link->next());
  return next;
}

void Contacts::close(std::string_view reason) {
  for (auto& [index, contact] : contacts_) contact.link->close(reason);
}

void Contacts::remove(std::size_t index, std::string_view reason) {
  const auto contact = contacts_.find(index);
  if (contact == contacts_.end()) return;
  contact->second.link->close(reason);
  contacts_.erase(contact);
}

void Contacts::renew(const envelope::ServiceKeyRing& keys) {
  keys_ = keys;
  std::vector<std::size_t> to_move;
  for (auto& [index, contact] : contacts_) {
    if (contact.part == Contact::Part::usual) {
      contact.link->renew(keys);
      if (is_to_move(contact)) to_move.push_back(index);
    } else {
      contact.link->renew({keys.front()});
    }
  }
  for (const std::size_t index : to_move) add_successor(index);
}

// Its session began with an older key, and nothing is under way to change that.
bool Contacts::is_to_move(const Contact& contact) const {
  const envelope::KeyId* key = contact.link->key_in_use();
  return key != nullptr && *key != keys_.front()->id() && !contact.successor &&
         contact.part == Contact::Part::usual;
}

void Contacts::add_successor(std::size_t index) {
  const std::size_t successor = next_index_++;
  auto link = connect_(successor, contacts_.at(index).link->endpoint());
  // With the older keys it would only get the same again; and its ingress may take a while to know
  // the current one.
  link->renew({keys_.front()});
  link->take_time();
  Contact& fresh = contacts_[successor];
  fresh.link = std::move(link);
  fresh.part = Contact::Part::successor;
  contacts_.at(index).successor = successor;
}

// The session was moved: the link that had it takes nothing new.
void Contacts::take_over(Contact& successor) {
  successor.part = Contact::Part::usual;
  successor.link->renew(keys_);
  for (auto& [index, contact] : contacts_) {
    if (contact.successor != successor.link->index()) continue;
    contact.successor.reset();
    contact.part = Contact::Part::retired;
  }
}

void Contacts::began(const Link& link) {
  Contact& contact = contacts_.at(link.index());
  contact.share = Share{bus::CreditWindow({}), std::nullopt};
  if (contact.part == Contact::Part::successor) take_over(contact);
  if (is_to_move(contact)) add_successor(link.index());
  share_out();
}

void Contacts::ended(const Link& link) {
  contacts_.at(link.index()).share.reset();
  share_out();
}

// One capacity, in equal parts for every ingress that we are in contact with.
void Contacts::share_out() {
  const bus::Credit all{std::min(capacity_.messages, room_), capacity_.bytes};
  const bus::Credit part = bus::fair_share(all, sessions());
  for (auto& [index, contact] : contacts_) {
    if (counts(contact)) contact.share->window.set_share(part);
  }
}

void Contacts::handled(const Link& link, base::ByteCount size) {
  contacts_.at(link.index()).share->window.handled(size);
}

void Contacts::announce(bool ready, std::uint64_t room) {
  if (room != room_) {
    room_ = room;
    share_out();
  }
  for (auto& [index, contact] : contacts_) {
    auto& share = contact.share;
    if (!counts(contact) || (share->told_ready == ready && !share->window.worth_announcing()))
      continue;
    const bus::Credit grant = share->window.grant();
    envelope::Header header;
    header.type = envelope::MessageType::credit;
    header.up_to = grant.messages;
    header.bytes = grant.bytes.value;
    header.ready = ready;
    if (!contact.link->send(header)) continue;
    share->window.announced();
    share->told_ready = ready;
  }
}

Link* Contacts::find(const Origin& origin) {
  const auto contact = contacts_.find(origin.link);
  if (contact == contacts_.end()) return nullptr;
  Link* link = contact->second.link.get();
  const bool lasts = link->session() != nullptr && *link->session() == origin.session;
  return lasts ? link : nullptr;
}

std::vector<Contacts::RefusedAt> Contacts::refused() const {
  std::vector<RefusedAt> all;
  for (const auto& [index, contact] : contacts_) {
    for (const Link::Refused& entry : contact.link->refused()) {
      all.push_back({contact.link->endpoint(), entry});
    }
  }
  return all;
}

std::size_t Contacts::sessions() const {
  return static_cast<std::size_t>(std::count_if(
      contacts_.begin(), contacts_.end(), [](const auto& item) { return counts(item.second); }));
}

std::size_t Contacts::links() const {
  return static_cast<std::size_t>(
      std::count_if(contacts_.begin(), contacts_.end(),
                    [](const auto& item) { return item.second.part == Contact::Part::usual; }));
}

}  // namespace sealbus::delivery
