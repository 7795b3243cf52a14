#pragma once
// How an answer gets back to the worker that has the connection: a stack without locks, and one
// wake-up for all answers that arrive while the worker is busy. Internal to common/http.

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "common/http/message.hpp"

namespace sealbus::http {

struct Exchange;

// Where an exchange's answer is wanted. Worker thread only.
class AnswerTaker {
 public:
  virtual void take_answer() = 0;

 protected:
  ~AnswerTaker() = default;
};

// A worker's inbox. Shared by the worker and every exchange, so that an answer that comes too late
// finds a closed inbox and not a hole.
class Inbox {
 public:
  // `wake` is called from any thread, and after it deliver() has to be called on the worker.
  explicit Inbox(std::function<void()> wake) : wake_(std::move(wake)) {}
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;
  ~Inbox() { close(); }

  // Any thread.
  void push(std::shared_ptr<Exchange> exchange);

  // The worker's thread only.
  void belongs_to_this_thread() { thread_ = std::this_thread::get_id(); }
  void deliver();
  // Answers that come from now on are dropped.
  void close();

  // Any thread, once an exchange of this inbox exists.
  [[nodiscard]] bool is_on_its_thread() const { return thread_ == std::this_thread::get_id(); }

 private:
  Exchange* closed_mark();

  std::function<void()> wake_;
  std::thread::id thread_;
  std::atomic<Exchange*> newest_{nullptr};
};

// One for each connection, for one request after the other.
struct Exchange {
  explicit Exchange(std::shared_ptr<Inbox> worker, AnswerTaker& session)
      : inbox(std::move(worker)), taker(&session) {}

  const std::shared_ptr<Inbox> inbox;
  // Worker thread only.
  AnswerTaker* taker;      // none: the connection is over
  bool in_handle = false;  // Handler::handle is on the stack
  // Whoever holds the Responder, then the worker. Nothing: dropped without an answer.
  std::optional<Response> response;
  // The inbox's, while it is in there.
  Exchange* next = nullptr;
  std::shared_ptr<Exchange> itself;
};

}  // namespace sealbus::http
