#pragma once
// A queue between threads that never grows and never blocks: full is an answer, not a wait.
// Any number of producers and consumers (a ring of slots with sequence numbers, after D. Vyukov).

#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace sealbus::base {

template <typename T>
class BoundedQueue {
  static_assert(std::is_nothrow_move_constructible_v<T>, "a slot that throws would block the ring");

 public:
  // Holds at least `capacity` items (rounded up to a power of two, at least 2).
  explicit BoundedQueue(std::size_t capacity)
      : mask_(std::bit_ceil(capacity < 2 ? std::size_t{2} : capacity) - 1),
        slots_(std::make_unique<Slot[]>(mask_ + 1)) {
    for (std::size_t i = 0; i <= mask_; ++i) slots_[i].turn.store(i, std::memory_order_relaxed);
  }

  [[nodiscard]] std::size_t capacity() const { return mask_ + 1; }

  // Was there nothing to pop at this moment?
  [[nodiscard]] bool empty() const {
    const std::size_t at = head_.load(std::memory_order_acquire);
    return slots_[at & mask_].turn.load(std::memory_order_acquire) < at + 1;
  }

  // Moves from `item` and returns true; leaves it alone and returns false when full.
  [[nodiscard]] bool try_push(T& item) {
    std::size_t at = tail_.load(std::memory_order_relaxed);
    while (true) {
      Slot& slot = slots_[at & mask_];
      const std::size_t turn = slot.turn.load(std::memory_order_acquire);
      if (turn == at) {
        if (tail_.compare_exchange_weak(at, at + 1, std::memory_order_relaxed)) {
          slot.item.emplace(std::move(item));
          slot.turn.store(at + 1, std::memory_order_release);
          return true;
        }
      } else if (turn < at) {
        return false;
      } else {
        at = tail_.load(std::memory_order_relaxed);
      }
    }
  }
  [[nodiscard]] bool try_push(T&& item) { return try_push(item); }

  // The oldest item; nothing when empty.
  [[nodiscard]] std::optional<T> try_pop() {
    std::size_t at = head_.load(std::memory_order_relaxed);
    while (true) {
      Slot& slot = slots_[at & mask_];
      const std::size_t turn = slot.turn.load(std::memory_order_acquire);
      if (turn == at + 1) {
        if (head_.compare_exchange_weak(at, at + 1, std::memory_order_relaxed)) {
          std::optional<T> item(std::move(slot.item));
          slot.item.reset();
          slot.turn.store(at + mask_ + 1, std::memory_order_release);
          return item;
        }
      } else if (turn < at + 1) {
        return std::nullopt;
      } else {
        at = head_.load(std::memory_order_relaxed);
      }
    }
  }

 private:
  struct Slot {
    std::atomic<std::size_t> turn{0};
    std::optional<T> item;
  };

  const std::size_t mask_;
  const std::unique_ptr<Slot[]> slots_;
  alignas(64) std::atomic<std::size_t> head_{0};
  alignas(64) std::atomic<std::size_t> tail_{0};
};

}  // namespace sealbus::base
