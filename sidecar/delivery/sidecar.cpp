#include "sidecar/delivery/sidecar.hpp"

#include <algorithm>

#include "common/base/log.hpp"
#include "sidecar/delivery/header_names.hpp"

namespace sealbus::delivery {
namespace {

using base::Refusal;
using envelope::Header;
using envelope::MessageType;

// Messages taken from one socket before the others have their turn.
constexpr unsigned kBatch = 64;
constexpr std::chrono::milliseconds kLongestWait{1'000};
// While ingresses may not have heard yet that this sidecar drains.
constexpr std::chrono::milliseconds kLastIntake{250};
// More than a process can give credit for, so that only one that takes nothing would block.
constexpr int kProcessQueue = 70'000;
// PROTOCOL.md, section 1: the header and the payload.
constexpr base::ByteCount kLargestDoorMessage{65'536 + 4'194'304};
// The poller's tags of the doors come after those of the links.
constexpr std::uint64_t kFirstDoorTag = 1'000'000;
// Permissions that a refusal can name (FORMAT.md §5.2).
constexpr std::size_t kMostMissing = 64;

std::vector<std::string> names(const std::vector<contract::Contract>& contracts) {
  std::vector<std::string> all;
  for (const contract::Contract& contract : contracts) all.push_back(contract.name);
  return all;
}

envelope::Introduction introduce(const settings::SidecarConfig& config, base::Random& random) {
  envelope::Introduction self{.instance = {}, .heartbeat = config.bus.heartbeat};
  random.fill(self.instance.bytes);
  return self;
}

Policy policy_of(const settings::SidecarConfig& config) {
  return {config.contracts, config.accept_development ? DevelopmentIdentities::accepted
                                                      : DevelopmentIdentities::refused};
}

}  // namespace

Sidecar::Sidecar(const settings::SidecarConfig& config, envelope::ServiceKeyRing keys,
                 audit::AuditLog& audit, const base::Clock& clock, base::Random& random)
    : config_(config),
      clock_(clock),
      random_(random),
      self_(introduce(config, random)),
      policy_(policy_of(config)),
      since_(clock.wall()),
      ledger_(config.service, config.contracts, audit, clock),
      poller_(wakeup_),
      resolver_(config.bus.connect, wakeup_) {
  const Door::Options door{config.service, self_.instance, names(config.contracts),
                           config.bus.heartbeat};
  DoorPort& port = *this;
  Upstream& upstream = *this;
  door_ = std::make_unique<Door>(door, port, upstream, counters_, clock);
  link_options_.keys = std::move(keys);
  link_options_.self = self_;
  link_options_.limits = {config.bus.max_message.value, config.bus.clock_skew};
  link_options_.registration = contract::encode({config.contracts, config.subscribe});
  link_options_.max_message = config.bus.max_message;
}

base::OrError<std::unique_ptr<Sidecar>> Sidecar::start(const settings::SidecarConfig& config,
                                                       envelope::ServiceKeyRing keys,
                                                       audit::AuditLog& audit,
                                                       const base::Clock& clock,
                                                       base::Random& random) {
  std::unique_ptr<Sidecar> sidecar(new Sidecar(config, std::move(keys), audit, clock, random));
  if (auto opened = sidecar->open_doors(); !opened) return tl::make_unexpected(opened.error());
  sidecar->thread_ = std::thread([&it = *sidecar] { it.run(); });
  return sidecar;
}

base::OrError<void> Sidecar::open_doors() {
  for (const std::string& listen : config_.deliver.listen) {
    bus::RouterOptions options;
    options.endpoint = listen;
    options.max_message = kLargestDoorMessage;
    options.most_frames = 2;
    options.send_high_water = kProcessQueue;
    auto socket = bus::RouterSocket::bind(context_, options);
    if (!socket) return tl::make_unexpected(socket.error());
    door_endpoints_.push_back(socket->endpoint());
    door_sockets_.push_back(std::make_unique<bus::RouterSocket>(std::move(*socket)));
    poller_.add(kFirstDoorTag + door_sockets_.size(), door_sockets_.back()->poll_handles());
  }
  return {};
}

Sidecar::~Sidecar() {
  stopping_ = true;
  wakeup_.notify();
  if (thread_.joinable()) thread_.join();
}

void Sidecar::drain(std::chrono::milliseconds at_most) {
  drain_until_ = clock_.steady() + at_most;
  draining_ = true;
  wakeup_.notify();
  if (thread_.joinable()) thread_.join();
}

// ---------------------------------------------------------------- the loop

void Sidecar::run() {
  while (!stopping_) {
    follow_addresses();
    const bool more_doors = receive_doors();
    const bool more_links = receive_links();
    advance();
    if (draining_ && finish_draining()) break;
    if (!more_doors && !more_links) wait();
  }
  for (auto& [index, contact] : contacts_) contact.link->close("the sidecar is shutting down");
}

bool Sidecar::receive_doors() {
  bool more = false;
  for (std::size_t door = 0; door < door_sockets_.size(); ++door) {
    unsigned taken = 0;
    for (; taken < kBatch; ++taken) {
      auto event = door_sockets_[door]->receive();
      if (!event) break;
      handle(door, *event);
    }
    more = more || taken == kBatch;
  }
  return more;
}

bool Sidecar::receive_links() {
  bool more = false;
  for (auto& [index, contact] : contacts_) more = contact.link->receive(kBatch) || more;
  return more;
}

void Sidecar::handle(std::size_t door, bus::RouterEvent& event) {
  if (auto* received = std::get_if<bus::Received>(&event)) {
    door_->received({door, received->peer}, received->message);
  } else if (auto* closed = std::get_if<bus::ConnectionClosed>(&event)) {
    door_->connection_closed({door, closed->peer});
  } else {
    door_->malformed({door, std::get<bus::BadMessage>(event).peer});
  }
}

// Whatever the clock makes due.
void Sidecar::advance() {
  const auto now = clock_.steady();
  for (auto& [index, contact] : contacts_) contact.link->advance();
  if (now >= next_tick_) {
    door_->tick();
    update_status();
    next_tick_ = now + kLongestWait;
  }
  next_tick_ = std::min(next_tick_, door_->next_tick());
  if (draining_ && !intake_until_) intake_until_ = now + kLastIntake;
  announce_credit();
}

// What the ingresses sent before they heard that we drain is served like everything before it.
bool Sidecar::finish_draining() {
  const auto now = clock_.steady();
  const bool over = now >= drain_until_.load();
  if (!over && (now < *intake_until_ || door_->in_flight() > 0)) return false;
  door_->hand_back(Refusal::draining);
  door_->close();
  return true;
}

base::SteadyTime Sidecar::next() const {
  base::SteadyTime next = next_tick_;
  for (const auto& [index, contact] : contacts_) next = std::min(next, contact.link->next());
  if (!draining_) return next;
  const auto now = clock_.steady();
  const bool intake = !intake_until_ || now < *intake_until_;
  return std::min({next, drain_until_.load(), intake ? intake_until_.value_or(now) : next});
}

void Sidecar::wait() {
  wakeup_.arm();
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next() - clock_.steady());
  const bool called = stopping_ || (draining_ && !drain_seen_) || resolver_.has_news();
  drain_seen_ = draining_;
  const auto at_most = std::clamp(left, std::chrono::milliseconds(0), kLongestWait);
  [[maybe_unused]] const auto ready = poller_.wait(called ? std::chrono::milliseconds(0) : at_most);
  wakeup_.disarm();
}

// ---------------------------------------------------------------- addresses

void Sidecar::follow_addresses() {
  const auto addresses = resolver_.take();
  if (!addresses) return;
  std::erase_if(contacts_, [&](auto& item) {
    Link& link = *item.second.link;
    const bool stays =
        std::find(addresses->begin(), addresses->end(), link.endpoint()) != addresses->end();
    if (!stays) link.close("this address is no longer the ingress's");
    if (!stays) door_->forget(link.index());
    return !stays;
  });
  for (const std::string& address : *addresses) {
    const bool known = std::any_of(contacts_.begin(), contacts_.end(), [&](const auto& item) {
      return item.second.link->endpoint() == address;
    });
    if (known) continue;
    Link::Options options = link_options_;
    options.endpoint = address;
    const std::size_t index = next_index_++;
    Link::Owner& owner = *this;
    contacts_[index].link = std::make_unique<Link>(index, std::move(options), context_, poller_,
                                                   owner, counters_, traffic_, clock_, random_);
  }
  share_credit();
}

// ---------------------------------------------------------------- credit

bool Sidecar::takes_messages() const {
  const bool intake = !draining_ || !intake_until_ || clock_.steady() < *intake_until_;
  return intake && door_->ready();
}

// Tells each ingress what it may send, when that changed enough to be worth a message.
void Sidecar::announce_credit() {
  const bool ready = !draining_ && door_->ready();
  for (auto& [index, contact] : contacts_) {
    auto& share = contact.share;
    if (!share || (share->told_ready == ready && !share->window.worth_announcing())) continue;
    const bus::Credit grant = share->window.grant();
    Header header;
    header.type = MessageType::credit;
    header.up_to = grant.messages;
    header.bytes = grant.bytes.value;
    header.ready = ready;
    if (!contact.link->send(header)) continue;
    share->window.announced();
    share->told_ready = ready;
  }
}

// One capacity, in equal parts for every ingress that we are in contact with.
void Sidecar::share_credit() {
  const auto sessions = static_cast<std::size_t>(
      std::count_if(contacts_.begin(), contacts_.end(),
                    [](const auto& item) { return item.second.share.has_value(); }));
  const bus::Credit part =
      bus::fair_share({config_.bus.credit, config_.bus.credit_bytes}, sessions);
  for (auto& [index, contact] : contacts_) {
    if (contact.share) contact.share->window.set_share(part);
  }
}

void Sidecar::began(Link& link) {
  contacts_.at(link.index()).share = Share{bus::CreditWindow({}), std::nullopt};
  share_credit();
}

void Sidecar::ended(Link& link) {
  door_->forget(link.index());
  contacts_.at(link.index()).share.reset();
  share_credit();
}

// The message is done with: its place is free again, if its session still lasts.
void Sidecar::settle(const Delivery& delivery) {
  if (link_of(delivery.origin) == nullptr) return;
  contacts_.at(delivery.origin.link).share->window.handled(delivery.size);
}

Link* Sidecar::link_of(const Origin& origin) {
  const auto contact = contacts_.find(origin.link);
  if (contact == contacts_.end()) return nullptr;
  Link* link = contact->second.link.get();
  const bool lasts = link->session() != nullptr && *link->session() == origin.session;
  return lasts ? link : nullptr;
}

// ---------------------------------------------------------------- from the ingresses

void Sidecar::message(Link& link, const envelope::VerifiedEnvelope& envelope,
                      bus::Message& frames) {
  const Header& header = envelope.header();
  const base::ByteCount size{frames[1].size() + frames[2].size()};
  const auto identity = authorise(envelope, policy_);
  audit::Entry entry = ledger_.begin(envelope, link.endpoint(), identity ? &*identity : nullptr);
  if (!identity) {
    const Denied& denied = identity.error();
    counters_.count(denied.failure.refusal);
    ledger_.refused(std::move(entry), header.contract, denied.failure.refusal);
    contacts_.at(link.index()).share->window.handled(size);
    return send_refusal(link, header.id, denied.failure.refusal, denied.missing);
  }
  if (!takes_messages()) {
    contacts_.at(link.index()).share->window.handled(size);
    const Refusal why = draining_ ? Refusal::draining : Refusal::no_replica;
    ledger_.refused(std::move(entry), header.contract, why);
    return send_refusal(link, header.id, why, {});
  }
  Delivery delivery;
  delivery.origin = {link.index(), *link.session()};
  delivery.id = header.id;
  delivery.contract = header.contract;
  delivery.header = encode_door_message(header);
  delivery.payload = std::move(frames[2]);
  delivery.size = size;
  delivery.deadline = clock_.steady() + (header.expires.value_or(header.issued) - header.issued);
  delivery.entry = std::move(entry);
  door_->deliver(std::move(delivery));
}

void Sidecar::refused(Link& link, const base::Uuid& message, base::ByteCount size,
                      Refusal refusal) {
  audit::Entry entry;
  entry.source = link.endpoint();
  entry.message_id = to_string(message);
  ledger_.refused(std::move(entry), {}, refusal);
  contacts_.at(link.index()).share->window.handled(size);
  send_refusal(link, message, refusal, {});
}

// ---------------------------------------------------------------- to the ingresses

void Sidecar::send_refusal(Link& link, const base::Uuid& message, Refusal refusal,
                           const std::vector<std::string>& missing) {
  Header header;
  header.type = MessageType::refused;
  header.answers = message;
  header.code = base::code(refusal);
  const auto shown = std::min<std::size_t>(missing.size(), kMostMissing);
  header.missing.assign(missing.begin(), missing.begin() + static_cast<std::ptrdiff_t>(shown));
  [[maybe_unused]] const auto sent = link.send(header);  // if it is lost, the session is too
}

void Sidecar::answer(const Delivery& delivery, const DoorHeader& answer, base::ByteView payload) {
  if (answer.type != DoorType::progress) {
    settle(delivery);
    ledger_.answered(delivery);
  }
  Link* link = link_of(delivery.origin);
  if (link == nullptr) return;  // whoever asked has been told that the replica is lost
  HeaderNames names;
  Header header;
  header.answers = delivery.id;
  switch (answer.type) {
    case DoorType::reply:
      header.type = MessageType::reply;
      header.status = answer.status;
      header.content_type = answer.content_type;
      header.headers = names.fit(answer.headers);
      break;
    case DoorType::ack:
      header.type = MessageType::ack;
      break;
    case DoorType::progress:
      header.type = MessageType::progress;
      break;
    default:
      header.type = answer.type == DoorType::nack ? MessageType::nack : MessageType::reject;
      header.reason = answer.reason;
      break;
  }
  const auto sent = link->send(header, answer.type == DoorType::reply ? payload : base::ByteView{});
  // What the service made of its reply does not fit an envelope.
  const bool lost = !sent && answer.type != DoorType::progress;
  const log::RequestScope scope(delivery.entry.request_id, delivery.entry.trace_id);
  if (lost && sent.error().refusal != Refusal::unknown_session) {
    log::warning("Door: a {} could not be passed on: {}", envelope::name(header.type),
                 sent.error().detail);
    send_refusal(*link, delivery.id, Refusal::handler_failed, {});
  }
}

void Sidecar::refuse(const Delivery& delivery, Refusal refusal) {
  counters_.count(refusal);
  ledger_.failed(delivery, refusal);
  settle(delivery);
  if (Link* link = link_of(delivery.origin)) send_refusal(*link, delivery.id, refusal, {});
}

void Sidecar::delivered(Delivery& delivery) { ledger_.delivered(delivery); }

void Sidecar::forgotten(const Delivery& delivery) {
  ledger_.failed(delivery, Refusal::unknown_session);
}

// ---------------------------------------------------------------- to the service

bool Sidecar::send(const ProcessId& process, base::ByteView header, bus::Frame& payload) {
  bus::Message message;
  message.reserve(2);
  message.push_back(bus::Frame::copy(header));
  message.push_back(std::move(payload));
  const bool sent =
      door_sockets_.at(process.door)->send(process.peer, message) == bus::SendStatus::sent;
  if (!sent) payload = std::move(message[1]);
  return sent;
}

// ---------------------------------------------------------------- status

void Sidecar::update_status() {
  Status status;
  status.instance = self_.instance;
  status.since = since_;
  status.links = contacts_.size();
  status.sessions = static_cast<std::size_t>(
      std::count_if(contacts_.begin(), contacts_.end(),
                    [](const auto& item) { return item.second.share.has_value(); }));
  status.processes = door_->view().size();
  status.in_flight = door_->in_flight();
  status.waiting = door_->waiting();
  const std::lock_guard lock(status_mutex_);
  status_ = status;
}

Sidecar::Status Sidecar::status() const {
  const std::lock_guard lock(status_mutex_);
  return status_;
}

}  // namespace sealbus::delivery
