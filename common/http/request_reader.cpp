#include "common/http/request_reader.hpp"

#include <algorithm>
#include <cstring>

#include "common/http/head_parser.hpp"
#include "common/http/target.hpp"

namespace sealbus::http {
namespace {

using base::Failure;
using base::Refusal;
using base::Result;

constexpr std::size_t kFirstCapacity = 4'096;
constexpr std::size_t kBodyStep = 65'536;
constexpr std::size_t kChunkStep = 16'384;
// What a request line has beside its target: the longest method, two spaces, the version.
constexpr std::size_t kAroundTarget = 20;

}  // namespace

void RequestReader::reserve(std::size_t capacity) {
  if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (capacity <= capacity_) return;
  auto larger = std::make_unique_for_overwrite<char[]>(capacity);
  if (end_ > 0) std::memcpy(larger.get(), buffer_.get(), end_);
  buffer_ = std::move(larger);
  capacity_ = capacity;
}

void RequestReader::keep_what_follows() {
  if (begin_ == end_) begin_ = end_ = 0;
  const std::size_t follows = raw_end_ - raw_used_;
  if (follows > 0) {
    reserve(std::max(kFirstCapacity, end_ - begin_ + follows));
    std::memcpy(buffer_.get() + end_, raw_.data() + raw_used_, follows);
    end_ += follows;
  }
  if (!raw_.empty()) raw_ = std::string();
  raw_used_ = raw_end_ = 0;
}

RequestReader::State RequestReader::next() {
  keep_what_follows();
  request_.method = request_.target = request_.path = request_.query = {};
  request_.fields.clear();
  request_.body.clear();
  request_.version = Version::http_1_1;
  chunked_.reset();
  failure_.reset();
  framing_ = {};
  has_head_ = false;
  skipped_empty_line_ = false;
  body_received_ = 0;
  scanned_ = line_start_ = 0;
  state_ = State::head;
  return begin_ == end_ ? state_ : scan();
}

void RequestReader::release() {
  buffer_.reset();
  capacity_ = begin_ = end_ = 0;
  request_.body = std::string();
}

std::span<char> RequestReader::room() {
  if (state_ == State::head) {
    if (end_ == capacity_) {
      // Twice as much, up to the limit; scan() refuses before the limit leaves no room.
      const std::size_t pending = end_ - begin_;
      const std::size_t most = std::max<std::size_t>(limits_.max_header.value, pending + 1);
      reserve(std::min(std::max(kFirstCapacity, 2 * pending), most));
    }
    return {buffer_.get() + end_, capacity_ - end_};
  }
  if (framing_.body == BodyKind::chunked) {
    raw_.resize(kChunkStep);
    return raw_;
  }
  const std::size_t step = std::min<std::uint64_t>(framing_.length - body_received_, kBodyStep);
  request_.body.resize(body_received_ + step);
  return {request_.body.data() + body_received_, step};
}

RequestReader::State RequestReader::received(std::size_t count) {
  if (state_ == State::head) {
    end_ += count;
    return scan();
  }
  if (framing_.body == BodyKind::chunked) {
    raw_end_ = count;
    return decode_chunks({raw_.data(), count}, raw_used_);
  }
  body_received_ += count;
  request_.body.resize(body_received_);
  if (body_received_ == framing_.length) state_ = State::complete;
  return state_;
}

RequestReader::State RequestReader::refuse(Failure failure) {
  failure_ = std::move(failure);
  return state_ = State::refused;
}

RequestReader::State RequestReader::refuse(Refusal refusal) {
  return refuse({refusal, std::string(base::sentence(refusal))});
}

// Looks at each line end as it arrives: a client that ends its lines otherwise would wait for a
// response, and we for the end of its headers.
RequestReader::State RequestReader::scan() {
  if (line_start_ == 0) {
    const char first = pending()[0];
    if (first != '\r' && (first < 'A' || first > 'Z')) {
      return refuse({Refusal::bad_request, "the request does not begin with a method"});
    }
  }
  while (true) {
    const std::string_view text = pending();
    const std::size_t lf = text.find('\n', scanned_);
    if (lf == std::string_view::npos) break;
    if (lf == 0 || text[lf - 1] != '\r') {
      return refuse({Refusal::bad_request, "a line ends in a line feed alone"});
    }
    if (lf == line_start_ + 1) {
      if (lf > 1) return head_arrived(lf + 1);
      if (!skip_empty_line()) return state_;
      continue;
    }
    scanned_ = line_start_ = lf + 1;
  }
  scanned_ = pending().size();
  return refuse_if_too_large();
}

// Before the request line, one is to be ignored (RFC 9112 section 2.2). False: there is a second.
bool RequestReader::skip_empty_line() {
  if (skipped_empty_line_) {
    refuse({Refusal::bad_request, "there are empty lines before the request"});
    return false;
  }
  skipped_empty_line_ = true;
  begin_ += 2;
  return true;
}

RequestReader::State RequestReader::refuse_if_too_large() {
  const std::size_t size = pending().size();
  const bool in_request_line = line_start_ == 0;
  if (in_request_line && size > limits_.max_target.value + kAroundTarget) {
    return refuse(Refusal::uri_too_long);
  }
  if (size >= limits_.max_header.value) return refuse(Refusal::headers_too_large);
  return state_;
}

RequestReader::State RequestReader::head_arrived(std::size_t size) {
  if (size > limits_.max_header.value) return refuse(Refusal::headers_too_large);
  const std::string_view head = pending().substr(0, size);
  begin_ += size;
  if (auto ok = parse(head); !ok) return refuse(std::move(ok.error()));
  has_head_ = true;
  return begin_body();
}

Result<void> RequestReader::parse(std::string_view head) {
  if (auto ok = check_head_bytes(head); !ok) return ok;
  const auto target = parse_head(head, request_);
  if (!target) return tl::unexpected(target.error());
  if (target->size() > limits_.max_target.value) return base::refuse(Refusal::uri_too_long);
  if (auto ok = check_method(request_.method); !ok) return ok;
  if (auto ok = parse_target(*target, request_); !ok) return ok;
  const auto framing = check_fields(request_, limits_);
  if (!framing) return tl::unexpected(framing.error());
  framing_ = *framing;
  return {};
}

RequestReader::State RequestReader::begin_body() {
  state_ = State::body;
  if (framing_.body == BodyKind::none) return state_ = State::complete;
  if (framing_.body == BodyKind::chunked) {
    chunked_.emplace(limits_.max_body);
    std::size_t used = 0;
    decode_chunks(pending(), used);
    begin_ += used;
    return state_;
  }
  request_.body.reserve(framing_.length);
  const std::string_view here = pending().substr(0, framing_.length);
  request_.body = here;
  begin_ += here.size();
  body_received_ = here.size();
  if (body_received_ == framing_.length) state_ = State::complete;
  return state_;
}

RequestReader::State RequestReader::decode_chunks(std::string_view bytes, std::size_t& used) {
  const auto decoded = chunked_->decode(bytes, request_.body);
  if (!decoded) return refuse(decoded.error());
  used = *decoded;
  if (chunked_->done()) state_ = State::complete;
  return state_;
}

}  // namespace sealbus::http
