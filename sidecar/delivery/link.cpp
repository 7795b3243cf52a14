#include "sidecar/delivery/link.hpp"

#include <algorithm>

namespace sealbus::delivery {
namespace {

using base::Refusal;
using envelope::Header;
using envelope::MessageType;
using std::chrono::milliseconds;

// How long an attempt to connect and shake hands may take, and the pause between attempts, which
// doubles up to the longest. Together they bring a returning ingress back within three seconds.
constexpr milliseconds kAttempt{1'000};
constexpr milliseconds kShortestPause{50};
constexpr milliseconds kLongestPause{500};
// What a registration can hold (FORMAT.md §8).
constexpr std::size_t kMostRefused = std::size_t{2} * 4'096;
// For a good-bye to leave.
constexpr milliseconds kLinger{500};

std::optional<envelope::FrameViews> views(const bus::Message& frames) {
  if (frames.size() != envelope::kFrames) return std::nullopt;
  return envelope::FrameViews{frames[0].view(), frames[1].view(), frames[2].view()};
}

std::shared_ptr<const bus::CurveClient> curve_keys(const envelope::ServiceKey& key) {
  return std::make_shared<const bus::CurveClient>(
      bus::CurveClient{key.curve_secret(), key.curve_public_key(), key.ingress_public_key()});
}

}  // namespace

Link::Link(std::size_t index, Options options, bus::Context& context, bus::Poller& poller,
           Owner& owner, base::RefusalCounters& counters, metrics::BusCounters& traffic,
           const base::Clock& clock, base::Random& random)
    : index_(index),
      options_(std::move(options)),
      context_(context),
      poller_(poller),
      owner_(owner),
      traffic_(traffic),
      clock_(clock),
      random_(random),
      refusals_("Bus", counters, clock),
      contact_log_(clock),
      attempts_(options_.security, options_.keys.size()),
      deadline_(clock.steady()),
      pause_(kShortestPause),
      longest_pause_(kLongestPause) {}

Link::~Link() { close_socket(); }

const envelope::SessionId* Link::session() const {
  return state_ == State::live ? &session_->id : nullptr;
}

// ---------------------------------------------------------------- time

void Link::advance() {
  const auto now = clock_.steady();
  if (state_ == State::closed) return;
  if (state_ == State::idle) {
    if (now >= deadline_) open_socket();
    return;
  }
  check_connection();
  if (state_ == State::idle) return;
  if (state_ != State::live) {
    if (now >= deadline_) drop("no answer");
    return;
  }
  if (broken_) return drop("it takes no more messages");
  if (heartbeat_->lost(now)) return drop("the ingress fell silent");
  if (heartbeat_->due(now)) send_control(MessageType::heartbeat);
}

base::SteadyTime Link::next() const {
  if (state_ == State::closed) return clock_.steady() + std::chrono::hours(1);
  return state_ == State::live ? heartbeat_->next() : deadline_;
}

void Link::check_connection() {
  const auto change = socket_->poll_connection();
  if (change == bus::Dealer::Change::disconnected) return drop(without_connection());
  if (change == bus::Dealer::Change::connected && state_ == State::connecting) greet();
}

std::string_view Link::without_connection() {
  const auto why = state_ == State::connecting ? socket_->failure() : std::nullopt;
  const std::string_view sentence = why ? attempts_.explain(*why) : std::string_view();
  if (sentence.empty()) return "the connection closed";
  refusals_.add({Refusal::curve_failed, std::string(sentence)},
                "connection to " + options_.endpoint);
  return {};
}

void Link::open_socket() {
  bus::DealerOptions options;
  options.max_message = options_.max_message;
  options.handshake = kAttempt;
  options.linger = kLinger;
  key_ = options_.keys[attempts_.key()];
  if (attempts_.curve()) options.curve = curve_keys(*key_);
  auto socket = bus::Dealer::open(context_, options_.endpoint, options);
  deadline_ = clock_.steady() + kAttempt;
  if (!socket) return drop(socket.error().message);
  socket_ = std::move(*socket);
  poller_.add(index_, socket_->poll_handles());
  state_ = State::connecting;
}

void Link::close_socket() {
  if (!socket_) return;
  poller_.remove(index_);
  socket_.reset();
}

void Link::greet() {
  handshake_ = std::make_unique<envelope::ClientHandshake>(key_, options_.self, clock_, random_);
  const auto& hello = handshake_->hello();
  auto message = bus::message_of({hello.seal, hello.header.bytes(), {}});
  const base::ByteCount size = bus::size_of(message);
  if (socket_->send(message) != bus::Dealer::Status::sent) return drop("it takes no messages");
  traffic_.sent(size.value);
  state_ = State::greeting;
}

void Link::drop(std::string_view why) {
  const bool was_live = state_ == State::live;
  if (!why.empty() && (was_live || contact_log_.admit())) {
    log::info("Bus: no contact with the ingress at {}: {}", options_.endpoint, why);
  }
  if (state_ == State::greeting) {
    attempts_.not_welcomed();
    traffic_.dropped();
  }
  const bool connected = was_live || state_ == State::greeting;
  const bool at_once =
      !connected && attempts_.not_connected(socket_ ? socket_->failure() : std::nullopt) ==
                        Attempts::Next::at_once;
  if (!at_once) pause_ = was_live ? kShortestPause : std::min(pause_ * 2, longest_pause_);
  deadline_ = clock_.steady() + (at_once ? kShortestPause : pause_);
  state_ = State::idle;
  broken_ = false;
  close_socket();
  handshake_.reset();
  session_.reset();
  heartbeat_.reset();
  if (was_live) owner_.ended(*this);
}

void Link::renew(envelope::ServiceKeyRing keys) {
  options_.keys = std::move(keys);
  attempts_.renew(options_.keys.size());
}

const envelope::KeyId* Link::key_in_use() const {
  return state_ == State::live ? &key_->id() : nullptr;
}

void Link::close(std::string_view reason) {
  if (state_ == State::live) send_control(MessageType::bye, reason);
  state_ = State::closed;
  session_.reset();
  close_socket();  // what was sent goes on leaving, as long as the linger allows
}

// ---------------------------------------------------------------- what arrives

bool Link::receive(unsigned most) {
  for (unsigned i = 0; i < most; ++i) {
    if (!socket_) return false;
    auto received = socket_->receive();
    if (!received) return false;
    auto* message = std::get_if<bus::Message>(&*received);
    if (message != nullptr) traffic_.received(bus::size_of(*message).value);
    if (message == nullptr) {
      refusals_.add(Refusal::bad_size, from());
    } else if (state_ == State::greeting) {
      welcome(*message);
    } else if (state_ == State::live) {
      traffic(*message);
    }
  }
  return true;
}

void Link::welcome(bus::Message& frames) {
  const auto received = views(frames);
  if (!received) return refusals_.add(Refusal::bad_size, from());
  auto session = handshake_->finish(*received, options_.limits);
  if (!session) {
    traffic_.refused();
    refusals_.add(session.error(), from());
    const bool hopeless = session.error().refusal == Refusal::clock_skew;
    return hopeless ? drop("the clocks differ too much") : void();
  }
  session_.emplace(std::move(*session));
  heartbeat_.emplace(options_.self.heartbeat, session_->peer_heartbeat, clock_.steady());
  handshake_.reset();
  state_ = State::live;
  traffic_.established();
  attempts_.welcomed();
  longest_pause_ = kLongestPause;
  pause_ = kShortestPause;
  log::info("Bus: in contact with the ingress at {}", options_.endpoint);
  Header registration;
  registration.type = MessageType::register_;
  const auto sent = send(registration, options_.registration);
  if (!sent) return drop("it takes no messages");
  registration_ = *sent;
  registration_answered_ = false;
  owner_.began(*this);
}

void Link::traffic(bus::Message& frames) {
  const auto received = views(frames);
  if (!received) return refusals_.add(Refusal::bad_size, from());
  const auto seal = envelope::inspect(*received, envelope::Purpose::down, options_.limits);
  if (!seal) return refusals_.add(seal.error(), from());
  const bool ours = seal->purpose == envelope::Purpose::down && seal->session == session_->id;
  if (!ours) {
    return refusals_.add(Refusal::unknown_session, from());
  }
  const auto envelope = session_->verifier.open(*received, clock_.wall(), options_.limits);
  if (!envelope) {
    refusals_.add(envelope.error().failure, from());
    const auto& answers = envelope.error().answers;
    if (answers) {
      return owner_.refused(*this, *answers, frames, envelope.error().failure.refusal);
    }
    // It was genuine and cannot be read, so what it took of the credit cannot be given back.
    const bool genuine = envelope.error().failure.refusal == Refusal::malformed_header;
    return genuine ? drop("it says what cannot be understood") : void();
  }
  heartbeat_->heard(clock_.steady());
  handle(*envelope, frames);
}

void Link::handle(const envelope::VerifiedEnvelope& envelope, bus::Message& frames) {
  switch (envelope.header().type) {
    case MessageType::message:
      return owner_.message(*this, envelope, frames);
    case MessageType::ack:
      return registration_answered(envelope.header());
    case MessageType::refused:
      registration_answered(envelope.header());
      return report_refusal(envelope.header());
    case MessageType::bye:
      return drop("the ingress said good-bye");
    default:
      return;  // a heartbeat: being heard is all
  }
}

// An ack when all of it is live, else one refusal for each entry that is not.
void Link::registration_answered(const Header& header) {
  if (header.answers != registration_) return;
  if (!registration_answered_) refused_.clear();
  registration_answered_ = true;
  if (header.type != MessageType::refused || header.subject.empty()) return;
  if (refused_.size() >= kMostRefused) return;
  refused_.push_back({std::string(header.subject),
                      base::refusal_named(header.code).value_or(Refusal::not_granted),
                      std::string(header.reason)});
}

void Link::report_refusal(const Header& header) {
  log::warning("Bus: the ingress refused {}: {}: {}", log::escaped(header.subject),
               log::escaped(header.code), log::escaped(header.reason));
  const auto refusal = base::refusal_named(header.code);
  if (refusal == Refusal::too_many_sessions) drop("the ingress has too many sessions");
}

// ---------------------------------------------------------------- what is sent

base::Result<base::Uuid> Link::send(Header header, base::ByteView payload) {
  if (state_ != State::live) return base::refuse(Refusal::unknown_session);
  header.issued = clock_.wall();
  header.id = base::make_uuid_v7(header.issued, random_);
  const auto encoded = envelope::encode_control(header);
  if (!encoded) return tl::make_unexpected(encoded.error());
  if (encoded->bytes().size() + payload.size() > options_.limits.header_and_payload) {
    return base::refuse(Refusal::payload_too_large);
  }
  const auto seal = session_->sealer.seal(*encoded, payload);
  auto message = bus::message_of({seal, encoded->bytes(), payload});
  const base::ByteCount size = bus::size_of(message);
  if (socket_->send(message) != bus::Dealer::Status::sent) {
    broken_ = true;
    return base::refuse(Refusal::replica_lost);
  }
  traffic_.sent(size.value);
  return header.id;
}

void Link::send_control(MessageType type, std::string_view reason) {
  Header header;
  header.type = type;
  header.reason = reason;
  // If it is lost, silence tells the ingress the same.
  [[maybe_unused]] const auto sent = send(header);
}

}  // namespace sealbus::delivery
