#include "common/http/exchange.hpp"

#include "common/http/handler.hpp"

namespace sealbus::http {
namespace {

void hand_in(std::shared_ptr<Exchange> exchange, std::optional<Response> response) {
  Inbox& inbox = *exchange->inbox;
  exchange->response = std::move(response);
  if (inbox.is_on_its_thread() && exchange->in_handle) {
    if (exchange->taker != nullptr) exchange->taker->take_answer();
    return;
  }
  inbox.push(std::move(exchange));
}

}  // namespace

Responder::~Responder() {
  if (exchange_) hand_in(std::move(exchange_), std::nullopt);
}

Responder& Responder::operator=(Responder&& other) noexcept {
  if (this != &other) {
    if (exchange_) hand_in(std::move(exchange_), std::nullopt);
    exchange_ = std::move(other.exchange_);
  }
  return *this;
}

void Responder::answer(Response response) {
  if (exchange_) hand_in(std::move(exchange_), std::move(response));
}

// What a closed inbox has for its newest exchange: an address that no exchange can have. It is only
// ever compared with.
Exchange* Inbox::closed_mark() { return reinterpret_cast<Exchange*>(this); }

void Inbox::push(std::shared_ptr<Exchange> exchange) {
  // The inbox may go with its last exchange, and that with the delivery.
  const std::shared_ptr<Inbox> alive = exchange->inbox;
  Exchange* const entry = exchange.get();
  entry->itself = std::move(exchange);
  Exchange* before = newest_.load(std::memory_order_relaxed);
  do {
    if (before == closed_mark()) {
      entry->itself.reset();
      return;
    }
    entry->next = before;
  } while (!newest_.compare_exchange_weak(before, entry, std::memory_order_acq_rel,
                                          std::memory_order_relaxed));
  if (before == nullptr) wake_();
}

void Inbox::deliver() {
  if (newest_.load(std::memory_order_relaxed) == closed_mark()) return;
  Exchange* newest = newest_.exchange(nullptr, std::memory_order_acq_rel);
  Exchange* oldest = nullptr;
  while (newest != nullptr) {
    Exchange* const next = newest->next;
    newest->next = oldest;
    oldest = newest;
    newest = next;
  }
  while (oldest != nullptr) {
    const std::shared_ptr<Exchange> exchange = std::move(oldest->itself);
    oldest = oldest->next;
    if (exchange->taker != nullptr) exchange->taker->take_answer();
  }
}

void Inbox::close() {
  Exchange* entry = newest_.exchange(closed_mark(), std::memory_order_acq_rel);
  while (entry != nullptr && entry != closed_mark()) {
    const std::shared_ptr<Exchange> exchange = std::move(entry->itself);
    entry = entry->next;
  }
}

}  // namespace sealbus::http
