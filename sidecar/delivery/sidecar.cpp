#include "sidecar/delivery/sidecar.hpp"

#include <algorithm>

#include "sidecar/delivery/answers.hpp"

namespace sealbus::delivery {
namespace {

using base::Refusal;
using envelope::Header;

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
constexpr std::uint64_t kTapTag = 2'000'000;

// What a process can be sent: calls, and the events that the service subscribes to. Its own events
// are among those only if it does.
std::vector<std::string> names(const settings::SidecarConfig& config) {
  std::vector<std::string> all;
  for (const contract::Contract& contract : config.contracts) {
    if (contract.kind != contract::Kind::event) all.push_back(contract.name);
  }
  for (const contract::Subscription& subscription : config.subscribe) {
    all.push_back(subscription.event);
  }
  return all;
}

envelope::Introduction introduce(const settings::SidecarConfig& config, base::Random& random) {
  envelope::Introduction self{.instance = {}, .heartbeat = config.bus.heartbeat};
  random.fill(self.instance.bytes);
  return self;
}

Tap::Options tap_of(const settings::SidecarConfig& config) {
  Tap::Options options;
  options.publisher.endpoint = config.deliver.tap;
  options.service = config.service;
  options.tag = kTapTag;
  return options;
}

// As credit counts it: the header and the payload.
base::ByteCount credit_size(const bus::Message& frames) {
  return {frames[1].size() + frames[2].size()};
}

Policy policy_of(const settings::SidecarConfig& config) {
  return {
      config.contracts, config.subscribe,
      config.accept_development ? DevelopmentIdentities::accepted : DevelopmentIdentities::refused};
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
      ledger_(config.service, names(config), audit, clock),
      poller_(wakeup_),
      tap_(tap_of(config), context_, poller_, clock),
      contacts_({config.bus.credit, config.bus.credit_bytes},
                [this](std::size_t index, const std::string& address) {
                  return connect(index, address);
                }),
      resolver_(config.bus.connect, wakeup_) {
  const Door::Options door{config.service, self_.instance, names(config), config.bus.heartbeat};
  DoorPort& port = *this;
  Upstream& upstream = *this;
  door_ = std::make_unique<Door>(door, port, upstream, counters_, clock);
  contacts_.renew(keys);
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
  for (const std::string& address : config.bus.connect) {
    const auto security = settings::connecting_security(address, config.bus.plaintext);
    if (security != settings::BusSecurity::curve) continue;
    if (auto available = bus::curve_is_available(); !available) {
      return tl::make_unexpected(available.error());
    }
  }
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
  if (auto opened = tap_.open(); !opened) return opened;
  tap_endpoint_ = tap_.endpoint();
  return {};
}

Sidecar::~Sidecar() {
  stopping_ = true;
  wakeup_.notify();
  if (thread_.joinable()) thread_.join();
}

void Sidecar::renew(envelope::ServiceKeyRing keys) {
  const std::lock_guard lock(renewal_mutex_);
  renewal_ = std::move(keys);
}

void Sidecar::take_renewal() {
  std::optional<envelope::ServiceKeyRing> keys;
  {
    const std::lock_guard lock(renewal_mutex_);
    keys = std::exchange(renewal_, std::nullopt);
  }
  if (!keys) return;
  link_options_.keys = *keys;
  contacts_.renew(*keys);
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
    const bool more_links = contacts_.receive(kBatch);
    advance();
    if (draining_ && finish_draining()) break;
    if (!more_doors && !more_links) wait();
  }
  contacts_.close("the sidecar is shutting down");
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

void Sidecar::handle(std::size_t door, bus::RouterEvent& event) {
  if (auto* received = std::get_if<bus::Received>(&event)) {
    door_->received({door, received->peer}, received->message);
  } else if (auto* closed = std::get_if<bus::ConnectionClosed>(&event)) {
    door_->connection_closed({door, closed->peer});
  } else if (auto* bad = std::get_if<bus::BadMessage>(&event)) {
    door_->malformed({door, bad->peer});
  }
}

// Whatever the clock makes due.
void Sidecar::advance() {
  const auto now = clock_.steady();
  contacts_.advance([this](std::size_t link) { return door_->in_flight_of(link) == 0; }, now);
  tap_.advance();
  if (now >= next_tick_) {
    door_->tick();
    take_renewal();
    update_status();
    next_tick_ = now + kLongestWait;
  }
  next_tick_ = std::min(next_tick_, door_->next_tick());
  if (draining_ && !intake_until_) intake_until_ = now + kLastIntake;
  // Whoever takes what the tap says, takes it at once.
  contacts_.announce(!draining_ && ready(), tap_alone() ? config_.bus.credit : door_->room());
}

// What the ingresses sent before they heard that we drain is served like everything before it.
bool Sidecar::finish_draining() {
  if (!intake_until_) return false;  // told since the last advance()
  const auto now = clock_.steady();
  const bool over = now >= drain_until_.load();
  if (!over && (now < *intake_until_ || door_->in_flight() > 0)) return false;
  door_->hand_back(Refusal::draining);
  door_->close();
  return true;
}

base::SteadyTime Sidecar::next() const {
  const base::SteadyTime next = std::min(next_tick_, contacts_.next());
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
  contacts_.follow(*addresses, [this](std::size_t index) { door_->forget(index); });
}

std::unique_ptr<Link> Sidecar::connect(std::size_t index, const std::string& address) {
  Link::Options options = link_options_;
  options.endpoint = address;
  options.security = settings::connecting_security(address, config_.bus.plaintext);
  Link::Owner& owner = *this;
  return std::make_unique<Link>(index, std::move(options), context_, poller_, owner, counters_,
                                traffic_, clock_, random_);
}

std::optional<Refusal> Sidecar::cannot_take(std::string_view contract,
                                            base::ByteCount payload) const {
  const bool intake = !draining_ || !intake_until_ || clock_.steady() < *intake_until_;
  const bool served = tap_alone() || door_->serves(contract);
  if (!intake || !served) return draining_ ? Refusal::draining : Refusal::no_replica;
  if (tap_alone() && !Tap::takes(payload)) return Refusal::payload_too_large;
  return std::nullopt;
}

void Sidecar::began(Link& link) { contacts_.began(link); }

void Sidecar::ended(Link& link) {
  door_->forget(link.index());
  contacts_.ended(link);
}

// ---------------------------------------------------------------- from the ingresses

void Sidecar::message(Link& link, const envelope::VerifiedEnvelope& envelope,
                      bus::Message& frames) {
  const Header& header = envelope.header();
  const base::ByteCount size = credit_size(frames);
  const auto identity = authorise(envelope, policy_);
  audit::Entry entry = ledger_.begin(envelope, link.endpoint(), identity ? &*identity : nullptr);
  if (!identity) {
    const Denied& denied = identity.error();
    counters_.count(denied.failure.refusal);
    ledger_.refused(std::move(entry), header.contract, denied.failure.refusal);
    tap_.refused(header, denied.failure.refusal);
    contacts_.handled(link, size);
    return send_refusal(link, header.id, denied.failure.refusal, denied.missing);
  }
  if (const auto why = cannot_take(header.contract, {frames[2].size()})) {
    counters_.count(*why);
    ledger_.refused(std::move(entry), header.contract, *why);
    contacts_.handled(link, size);
    tap_.refused(header, *why);
    return send_refusal(link, header.id, *why);
  }
  tap_.delivered(header, *identity, frames[2].view());
  if (tap_alone()) {
    contacts_.handled(link, size);
    ledger_.published(std::move(entry), header.contract);
    return send_ack(link, header.id);
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

void Sidecar::refused(Link& link, const base::Uuid& message, const bus::Message& frames,
                      Refusal refusal) {
  audit::Entry entry;
  entry.source = link.endpoint();
  entry.message_id = to_string(message);
  ledger_.refused(std::move(entry), {}, refusal);
  tap_.refused(frames[1].view(), refusal);
  contacts_.handled(link, credit_size(frames));
  send_refusal(link, message, refusal);
}

// ---------------------------------------------------------------- to the ingresses

Link* Sidecar::settle(const Delivery& delivery) {
  Link* link = contacts_.find(delivery.origin);
  if (link != nullptr) contacts_.handled(*link, delivery.size);
  return link;
}

void Sidecar::answer(const Delivery& delivery, const DoorHeader& answer, base::ByteView payload) {
  const bool final = answer.type != DoorType::progress;
  Link* link = final ? settle(delivery) : contacts_.find(delivery.origin);
  if (final) ledger_.answered(delivery);
  const log::RequestScope scope(delivery.entry.request_id, delivery.entry.trace_id);
  // Without one, whoever asked has been told that the replica is lost.
  if (link != nullptr) send_answer(*link, delivery.id, answer, payload);
}

void Sidecar::refuse(const Delivery& delivery, Refusal refusal) {
  counters_.count(refusal);
  ledger_.failed(delivery, refusal);
  if (Link* link = settle(delivery)) send_refusal(*link, delivery.id, refusal);
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
  status.links = contacts_.links();
  status.sessions = contacts_.sessions();
  status.processes = door_->view().size();
  status.in_flight = door_->in_flight();
  status.refused = contacts_.refused();
  status.waiting = door_->waiting();
  const std::lock_guard lock(status_mutex_);
  status_ = std::move(status);
}

Sidecar::Status Sidecar::status() const {
  const std::lock_guard lock(status_mutex_);
  return status_;
}

}  // namespace sealbus::delivery
