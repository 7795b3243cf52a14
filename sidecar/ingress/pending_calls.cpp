#include "sidecar/ingress/pending_calls.hpp"

namespace sealbus::ingress {

PendingCall& PendingCalls::add(Call call) {
  const auto timeout = call.contract->definition.timeout;
  const base::Uuid id = call.id;
  Order& order = by_timeout_[timeout];
  const auto place = order.insert(order.end(), id);
  auto pending = std::make_unique<PendingCall>(PendingCall{std::move(call), {}, {}});
  return *calls_.emplace(id, Entry{std::move(pending), timeout, place}).first->second.pending;
}

PendingCall* PendingCalls::find(const base::Uuid& id) {
  const auto found = calls_.find(id);
  return found == calls_.end() ? nullptr : found->second.pending.get();
}

std::unique_ptr<PendingCall> PendingCalls::remove(const base::Uuid& id) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) return nullptr;
  const auto order = by_timeout_.find(found->second.timeout);
  order->second.erase(found->second.place);
  if (order->second.empty()) by_timeout_.erase(order);
  auto pending = std::move(found->second.pending);
  calls_.erase(found);
  return pending;
}

std::vector<std::unique_ptr<PendingCall>> PendingCalls::expire(base::SteadyTime now) {
  std::vector<base::Uuid> due;
  for (const auto& [timeout, order] : by_timeout_) {
    for (const base::Uuid& id : order) {
      if (calls_.at(id).pending->call.deadline > now) break;
      due.push_back(id);
    }
  }
  std::vector<std::unique_ptr<PendingCall>> expired;
  expired.reserve(due.size());
  for (const base::Uuid& id : due) expired.push_back(remove(id));
  return expired;
}

std::optional<base::SteadyTime> PendingCalls::next_deadline() const {
  std::optional<base::SteadyTime> next;
  for (const auto& [timeout, order] : by_timeout_) {
    const base::SteadyTime deadline = calls_.at(order.front()).pending->call.deadline;
    if (!next || deadline < *next) next = deadline;
  }
  return next;
}

std::vector<std::unique_ptr<PendingCall>> PendingCalls::clear() {
  std::vector<std::unique_ptr<PendingCall>> all;
  all.reserve(calls_.size());
  for (auto& [id, entry] : calls_) all.push_back(std::move(entry.pending));
  calls_.clear();
  by_timeout_.clear();
  return all;
}

}  // namespace sealbus::ingress
