#pragma once
// How the three kinds of handler become one. Nothing here is called by a service's own code.

#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "sealbus/auth.hpp"
#include "sealbus/message.hpp"
#include "sealbus/responder.hpp"
#include "sealbus/task.hpp"

namespace sealbus::detail {

// One message on its way through a handler. `work` keeps the service from ending before it.
struct Call {
  std::shared_ptr<void> work;
  Executor& executor;
  Responder responder;
  Auth auth;
  Message message;
};

// Called on a thread of the pool; what it throws is the call's failure.
using Handler = std::function<void(Call)>;

template <typename T>
inline constexpr bool is_task = false;
template <typename T>
inline constexpr bool is_task<Task<T>> = true;

// The coroutine at the bottom, which nobody awaits: it destroys itself at its end.
struct Root {
  struct promise_type : PromiseBase {
    template <typename Function>
    explicit promise_type(const Call& call, const Function& /*handler*/) {
      executor = &call.executor;
    }
    Root get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }  // all are caught below
  };
};

template <typename Function>
Root run_task(Call call, std::shared_ptr<Function> handler) {
  using Result = std::invoke_result_t<Function&, Auth, Message>;
  try {
    Result task = std::invoke(*handler, std::move(call.auth), std::move(call.message));
    if constexpr (std::is_same_v<Result, Task<void>>) {
      co_await task;
      call.responder.reply();
    } else {
      const Reply reply = co_await task;
      call.responder.reply(reply);
    }
  } catch (...) {
    call.responder.fail(std::current_exception());
  }
}

template <typename Function>
Handler adapt(Function function) {
  // std::function wants to copy what it holds; a handler need not be copyable.
  auto shared = std::make_shared<Function>(std::move(function));
  if constexpr (std::is_invocable_v<Function&, Auth, Message, Responder>) {
    return [shared](Call call) {
      std::invoke(*shared, std::move(call.auth), std::move(call.message), call.responder);
    };
  } else {
    static_assert(std::is_invocable_v<Function&, Auth, Message>,
                  "a handler takes (Auth, Message) or (Auth, Message, Responder)");
    using Result = std::invoke_result_t<Function&, Auth, Message>;
    if constexpr (is_task<Result>) {
      return [shared](Call call) { run_task(std::move(call), shared); };
    } else if constexpr (std::is_void_v<Result>) {
      return [shared](Call call) {
        std::invoke(*shared, std::move(call.auth), std::move(call.message));
        call.responder.reply();
      };
    } else {
      static_assert(std::is_convertible_v<Result, Reply>,
                    "a handler returns void, a Reply, or a Task of one of them");
      return [shared](Call call) {
        call.responder.reply(std::invoke(*shared, std::move(call.auth), std::move(call.message)));
      };
    }
  }
}

}  // namespace sealbus::detail
