#pragma once
// Handlers as C++20 coroutines. A Task<T> is lazy: it begins when it is awaited, and what it throws
// is thrown where it is awaited. While it waits it holds no thread.
//
//   sealbus::Task<sealbus::Reply> create(sealbus::Auth auth, sealbus::Message message) {
//     const std::string row = co_await sealbus::callback<std::string>([&](auto done) {
//       database.insert(message.payload, [done](std::string row) { done(std::move(row)); });
//     });
//     co_return sealbus::Reply::json(row);
//   }
//
// A coroutine's parameters outlive it only if they are values, and the captures of a lambda only as
// long as the lambda: a handler's lambda lives as long as its service, another one must be kept.

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "sealbus/executor.hpp"

namespace sealbus {

template <typename T = void>
class Task;

namespace detail {

// What every coroutine of a handler knows: where it runs, and who waits for it.
struct PromiseBase {
  Executor* executor = nullptr;
  std::coroutine_handle<> waiting = std::noop_coroutine();
  std::exception_ptr error;

  std::suspend_always initial_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept { error = std::current_exception(); }

  struct Final {
    bool await_ready() noexcept { return false; }
    template <typename Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) noexcept {
      return ended.promise().waiting;
    }
    void await_resume() noexcept {}
  };
  Final final_suspend() noexcept { return {}; }
};

template <typename T>
struct Promise : PromiseBase {
  Task<T> get_return_object() noexcept;
  template <typename U>
  void return_value(U&& returned) {
    value.emplace(std::forward<U>(returned));
  }
  T take() {
    if (error) std::rethrow_exception(error);
    return std::move(*value);
  }
  std::optional<T> value;
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object() noexcept;
  void return_void() noexcept {}
  void take() const {
    if (error) std::rethrow_exception(error);
  }
};

}  // namespace detail

// Owned by one place, on one thread at a time. Destroying it destroys the coroutine, which must not
// be running then.
template <typename T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  explicit Task(Handle handle) noexcept : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  // It runs where its caller does.
  template <typename Caller>
  requires std::is_base_of_v<detail::PromiseBase, Caller> std::coroutine_handle<> await_suspend(
      std::coroutine_handle<Caller> caller)
  noexcept {
    handle_.promise().executor = caller.promise().executor;
    handle_.promise().waiting = caller;
    return handle_;
  }
  T await_resume() { return handle_.promise().take(); }

 private:
  Handle handle_;
};

namespace detail {

template <typename T>
Task<T> Promise<T>::get_return_object() noexcept {
  return Task<T>(Task<T>::Handle::from_promise(*this));
}

inline Task<void> Promise<void>::get_return_object() noexcept {
  return Task<void>(Task<void>::Handle::from_promise(*this));
}

}  // namespace detail

// co_await resume_on_pool() goes on later, on a thread of the service's pool: to give others a
// turn, or to come back from the thread of another library.
struct resume_on_pool {
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <typename Caller>
  requires std::is_base_of_v<detail::PromiseBase, Caller>
  void await_suspend(std::coroutine_handle<Caller> caller) const {
    caller.promise().executor->post([caller] { caller.resume(); });
  }
  void await_resume() const noexcept {}
};

}  // namespace sealbus
