#include "common/http/chunked.hpp"

#include <algorithm>

namespace sealbus::http {
namespace {

using base::Refusal;
using base::Result;

constexpr unsigned kMaxDigits = 8;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Result<std::size_t> ChunkedDecoder::decode(std::string_view input, std::string& body) {
  std::size_t at = 0;
  while (at < input.size() && state_ != State::done) {
    if (state_ == State::data) {
      const std::size_t take = std::min<std::uint64_t>(left_, input.size() - at);
      body.append(input.substr(at, take));
      at += take;
      left_ -= take;
      if (left_ == 0) state_ = State::data_cr;
    } else if (auto ok = step(input[at++]); !ok) {
      return tl::unexpected(ok.error());
    }
  }
  return at;
}

Result<void> ChunkedDecoder::step(char c) {
  switch (state_) {
    case State::size:
      return digit_or_end(c);
    case State::size_lf:
      digits_ = 0;
      left_ = std::exchange(size_, 0);
      return expect(c, '\n', left_ == 0 ? State::end_cr : State::data);
    case State::data_cr:
      return expect(c, '\r', State::data_lf);
    case State::data_lf:
      return expect(c, '\n', State::size);
    case State::end_cr:
      return expect(c, '\r', State::end_lf);
    case State::end_lf:
      return expect(c, '\n', State::done);
    case State::data:
    case State::done:
      break;
  }
  return {};
}

Result<void> ChunkedDecoder::digit_or_end(char c) {
  if (c == '\r' && digits_ > 0) {
    total_ += size_;
    if (total_ > max_body_.value) return base::refuse(Refusal::payload_too_large);
    state_ = State::size_lf;
    return {};
  }
  if (c == ';') return base::refuse(Refusal::bad_request, "chunk extensions are not accepted");
  const int value = hex_value(c);
  if (value < 0 || digits_ == kMaxDigits) {
    return base::refuse(Refusal::bad_request, "a chunk's size is ill-formed");
  }
  ++digits_;
  size_ = size_ * 16 + static_cast<unsigned>(value);
  return {};
}

Result<void> ChunkedDecoder::expect(char c, char expected, State next) {
  if (c != expected) {
    return base::refuse(Refusal::bad_request, state_ == State::end_cr
                                                  ? "trailers are not accepted"
                                                  : "a chunk does not end where it should");
  }
  state_ = next;
  return {};
}

}  // namespace sealbus::http
