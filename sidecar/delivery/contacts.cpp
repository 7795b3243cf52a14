#include "sidecar/delivery/contacts.hpp"

#include <algorithm>

namespace sealbus::delivery {

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

void Contacts::advance() {
  for (auto& [index, contact] : contacts_) contact.link->advance();
}

base::SteadyTime Contacts::next() const {
  base::SteadyTime next = base::SteadyTime::max();
  for (const auto& [index, contact] : contacts_) next = std::min(next, contact.link->next());
  return next;
}

void Contacts::close(std::string_view reason) {
  for (auto& [index, contact] : contacts_) contact.link->close(reason);
}

void Contacts::began(const Link& link) {
  contacts_.at(link.index()).share = Share{bus::CreditWindow({}), std::nullopt};
  share_out();
}

void Contacts::ended(const Link& link) {
  contacts_.at(link.index()).share.reset();
  share_out();
}

// One capacity, in equal parts for every ingress that we are in contact with.
void Contacts::share_out() {
  const bus::Credit part = bus::fair_share(capacity_, sessions());
  for (auto& [index, contact] : contacts_) {
    if (contact.share) contact.share->window.set_share(part);
  }
}

void Contacts::handled(const Link& link, base::ByteCount size) {
  contacts_.at(link.index()).share->window.handled(size);
}

void Contacts::announce(bool ready) {
  for (auto& [index, contact] : contacts_) {
    auto& share = contact.share;
    if (!share || (share->told_ready == ready && !share->window.worth_announcing())) continue;
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
  return static_cast<std::size_t>(
      std::count_if(contacts_.begin(), contacts_.end(),
                    [](const auto& item) { return item.second.share.has_value(); }));
}

}  // namespace sealbus::delivery
