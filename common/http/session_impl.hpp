#pragma once
// The bodies of session.hpp, which includes this.

#include <algorithm>
#include <array>
#include <exception>

#include "common/base/log.hpp"
#include "common/http/session.hpp"

namespace sealbus::http {

// A client whose requests never let a read wait would keep the others of its worker waiting.
constexpr unsigned kRequestsWithoutPause = 16;
// So much is read and dropped after the last response, that the client may see it.
constexpr std::size_t kMostLingering = 1'048'576;

template <typename Stream>
Session<Stream>::Session(Stream stream, Worker& worker, std::string peer)
    : stream_(std::move(stream)),
      worker_(worker),
      peer_(std::move(peer)),
      reader_(worker.options().limits),
      exchange_(std::make_shared<Exchange>(worker.inbox(), *this)) {
  reader_.request().peer = peer_;
  reader_.request().worker = worker.index();
  worker_.add(*this);
}

template <typename Stream>
Session<Stream>::~Session() {
  exchange_->taker = nullptr;
  worker_.remove(*this);
}

template <typename Stream>
Awaitable<void> Session<Stream>::run(std::unique_ptr<Session> session) {
  Session& self = *session;
  do {
    if (!co_await self.receive()) co_return;
    if (self.reader_.state() == RequestReader::State::complete) {
      self.hand_over();
      if (!self.answered_) co_await self.wait_for_answer();
    } else {
      const base::Failure& failure = self.reader_.failure();
      self.response_ = self.refuse(failure.refusal, failure.detail);
    }
    if (self.stopped_) co_return;
    self.prepare_response();
    if (!co_await self.write(self.head_, self.response_.body)) co_return;
    if (++self.without_pause_ == kRequestsWithoutPause) co_await self.let_others_run();
  } while (self.after_ == After::keep_alive && !self.stopped_);
  co_await self.close();
}

// Until a request is complete or refused.
template <typename Stream>
Awaitable<bool> Session<Stream>::receive() {
  reader_.next();
  enter(Phase::idle);
  if (reader_.idle() && !co_await wait_for_first_byte()) co_return false;
  while (true) {
    follow_reader();
    if (phase_ == Phase::handling) co_return true;
    if (phase_ == Phase::body && reader_.claim_continue()) {
      if (!co_await write("HTTP/1.1 100 Continue\r\n\r\n", {})) co_return false;
    }
    error_code error;
    const std::size_t count = co_await read(error);
    if (!error) {
      reader_.received(count);
    } else if (overdue_ && !stopped_ && phase_ != Phase::idle) {
      reader_.refuse(base::Refusal::request_timeout);
    } else {
      co_return false;
    }
  }
}

template <typename Stream>
Awaitable<bool> Session<Stream>::wait_for_first_byte() {
  error_code error;
  do {
    if (stopped_ || (overdue_ && !has_input(stream_))) co_return false;
    waits_for_first_byte_ = true;
    co_await stream_.lowest_layer().async_wait(asio::socket_base::wait_read, reporting(error));
    waits_for_first_byte_ = false;
    // Called off: to stop or because it took too long.
  } while (error == asio::error::operation_aborted);
  co_return !error && !stopped_;
}

template <typename Stream>
Awaitable<std::size_t> Session<Stream>::read(error_code& error) {
  const auto room = reader_.room();
  const asio::mutable_buffer buffer(room.data(), room.size());
  std::size_t count = try_read(stream_, buffer, error);
  if (error == asio::error::would_block) {
    error = {};
    count = co_await stream_.async_read_some(buffer, reporting(error));
    // Stopped when the bytes were already on their way: nobody would end the next wait.
    if (stopped_) error = asio::error::operation_aborted;
  }
  worker_.count_received(count);
  co_return count;
}

template <typename Stream>
Awaitable<bool> Session<Stream>::write(std::string_view head, std::string_view body) {
  while (!head.empty() || !body.empty()) {
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(head), asio::buffer(body)};
    error_code error;
    std::size_t count = try_write(stream_, buffers, error);
    if (error == asio::error::would_block) {
      error = {};
      count = co_await stream_.async_write_some(buffers, reporting(error));
    }
    worker_.count_sent(count);
    if (error || stopped_) co_return false;
    const std::size_t of_head = std::min(count, head.size());
    head.remove_prefix(of_head);
    body.remove_prefix(count - of_head);
  }
  co_return true;
}

template <typename Stream>
Awaitable<void> Session<Stream>::wait_for_answer() {
  Token token;
  co_await asio::async_initiate<Token, void()>(
      [this](Resume&& coroutine) { resume_.emplace(std::move(coroutine)); }, token);
}

// A connection that is closed with unread input is reset, and the client may lose the response: so
// what still comes is read and dropped, within limits.
template <typename Stream>
Awaitable<void> Session<Stream>::close() {
  enter(Phase::closing);
  finish_writing(stream_);
  std::array<char, 1'024> dropped;
  error_code error;
  std::size_t total = 0;
  while (!error && !stopped_ && total < kMostLingering) {
    total += co_await stream_.async_read_some(asio::buffer(dropped), reporting(error));
  }
}

template <typename Stream>
Awaitable<void> Session<Stream>::let_others_run() {
  without_pause_ = 0;
  co_await asio::post(stream_.get_executor(), Token{});
}

template <typename Stream>
void Session<Stream>::enter(Phase phase) {
  const Timeouts& timeouts = worker_.options().timeouts;
  const auto timeout = [&]() -> milliseconds {
    switch (phase) {
      case Phase::idle:
        return worker_.draining() ? timeouts.drain : timeouts.idle;
      case Phase::head:
        return timeouts.header;
      case Phase::body:
        return timeouts.body;
      case Phase::writing:
        return timeouts.write;
      case Phase::closing:
        return timeouts.linger;
      case Phase::handling:
        break;
    }
    return {};
  }();
  phase_ = phase;
  overdue_ = false;
  // A handler takes the time it takes.
  deadline_ = phase == Phase::handling ? base::SteadyTime::max() : worker_.deadline(timeout);
}

// Each phase has its own time-out, from where it begins.
template <typename Stream>
void Session<Stream>::follow_reader() {
  using State = RequestReader::State;
  switch (reader_.state()) {
    case State::head:
      if (phase_ == Phase::idle && !reader_.idle()) enter(Phase::head);
      break;
    case State::body:
      if (phase_ != Phase::body) enter(Phase::body);
      break;
    case State::complete:
    case State::refused:
      enter(Phase::handling);
      break;
  }
}

template <typename Stream>
void Session<Stream>::hand_over() {
  answered_ = false;
  exchange_->in_handle = true;
  try {
    worker_.handler().handle(reader_.request(), Responder(exchange_));
  } catch (const std::exception& exception) {
    // The Responder has gone with the stack and was answered with `internal`.
    log::error("HTTP: a handler failed: {}", exception.what());
  }
  exchange_->in_handle = false;
}

template <typename Stream>
Response Session<Stream>::refuse(base::Refusal refusal, std::string detail) {
  const Request* request = reader_.has_head() ? &reader_.request() : nullptr;
  return worker_.handler().refuse(refusal, std::move(detail), {peer_, worker_.index()}, request);
}

template <typename Stream>
void Session<Stream>::prepare_response() {
  const Request& request = reader_.request();
  if (!is_sendable(response_)) {
    response_ = refuse(base::Refusal::internal, "the response cannot be sent as HTTP");
    if (!is_sendable(response_)) response_ = {500, {}, {}, {}};
  }
  const bool complete = reader_.state() == RequestReader::State::complete;
  const bool goes_on = complete && reader_.framing().keep_alive && !worker_.draining();
  after_ = goes_on ? After::keep_alive : After::close;
  write_head(response_, request.version, after_, worker_.date(), head_);
  if (!carries_body(response_.status, request.method)) response_.body.clear();
  enter(Phase::writing);
}

template <typename Stream>
void Session<Stream>::take_answer() {
  answered_ = true;
  if (exchange_->response) {
    response_ = std::move(*exchange_->response);
  } else {
    response_ = refuse(base::Refusal::internal, "the request was dropped without an answer");
  }
  exchange_->response.reset();
  resume();
}

// The coroutine may run to its end in here, and this session with it.
template <typename Stream>
void Session<Stream>::resume() {
  if (!resume_) return;
  Resume coroutine = std::move(*resume_);
  resume_.reset();
  std::move(coroutine)();
}

template <typename Stream>
void Session<Stream>::tick(base::SteadyTime now) {
  if (waits_for_first_byte_) reader_.release();
  if (now < deadline_) return;
  overdue_ = true;
  cancel();
}

template <typename Stream>
void Session<Stream>::drain() {
  if (!waits_for_first_byte_) return;
  deadline_ = std::min(deadline_, worker_.deadline(worker_.options().timeouts.drain));
}

template <typename Stream>
void Session<Stream>::stop() {
  stopped_ = true;
  cancel();
  resume();
}

template <typename Stream>
void Session<Stream>::cancel() {
  error_code ignored;
  stream_.lowest_layer().cancel(ignored);
}

}  // namespace sealbus::http
