#pragma once
// What a handler gives back: a Reply that it returns, or one of three exceptions that it throws.
// Any other exception is a failure: it is logged here, a command or query is rejected with the code
// `handler_failed` and no text, and an event is put off.

#include <chrono>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sealbus {

// The HTTP response to a command or query; for an event it only says that it was handled. What is
// no HTTP response throws std::invalid_argument where it is made.
class Reply {
 public:
  // 204, without a body.
  Reply() = default;

  [[nodiscard]] static Reply json(std::string body, int status = 200);
  [[nodiscard]] static Reply text(std::string body, int status = 200);
  [[nodiscard]] static Reply bytes(std::string body, std::string content_type, int status = 200);
  // From 200 to 599, without a body.
  [[nodiscard]] static Reply empty(int status);

  // Adds a response header; its name is put in lower case. Headers that the ingress sets itself,
  // `content-length` and the like, are dropped there.
  Reply& header(std::string_view name, std::string value) &;
  Reply&& header(std::string_view name, std::string value) &&;

  [[nodiscard]] const std::string& body() const { return body_; }
  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] const std::string& content_type() const { return content_type_; }
  [[nodiscard]] const std::map<std::string, std::string>& headers() const { return headers_; }

 private:
  std::string body_;
  int status_ = 204;
  std::string content_type_;
  std::map<std::string, std::string> headers_;
};

// Not now: an event is delivered again, a command or query fails. The reason is logged by the
// sidecar and goes nowhere else; what is longer than 1,024 bytes is cut.
struct Retry : std::exception {
  // `delay` is the least time to wait, from 0 to one day (else std::invalid_argument); without it,
  // the contract's own.
  explicit Retry(std::optional<std::chrono::milliseconds> delay = std::nullopt,
                 std::string reason = {});
  [[nodiscard]] const char* what() const noexcept override { return "sealbus::Retry"; }

  std::optional<std::chrono::milliseconds> delay;
  std::string reason;
};

// Never: an event goes to the dead letters, the caller of a command or query gets 500. Code (64
// bytes) and reason (1,024) are logged by the sidecar and go nowhere else; longer ones are cut.
struct Reject : std::exception {
  explicit Reject(std::string code = {}, std::string reason = {});
  [[nodiscard]] const char* what() const noexcept override { return "sealbus::Reject"; }

  std::string code;
  std::string reason;
};

// The caller's mistake: the caller of a command or query gets 400 with `detail`, an event goes to
// the dead letters.
struct BadRequest : std::exception {
  explicit BadRequest(std::string detail);
  [[nodiscard]] const char* what() const noexcept override { return "sealbus::BadRequest"; }

  std::string detail;
};

}  // namespace sealbus
