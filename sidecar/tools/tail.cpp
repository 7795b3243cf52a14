#include "sidecar/tools/tail.hpp"

#include <algorithm>
#include <csignal>
#include <optional>
#include <ostream>

#include <fmt/core.h>

#include "common/base/clock.hpp"
#include "common/base/log.hpp"
#include "common/bus/address.hpp"
#include "common/bus/poller.hpp"
#include "common/bus/subscriber.hpp"
#include "sidecar/config/address.hpp"
#include "sidecar/tools/exit_code.hpp"

namespace sealbus::tools {
namespace {

// How soon a signal is noticed when nothing else happens.
constexpr std::chrono::milliseconds kTurn{200};
// Lines between two looks at the signals.
constexpr unsigned kBatch = 64;
constexpr std::size_t kMostPrefixes = 64;
constexpr std::string_view kVariable = "SEALBUS_TAP";

// SIGINT and SIGTERM wait until they are asked for, in every thread that is made from now on.
class HeldSignals {
 public:
  HeldSignals() {
    sigemptyset(&set_);
    for (const int signal : {SIGINT, SIGTERM}) sigaddset(&set_, signal);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  ~HeldSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  [[nodiscard]] bool came() const {
    constexpr timespec kNow{};
    return sigtimedwait(&set_, nullptr, &kNow) > 0;
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

// ---------------------------------------------------------------- where

// The numeric endpoint of a tap. What listens there is believed about who a user is.
base::OrError<std::string> endpoint_of(const std::string& address) {
  const std::string shown = log::escaped(address);
  const auto parsed = settings::parse_bus_address(address);
  if (!parsed) return base::error(shown + ": " + parsed.error().message);
  const auto nowhere = base::error(
      shown +
      ": expected ipc:///path, or tcp:// on 127.0.0.1 with a port: what listens there is "
      "believed about who a user is");
  const bool tcp = parsed->transport == settings::BusAddress::Transport::tcp;
  if (settings::leaves_the_machine(*parsed) || (tcp && parsed->tcp.port == 0)) return nowhere;
  const auto resolved = bus::resolve(address);
  if (!resolved) return tl::make_unexpected(resolved.error());
  const auto number = settings::parse_bus_address(resolved->front());
  if (!number || settings::leaves_the_machine(*number)) return nowhere;
  return resolved->front();
}

// The address that the configuration names; or all that is wrong, with a line break.
base::OrError<std::string> configured_address(const settings::Input& input) {
  const auto variable = input.environment.find(std::string(kVariable));
  const bool no_file = !input.file && !input.environment.contains("SEALBUS_CONFIG");
  if (no_file && variable != input.environment.end()) return variable->second;
  if (no_file) {
    return base::error(
        fmt::format("name the address of a tap, a sidecar's --config, or set {}\n", kVariable));
  }
  const auto config = settings::load_sidecar(input);
  if (!config && settings::load_ingress(input)) {
    return base::error("this is an ingress's configuration, and only a sidecar has a tap\n");
  }
  if (!config) {
    std::string all;
    for (const config::Problem& problem : config.error()) all += to_string(problem) + "\n";
    return base::error(std::move(all));
  }
  if (!config->deliver.tap.empty()) return config->deliver.tap;
  return base::error(fmt::format("this sidecar has no tap; set deliver.tap ({})\n", kVariable));
}

// ---------------------------------------------------------------- what

base::OrError<bus::SubscriberOptions> subscription(const TailRequest& request) {
  if (request.contracts.size() > kMostPrefixes) {
    return base::error(fmt::format("--contract: at most {} of them", kMostPrefixes));
  }
  bus::SubscriberOptions options;
  options.max_message = {tap::kMostMap.value + tap::kMostPayload.value + 1'024};
  if (request.contracts.empty()) options.topics.emplace_back();
  for (const std::string& prefix : request.contracts) {
    if (prefix.empty() || prefix.size() > tap::kLongestContract) {
      return base::error(
          fmt::format("--contract: expected the beginning of a name, at most {} "
                      "bytes",
                      tap::kLongestContract));
    }
    options.topics.push_back(prefix);
    options.topics.push_back(std::string(tap::kRefusedTopic) + prefix);
  }
  return options;
}

class Tail {
 public:
  Tail(const TailRequest& request, std::ostream& out, std::ostream& notes)
      : request_(request), out_(out), notes_(notes) {}

  void changed(bus::Subscriber::Change change, std::string_view address) {
    const bool connected = change == bus::Subscriber::Change::connected;
    notes_ << fmt::format("tail: {} {}\n", connected ? "connected to" : "lost contact with",
                          address)
           << std::flush;
  }

  void received(const std::variant<bus::Message, bus::BadShape>& received) {
    const auto* frames = std::get_if<bus::Message>(&received);
    if (frames == nullptr) return malformed("a wrong number or size of frames");
    std::vector<base::ByteView> views;
    for (const bus::Frame& frame : *frames) views.push_back(frame.view());
    const auto message = tap::decode(views);
    if (!message) return malformed(message.error().detail);
    const auto& users = request_.users;
    const bool wanted =
        users.empty() || std::find(users.begin(), users.end(), message->user) != users.end();
    if (wanted) show(*message);
  }

  // Nothing more is to be shown, or nothing more can be.
  [[nodiscard]] bool done() const {
    return !out_.good() || (request_.count > 0 && shown_ == request_.count);
  }
  int finish() {
    if (malformed_ > 0) {
      notes_ << fmt::format("tail: {} messages were malformed and are not shown\n", malformed_);
    }
    return out_.good() ? kExitGood : kExitFailed;
  }

 private:
  void show(const tap::Message& message) {
    out_ << (request_.format == OutputFormat::json ? as_json(message, request_.payloads)
                                                   : as_line(message, request_.payloads))
         << std::endl;
    ++shown_;
  }
  void malformed(std::string_view why) {
    ++malformed_;
    if (!limiter_.admit()) return;
    notes_ << fmt::format("tail: a malformed message: {}\n", log::escaped(why)) << std::flush;
  }

  const TailRequest& request_;
  std::ostream& out_;
  std::ostream& notes_;
  const base::SystemClock clock_;
  log::Limiter limiter_{clock_};
  std::uint64_t shown_ = 0;
  std::uint64_t malformed_ = 0;
};

// At most a batch. False: that was all there is.
bool read_batch(bus::Subscriber& subscriber, Tail& tail, std::string_view address) {
  for (auto change = subscriber.next_change(); change != bus::Subscriber::Change::none;
       change = subscriber.next_change()) {
    tail.changed(change, address);
  }
  for (unsigned i = 0; i < kBatch && !tail.done(); ++i) {
    const auto received = subscriber.receive();
    if (!received) return false;
    tail.received(*received);
  }
  return true;
}

}  // namespace

int tail(const TailRequest& request, const settings::Input& input, std::ostream& out,
         std::ostream& notes) {
  auto address = request.address.empty() ? configured_address(input)
                                         : base::OrError<std::string>(request.address);
  if (!address) return notes << address.error().message, kExitUsage;
  const auto endpoint = endpoint_of(*address);
  const auto options = subscription(request);
  if (!endpoint) notes << endpoint.error().message << "\n";
  if (!options) notes << options.error().message << "\n";
  if (!endpoint || !options) return kExitUsage;

  const HeldSignals signals;
  bus::Context context;
  auto subscriber = bus::Subscriber::open(context, *endpoint, *options);
  if (!subscriber) return notes << subscriber.error().message << "\n", kExitFailed;
  const base::Wakeup nobody;
  bus::Poller poller(nobody);
  poller.add(0, subscriber->poll_handles());
  const std::string shown = log::escaped(*endpoint);
  notes << "tail: waiting for " << shown << "\n" << std::flush;
  Tail tail(request, out, notes);
  while (!tail.done() && !signals.came()) {
    if (!read_batch(*subscriber, tail, shown)) static_cast<void>(poller.wait(kTurn));
  }
  poller.remove(0);
  return tail.finish();
}

}  // namespace sealbus::tools
