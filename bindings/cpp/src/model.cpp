// What handlers get and give, as far as it does something.

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "outbox.hpp"
#include "sealbus/auth.hpp"
#include "sealbus/message.hpp"
#include "sealbus/reply.hpp"
#include "wire.hpp"

namespace sealbus {
namespace {

using namespace std::chrono_literals;

void check(bool fits, const char* complaint) {
  if (!fits) throw std::invalid_argument(complaint);
}

bool has_no_control_bytes(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

// RFC 9110, section 5.6.2, in lower case.
bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of("!#$%&'*+.^_`|~-0123456789abcdefghijklmnopqrstuvwxyz") ==
             std::string_view::npos;
}

bool has_no_body(int status) { return status == 204 || status == 205 || status == 304; }

}  // namespace

std::string_view name_of(Method method) {
  switch (method) {
    case Method::jwt:
      return "jwt";
    case Method::development:
      return "development";
    case Method::service:
      return "service";
    case Method::anonymous:
      return "anonymous";
  }
  return "";
}

bool Auth::can(std::string_view permission) const {
  return std::any_of(permissions.begin(), permissions.end(), [&](std::string_view granted) {
    if (granted == permission) return true;
    if (!wildcards) return false;
    return granted == "*" || (granted.ends_with(":*") &&
                              permission.starts_with(granted.substr(0, granted.size() - 1)));
  });
}

void Message::progress() const {
  if (ticket) detail::Ticket::tell_progress(ticket);
}

std::string to_string(const MessageId& id) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < id.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    const auto byte = std::to_integer<unsigned>(id[i]);
    out += {kDigits[byte >> 4U], kDigits[byte & 0x0fU]};
  }
  return out;
}

Reply Reply::bytes(std::string body, std::string content_type, int status) {
  Reply reply = empty(status);
  check(body.empty() || !has_no_body(status), "a response with this status has no body");
  check(has_no_control_bytes(content_type) && content_type.size() <= 256,
        "content_type has a control byte, or is too long");
  check(detail::is_utf8(content_type), "content_type is not UTF-8");
  reply.body_ = std::move(body);
  reply.content_type_ = std::move(content_type);
  return reply;
}

Reply Reply::json(std::string body, int status) {
  return bytes(std::move(body), "application/json", status);
}

Reply Reply::text(std::string body, int status) {
  return bytes(std::move(body), "text/plain; charset=utf-8", status);
}

Reply Reply::empty(int status) {
  check(status >= 200 && status <= 599, "a status is from 200 to 599");
  Reply reply;
  reply.status_ = status;
  return reply;
}

Reply& Reply::header(std::string_view name, std::string value) & {
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  check(is_token(lower), "not the name of an HTTP header");
  check(has_no_control_bytes(value) && detail::is_utf8(value) && value.size() <= 8'192,
        "not the value of an HTTP header");
  headers_.insert_or_assign(std::move(lower), std::move(value));
  return *this;
}

Reply&& Reply::header(std::string_view name, std::string value) && {
  header(name, std::move(value));
  return std::move(*this);
}

Retry::Retry(std::optional<std::chrono::milliseconds> least, std::string why)
    : delay(least), reason(std::move(why)) {
  check(!delay || (*delay >= 0ms && *delay <= 24h), "a delay is from 0 to one day");
}

Reject::Reject(std::string name, std::string why) : code(std::move(name)), reason(std::move(why)) {}

BadRequest::BadRequest(std::string text) : detail(std::move(text)) {}

}  // namespace sealbus
