#pragma once
// Waiting, in a coroutine, for what calls back. `co_await callback<T>(start)` calls `start` with a
// Completion<T>; the coroutine goes on, on the service's pool, when that is called with a T (with
// nothing, if T is void).

#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "sealbus/task.hpp"

namespace sealbus {

// Thrown where a coroutine waits for a Completion of which no copy is left.
struct Abandoned : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return "sealbus::Abandoned"; }
};

// Copies are the same completion. The first call counts, on any thread; later ones give false and
// do nothing.
template <typename T>
class Completion {
 public:
  using Value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

  bool operator()(Value value = {}) const { return state_->finish(std::move(value), {}); }
  bool fail(std::exception_ptr error) const { return state_->finish({}, std::move(error)); }

 private:
  template <typename, typename>
  friend class Callback;

  // Shared with the coroutine that waits.
  struct Outcome {
    std::optional<Value> value;
    std::exception_ptr error;
  };

  class State {
   public:
    State(Executor& executor, std::coroutine_handle<> waiting, Outcome& outcome)
        : executor_(&executor), waiting_(waiting), outcome_(&outcome) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { finish({}, std::make_exception_ptr(Abandoned())); }

    bool finish(std::optional<Value> value, std::exception_ptr error) {
      {
        const std::lock_guard lock(mutex_);
        if (outcome_ == nullptr) return false;
        *std::exchange(outcome_, nullptr) = {std::move(value), std::move(error)};
      }
      executor_->post([waiting = waiting_] { waiting.resume(); });
      return true;
    }

   private:
    std::mutex mutex_;
    Executor* executor_;
    std::coroutine_handle<> waiting_;
    Outcome* outcome_;  // null once it is set: the coroutine may be gone then
  };

  explicit Completion(std::shared_ptr<State> state) : state_(std::move(state)) {}

  std::shared_ptr<State> state_;
};

template <typename T, typename Start>
class [[nodiscard]] Callback {
 public:
  explicit Callback(Start start) : start_(std::move(start)) {}

  [[nodiscard]] bool await_ready() const noexcept { return false; }

  // The coroutine may go on, and with it this object end, while `start` still runs: everything
  // that is used here is of this call alone.
  template <typename Caller>
  requires std::is_base_of_v<detail::PromiseBase, Caller>
  void await_suspend(std::coroutine_handle<Caller> caller) {
    using State = typename Completion<T>::State;
    Start start = std::move(start_);
    const Completion<T> completion(
        std::make_shared<State>(*caller.promise().executor, caller, outcome_));
    try {
      std::invoke(start, completion);
    } catch (...) {
      completion.fail(std::current_exception());
    }
  }

  T await_resume() {
    if (outcome_.error) std::rethrow_exception(outcome_.error);
    if constexpr (!std::is_void_v<T>) return std::move(*outcome_.value);
  }

 private:
  Start start_;
  typename Completion<T>::Outcome outcome_;
};

// `start` is a name, or a lambda that captures by reference; the coroutine's own variables last.
// What else a lambda holds that stands inside a co_await expression, g++ 12 destroys twice, so that
// does not compile here, whatever the compiler.
template <typename T, typename Start>
Callback<T, std::remove_cvref_t<Start>> callback(Start&& start) {
  static_assert(std::is_lvalue_reference_v<Start> || std::is_trivially_copyable_v<Start>,
                "give this lambda a name, or let it capture by reference");
  return Callback<T, std::remove_cvref_t<Start>>(std::forward<Start>(start));
}

}  // namespace sealbus
