#include "common/http/response_head.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace sealbus::http {
namespace {

std::string_view reason(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "";  // RFC 9112 section 4: the phrase may be empty
  }
}

void append_number(std::string& out, std::size_t number) {
  char digits[20];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
  out.append(std::begin(digits), end);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

bool belongs_to_server(std::string_view name) {
  return equal_ignoring_case(name, "date") || equal_ignoring_case(name, "content-length") ||
         equal_ignoring_case(name, "connection") || equal_ignoring_case(name, "transfer-encoding");
}

}  // namespace

bool is_sendable(const Response& response) {
  return response.status >= 200 && response.status <= 599 &&
         is_field_value(response.content_type) &&
         std::all_of(response.fields.begin(), response.fields.end(), [](const Field& field) {
           return is_token(field.name) && is_field_value(field.value) &&
                  !belongs_to_server(field.name);
         });
}

bool carries_body(unsigned status, std::string_view method) {
  return status != 204 && status != 304 && method != "HEAD";
}

void write_head(const Response& response, Version version, After after, std::string_view date,
                std::string& out) {
  out.assign("HTTP/1.1 ");
  append_number(out, response.status);
  out.push_back(' ');
  out += reason(response.status);
  out += "\r\n";
  append_field(out, "Date", date);
  if (!response.content_type.empty()) append_field(out, "Content-Type", response.content_type);
  if (response.status != 204 && response.status != 304) {
    out += "Content-Length: ";
    append_number(out, response.body.size());
    out += "\r\n";
  }
  for (const Field& field : response.fields) append_field(out, field.name, field.value);
  if (after == After::close) {
    append_field(out, "Connection", "close");
  } else if (version == Version::http_1_0) {
    append_field(out, "Connection", "keep-alive");
  }
  out += "\r\n";
}

}  // namespace sealbus::http
