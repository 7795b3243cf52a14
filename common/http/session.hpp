#pragma once
// One connection, from its first byte to its last: a coroutine that reads a request, has it
// handled, writes the response, and begins again. Over any stream that stream.hpp knows, so that
// TLS fits. Lives on its worker's thread. Internal to common/http.

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/http/exchange.hpp"
#include "common/http/request_reader.hpp"
#include "common/http/response_head.hpp"
#include "common/http/stream.hpp"
#include "common/http/worker.hpp"

namespace sealbus::http {

template <typename Stream>
class Session final : public Connection, public AnswerTaker {
 public:
  Session(Stream stream, Worker& worker, std::string peer);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // The whole connection; it ends with the coroutine.
  static Awaitable<void> run(std::unique_ptr<Session> session);

  void tick(base::SteadyTime now) override;
  void drain() override;
  void stop() override;
  void take_answer() override;

 private:
  enum class Phase : std::uint8_t { idle, head, body, handling, writing, closing };

  // False: the client has gone, or has to go without a word.
  Awaitable<bool> receive();
  Awaitable<bool> wait_for_first_byte();
  Awaitable<std::size_t> read(error_code& error);
  Awaitable<bool> write(std::string_view head, std::string_view body);
  Awaitable<void> wait_for_answer();
  Awaitable<void> close();
  Awaitable<void> let_others_run();

  void enter(Phase phase);
  void follow_reader();
  void hand_over();
  Response refuse(base::Refusal refusal, std::string detail);
  void prepare_response();
  void resume();
  void cancel();

  using Token = asio::use_awaitable_t<Executor>;
  using Resume = typename asio::async_result<Token, void()>::handler_type;
  static auto reporting(error_code& error) { return asio::redirect_error(Token{}, error); }

  Stream stream_;
  Worker& worker_;
  const std::string peer_;
  RequestReader reader_;
  Phase phase_ = Phase::idle;
  base::SteadyTime deadline_;
  bool overdue_ = false;  // the phase has reached its deadline
  bool stopped_ = false;
  bool waits_for_first_byte_ = false;
  unsigned without_pause_ = 0;  // requests since others had their turn

  const std::shared_ptr<Exchange> exchange_;
  bool answered_ = false;
  std::optional<Resume> resume_;  // the coroutine, while it waits for its answer
  Response response_;
  std::string head_;
  After after_ = After::keep_alive;
};

}  // namespace sealbus::http

#include "common/http/session_impl.hpp"
