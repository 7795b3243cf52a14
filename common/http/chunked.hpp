#pragma once
// The strict part of the chunked coding (RFC 9112 section 7.1) that is accepted: sizes of at most
// eight hexadecimal digits, CRLF, data, CRLF. Chunk extensions and trailers are refused.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

namespace sealbus::http {

class ChunkedDecoder {
 public:
  explicit ChunkedDecoder(base::ByteCount max_body) : max_body_(max_body) {}

  // Appends what `input` holds of the body to `body` and returns how much of `input` was used: all
  // of it, unless the message ended before. bad_request; payload_too_large as soon as a chunk is
  // announced that exceeds the limit.
  [[nodiscard]] base::Result<std::size_t> decode(std::string_view input, std::string& body);

  [[nodiscard]] bool done() const { return state_ == State::done; }

 private:
  enum class State : std::uint8_t { size, size_lf, data, data_cr, data_lf, end_cr, end_lf, done };

  [[nodiscard]] base::Result<void> step(char c);
  [[nodiscard]] base::Result<void> digit_or_end(char c);
  [[nodiscard]] base::Result<void> expect(char c, char expected, State next);

  base::ByteCount max_body_;
  State state_ = State::size;
  unsigned digits_ = 0;
  std::uint64_t size_ = 0;   // of the chunk that is being announced
  std::uint64_t left_ = 0;   // of the chunk that is being read
  std::uint64_t total_ = 0;  // of all chunks announced
};

}  // namespace sealbus::http
