#pragma once
// From the threads of handlers to the one that owns the socket: answers, and the wish to be woken.

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "protocol.hpp"
#include "sealbus/log.hpp"

namespace sealbus::detail {

class Ticket;

struct Outgoing {
  enum class What {
    answer,
    progress,
    skipped
  };  // skipped: no handler began, it was dropped before
  std::shared_ptr<Ticket> ticket;
  What what;
  Frames frames;  // of the answer
};

// Safe on any thread. Bounded by what is in flight: a message has one answer and at most one
// progress in here at a time. Tickets keep it, so it may live longer than its service.
class Outbox {
 public:
  explicit Outbox(Log log);  // throws std::system_error
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;
  ~Outbox();

  // False: it is closed.
  bool put(Outgoing outgoing);
  [[nodiscard]] std::vector<Outgoing> take();
  // Takes nothing more: nobody will look.
  void close();

  // Readable once somebody woke; in a signal handler, too.
  void wake() const noexcept;
  void calm() const noexcept;
  [[nodiscard]] int wake_fd() const { return wake_fd_; }
  [[nodiscard]] const Log& log() const { return log_; }

 private:
  const Log log_;
  const int wake_fd_;
  std::mutex mutex_;
  std::vector<Outgoing> outgoing_;
  bool closed_ = false;
};

// One message in flight, as everybody knows it who may answer it.
class Ticket {
 public:
  Ticket(const Message& message, std::shared_ptr<Outbox> outbox)
      : id_(message.id),
        kind_(message.kind),
        contract_(message.contract),
        outbox_(std::move(outbox)) {}

  // A handler begins with it, or it is dropped because its connection is lost; the first wins.
  [[nodiscard]] bool begin() { return settle(Stage::begun); }
  [[nodiscard]] bool drop() { return settle(Stage::dropped); }

  static void tell_skipped(const std::shared_ptr<Ticket>& ticket);
  static void tell_progress(const std::shared_ptr<Ticket>& ticket);
  // For the socket's thread: from now on another progress may be told.
  void progress_was_told() { progress_waits_ = false; }

  // False, and nothing done, if there was an answer before, or the service is gone.
  static bool answer(const std::shared_ptr<Ticket>& ticket, Frames frames);
  [[nodiscard]] bool answered() const { return answered_; }

  [[nodiscard]] const MessageId& id() const { return id_; }
  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const std::string& contract() const { return contract_; }
  [[nodiscard]] const Log& log() const { return outbox_->log(); }

 private:
  enum class Stage { waiting, begun, dropped };
  bool settle(Stage stage) {
    Stage waiting = Stage::waiting;
    return stage_.compare_exchange_strong(waiting, stage);
  }

  const MessageId id_;
  const Kind kind_;
  const std::string contract_;
  const std::shared_ptr<Outbox> outbox_;
  std::atomic<Stage> stage_ = Stage::waiting;
  std::atomic<bool> answered_ = false;
  std::atomic<bool> progress_waits_ = false;
};

}  // namespace sealbus::detail
