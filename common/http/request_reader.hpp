#pragma once
// Makes requests out of bytes, without touching a socket. It belongs to one connection and lends
// its memory to the requests' views; buffers are kept from one request to the next.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/result.hpp"
#include "common/http/chunked.hpp"
#include "common/http/limits.hpp"
#include "common/http/message.hpp"
#include "common/http/strictness.hpp"

namespace sealbus::http {

class RequestReader {
 public:
  // head, body: more bytes are needed. complete: request() may be handled. refused: failure() says
  // why, and where the next request begins is not known.
  enum class State : std::uint8_t { head, body, complete, refused };

  explicit RequestReader(const Limits& limits) : limits_(limits) {}

  // Forgets the request and begins with the next, which may have arrived already (pipelining).
  State next();

  // Where the next bytes go; never empty in the states head and body. Then: how many there were.
  std::span<char> room();
  State received(std::size_t count);

  [[nodiscard]] State state() const { return state_; }
  // No byte of the request has arrived yet.
  [[nodiscard]] bool idle() const { return state_ == State::head && begin_ == end_; }
  // While idle: gives the memory back until it is needed.
  void release();

  // Refuses from outside, for a time-out.
  State refuse(base::Refusal refusal);

  Request& request() { return request_; }
  // The request's head was read and checked.
  [[nodiscard]] bool has_head() const { return has_head_; }
  // What to do after the response; as sent by the client.
  [[nodiscard]] const Framing& framing() const { return framing_; }
  // True once, if the client waits for 100 Continue before it sends the body (RFC 9110 10.1.1).
  bool claim_continue() { return std::exchange(framing_.expects_continue, false); }
  // Why it was refused.
  [[nodiscard]] const base::Failure& failure() const { return *failure_; }

 private:
  // What was read and belongs to no request yet, or to the head that is being read.
  [[nodiscard]] std::string_view pending() const { return {buffer_.get() + begin_, end_ - begin_}; }
  void reserve(std::size_t capacity);
  void keep_what_follows();

  State refuse(base::Failure failure);
  State scan();
  bool skip_empty_line();
  State refuse_if_too_large();
  State head_arrived(std::size_t size);
  [[nodiscard]] base::Result<void> parse(std::string_view head);
  State begin_body();
  State decode_chunks(std::string_view bytes, std::size_t& used);

  const Limits limits_;
  State state_ = State::head;
  std::unique_ptr<char[]> buffer_;  // pending() is its part from begin_ to end_
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t scanned_ = 0;     // in pending(): every line end before this was seen
  std::size_t line_start_ = 0;  // in pending(): after the last line end
  bool skipped_empty_line_ = false;

  Request request_;
  Framing framing_;
  bool has_head_ = false;
  std::uint64_t body_received_ = 0;  // of a sized body
  std::optional<ChunkedDecoder> chunked_;
  std::string raw_;  // what a chunked body is read into; pipelined bytes may follow its end
  std::size_t raw_used_ = 0;
  std::size_t raw_end_ = 0;
  std::optional<base::Failure> failure_;
};

}  // namespace sealbus::http
