#include "sidecar/delivery/door.hpp"

#include <algorithm>
#include <numeric>

namespace sealbus::delivery {

using base::Refusal;

Door::Door(Options options, DoorPort& port, Upstream& upstream, base::RefusalCounters& counters,
           const base::Clock& clock)
    : options_(std::move(options)),
      port_(port),
      upstream_(upstream),
      refusals_("Door", counters, clock),
      clock_(clock) {}

bool Door::ready() const {
  return std::any_of(processes_.begin(), processes_.end(),
                     [](const auto& item) { return !item.second.leaving; });
}

std::uint64_t Door::room() const {
  std::uint64_t room = 0;
  for (const auto& [id, process] : processes_) room += process.leaving ? 0 : process.credit;
  return room;
}

// ---------------------------------------------------------------- messages to the service

void Door::deliver(Delivery delivery) {
  if (!serves(delivery.contract)) return upstream_.refuse(delivery, Refusal::no_replica);
  const auto process = choose(delivery.contract);
  if (process == processes_.end() || !give(process, delivery)) {
    waiting_.push_back(std::move(delivery));
  }
}

bool Door::serves(std::string_view contract) const {
  return std::any_of(processes_.begin(), processes_.end(), [&](const auto& item) {
    return !item.second.leaving && item.second.contracts.contains(contract);
  });
}

// Round robin: the first with room after the one that was served last.
Door::Processes::iterator Door::choose(std::string_view contract) {
  const auto able = [&](const auto& item) {
    const Process& process = item.second;
    return !process.leaving && process.in_flight.size() < process.credit &&
           process.contracts.contains(contract);
  };
  const auto middle = processes_.upper_bound(last_);
  const auto after = std::find_if(middle, processes_.end(), able);
  if (after != processes_.end()) return after;
  const auto before = std::find_if(processes_.begin(), middle, able);
  return before != middle ? before : processes_.end();
}

bool Door::give(Processes::iterator process, Delivery& delivery) {
  auto& [id, state] = *process;
  if (!port_.send(id, delivery.header, delivery.payload)) return false;
  last_ = id;
  delivery.header = {};
  upstream_.delivered(delivery);
  const base::Uuid message = delivery.id;
  state.in_flight.emplace(message, std::move(delivery));
  return true;
}

void Door::serve_waiting() {
  std::deque<Delivery> kept;
  while (!waiting_.empty()) {
    Delivery delivery = std::move(waiting_.front());
    waiting_.pop_front();
    const auto process = choose(delivery.contract);
    if (process == processes_.end() || !give(process, delivery))
      kept.push_back(std::move(delivery));
  }
  waiting_ = std::move(kept);
}

// ---------------------------------------------------------------- from the service

void Door::received(const ProcessId& id, const bus::Message& message) {
  std::vector<base::ByteView> frames;
  for (const bus::Frame& frame : message) frames.push_back(frame.view());
  const auto header = decode_door_message(frames);
  if (header) return handle(id, *header, frames[1]);
  refuse(id, header.error().refusal, header.error().detail, {});
  const auto process = processes_.find(id);
  if (process != processes_.end()) lose(process, "it sent something malformed");
}

void Door::malformed(const ProcessId& id) {
  refuse(id, Refusal::bad_size, base::sentence(Refusal::bad_size), {});
  const auto process = processes_.find(id);
  if (process != processes_.end()) lose(process, "it sent something malformed");
}

void Door::handle(const ProcessId& id, const DoorHeader& header, base::ByteView payload) {
  if (header.type == DoorType::subscribe) return subscribe(id, header);
  const auto process = processes_.find(id);
  if (process == processes_.end()) {
    return refuse(id, Refusal::unknown_session, "subscribe first", header.id);
  }
  process->second.heartbeat.heard(clock_.steady());
  switch (header.type) {
    case DoorType::reply:
    case DoorType::ack:
    case DoorType::nack:
    case DoorType::reject:
    case DoorType::progress:
      return answer(id, process->second, header, payload);
    case DoorType::bye:
      process->second.leaving = true;
      log::info("Door: {} says good-bye", log::escaped(process->second.name));
      send(process, encode_door_bye({}));  // nothing new comes after this
      return refuse_unserved();
    default:
      return;  // a heartbeat: being heard is all
  }
}

void Door::subscribe(const ProcessId& id, const DoorHeader& header) {
  std::vector<std::string> contracts(header.contracts.begin(), header.contracts.end());
  if (contracts.empty()) contracts = options_.contracts;
  for (const std::string& contract : contracts) {
    const auto& known = options_.contracts;
    if (std::find(known.begin(), known.end(), contract) != known.end()) continue;
    return refuse(id, Refusal::unknown_contract, "the sidecar does not declare " + contract, {});
  }
  const auto now = clock_.steady();
  const auto [process, is_new] =
      processes_.try_emplace(id, bus::Heartbeat(options_.heartbeat, now));
  Process& state = process->second;
  state.name = header.name;
  state.contracts = {contracts.begin(), contracts.end()};
  state.credit = header.credit;
  state.leaving = false;
  state.heartbeat.heard(now);
  if (is_new) {
    log::info("Door: {} subscribed to {} contracts", log::escaped(state.name), contracts.size());
  }
  send(process,
       encode_subscribed({options_.service, options_.instance, options_.heartbeat, contracts}));
  refuse_unserved();
  serve_waiting();
}

void Door::answer(const ProcessId& id, Process& process, const DoorHeader& header,
                  base::ByteView payload) {
  const auto found = process.in_flight.find(*header.id);
  if (found == process.in_flight.end()) {
    return refuse(id, Refusal::replayed, "this message is not in flight here", header.id);
  }
  upstream_.answer(found->second, header, payload);
  if (header.type == DoorType::progress) return;
  process.in_flight.erase(found);
  serve_waiting();
}

void Door::refuse(const ProcessId& id, Refusal refusal, std::string_view reason,
                  const std::optional<base::Uuid>& message) {
  refusals_.add({refusal, std::string(reason)}, "message");
  bus::Frame empty;
  [[maybe_unused]] const bool sent =
      port_.send(id, encode_door_refused(refusal, reason, message), empty);
}

// ---------------------------------------------------------------- coming and going

void Door::connection_closed(const ProcessId& id) {
  const auto process = processes_.find(id);
  if (process != processes_.end()) lose(process, "its connection closed");
}

void Door::lose(Processes::iterator process, std::string_view why) {
  auto node = processes_.extract(process);
  Process& lost = node.mapped();
  log::info("Door: {} is gone: {}", log::escaped(lost.name), why);
  for (const auto& [id, delivery] : lost.in_flight) {
    upstream_.refuse(delivery, Refusal::handler_failed);
  }
  refuse_unserved();
  serve_waiting();
}

void Door::forget(std::size_t link) {
  std::erase_if(waiting_, [&](const Delivery& delivery) {
    const bool over = delivery.origin.link == link;
    if (over) upstream_.forgotten(delivery);
    return over;
  });
}

// What waits for a contract that no process takes any more.
void Door::refuse_unserved() {
  std::deque<Delivery> kept;
  for (Delivery& delivery : std::exchange(waiting_, {})) {
    if (serves(delivery.contract)) {
      kept.push_back(std::move(delivery));
    } else {
      upstream_.refuse(delivery, Refusal::no_replica);
    }
  }
  waiting_ = std::move(kept);
}

void Door::hand_back(Refusal refusal) {
  for (const Delivery& delivery : std::exchange(waiting_, {})) upstream_.refuse(delivery, refusal);
}

void Door::tick() {
  const auto now = clock_.steady();
  for (auto at = processes_.begin(); at != processes_.end();) {
    const auto process = at++;
    if (process->second.heartbeat.lost(now)) {
      lose(process, "it fell silent");
    } else if (process->second.heartbeat.due(now)) {
      send(process, encode_door_heartbeat());
    }
  }
  const auto expired =
      std::stable_partition(waiting_.begin(), waiting_.end(),
                            [&](const Delivery& delivery) { return delivery.deadline > now; });
  std::vector<Delivery> late(std::make_move_iterator(expired),
                             std::make_move_iterator(waiting_.end()));
  waiting_.erase(expired, waiting_.end());
  for (const Delivery& delivery : late) upstream_.refuse(delivery, Refusal::expired);
}

base::SteadyTime Door::next_tick() const {
  base::SteadyTime next = clock_.steady() + std::chrono::seconds(1);
  for (const auto& [id, process] : processes_) next = std::min(next, process.heartbeat.next());
  return next;
}

std::size_t Door::in_flight() const {
  return std::accumulate(
      processes_.begin(), processes_.end(), waiting_.size(),
      [](std::size_t sum, const auto& item) { return sum + item.second.in_flight.size(); });
}

std::size_t Door::in_flight_of(std::size_t link) const {
  const auto came_on_it = [link](const Delivery& delivery) { return delivery.origin.link == link; };
  auto count = std::count_if(waiting_.begin(), waiting_.end(), came_on_it);
  for (const auto& [id, process] : processes_) {
    count += std::count_if(process.in_flight.begin(), process.in_flight.end(),
                           [&](const auto& item) { return came_on_it(item.second); });
  }
  return static_cast<std::size_t>(count);
}

void Door::close() {
  for (auto process = processes_.begin(); process != processes_.end(); ++process) {
    send(process, encode_door_bye("the sidecar is shutting down"));
  }
}

bool Door::send(Processes::iterator process, const base::Bytes& header) {
  bus::Frame empty;
  if (!port_.send(process->first, header, empty)) return false;
  return true;
}

std::vector<Door::ProcessView> Door::view() const {
  std::vector<ProcessView> views;
  for (const auto& [id, process] : processes_) {
    views.push_back({process.name, process.in_flight.size(), process.credit});
  }
  return views;
}

}  // namespace sealbus::delivery
