#include "sealbus/service.hpp"

#include <atomic>
#include <cstdio>
#include <stdexcept>

#include <unistd.h>

#include "address.hpp"
#include "contact.hpp"
#include "signals.hpp"
#include "wire.hpp"

namespace sealbus {
namespace {

std::string host_and_process() {
  std::string host(256, '\0');
  if (gethostname(host.data(), host.size() - 1) != 0) host = "localhost";
  host.resize(host.find_last_not_of('\0') + 1);
  return host + ":" + std::to_string(getpid());
}

}  // namespace

void log_to_standard_error(Severity severity, std::string_view line) {
  static constexpr const char* kNames[] = {"debug", "info", "warning", "error"};
  if (severity == Severity::debug) return;
  std::fprintf(stderr, "sealbus: %s: %.*s\n", kNames[static_cast<std::size_t>(severity)],
               static_cast<int>(line.size()), line.data());
}

// The pool is the last member: its threads are gone before what they use.
class Service::Parts {
 public:
  Parts(std::string address, ServiceOptions options)
      : settings{detail::checked_address(std::move(address)),
                 {options.credit, {}, std::vector<std::string>()},
                 options.drain},
        outbox(std::make_shared<detail::Outbox>(std::move(options.log))),
        pool(options.threads) {
    const std::string name = options.name.empty() ? host_and_process() : options.name;
    settings.subscription.name = detail::shortened(name, detail::kLongestName);
  }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  ~Parts() { outbox->close(); }

  detail::ContactSettings settings;
  detail::Handlers handlers;
  std::shared_ptr<detail::Outbox> outbox;
  std::atomic<unsigned> stops = 0;
  std::atomic<bool> running = false;
  detail::Pool pool;
};

Service::Service(std::string address, ServiceOptions options) {
  if (options.credit == 0) throw std::invalid_argument("credit is at least 1");
  if (options.threads == 0) throw std::invalid_argument("there is at least 1 thread");
  if (options.drain.count() < 0) throw std::invalid_argument("drain is not negative");
  if (!options.log) throw std::invalid_argument("log is a function");
  parts_ = std::make_unique<Parts>(std::move(address), std::move(options));
}

Service::~Service() = default;

void Service::add(std::initializer_list<std::string_view> contracts, detail::Handler handler) {
  if (parts_->running) throw std::logic_error("handlers are registered before run()");
  for (const std::string_view contract : contracts) {
    if (contract.empty() || contract.size() > detail::kLongestName || !detail::is_utf8(contract)) {
      throw std::invalid_argument("a contract's name has 1 to 128 bytes of UTF-8");
    }
    if (!parts_->handlers.emplace(contract, handler).second) {
      throw std::invalid_argument(std::string(contract) + " has a handler already");
    }
    parts_->settings.subscription.contracts->emplace_back(contract);
  }
}

int Service::run(Signals signals) {
  struct Running {
    explicit Running(Parts& running_parts) : parts(running_parts) {
      if (parts.running.exchange(true)) throw std::logic_error("this service runs already");
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() {
      parts.stops = 0;
      parts.running = false;
    }
    Parts& parts;
  };
  if (parts_->handlers.empty()) throw std::logic_error("a service needs a handler: on(...)");
  const Running running(*parts_);
  std::optional<detail::StopOnSignals> on_signals;
  if (signals == Signals::stop) on_signals.emplace(*this);
  detail::Contact contact(parts_->settings, parts_->handlers, parts_->pool, parts_->outbox,
                          parts_->stops);
  return contact.run() == 0 ? 0 : 1;
}

void Service::stop() noexcept {
  ++parts_->stops;
  parts_->outbox->wake();
}

}  // namespace sealbus
