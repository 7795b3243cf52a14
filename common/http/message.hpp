#pragma once
// An HTTP/1.x request and its response (RFC 9110, RFC 9112), as handlers see them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealbus::http {

enum class Version : std::uint8_t { http_1_0, http_1_1 };

struct FieldView {
  std::string_view name;   // as it was sent; compare without case
  std::string_view value;  // without white space around it
};

// What arrived, checked by the rules of strictness.hpp and target.hpp. The views belong to the
// connection: they live until the response was given or the server was stopped.
struct Request {
  std::string_view method;  // GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS
  std::string_view target;  // the path and, after `?`, the query, as they were sent
  std::string_view path;    // as it was sent
  std::string_view query;   // as it was sent, without the `?`; not decoded
  // The path's segments, percent-decoded: UTF-8, never empty, "." or "..", no slash, backslash or
  // control byte. Only the last can be empty: "/api/" is {"api", ""}; "/" is {}.
  std::vector<std::string> segments;
  std::vector<FieldView> fields;  // in the order in which they were sent
  std::string body;               // the handler may move it out
  std::string_view peer;          // the client's address, without the port
  Version version = Version::http_1_1;
  unsigned worker = 0;  // the worker that this runs on; see Server::post_to_worker
};

struct Field {
  std::string name;
  std::string value;
};

// Date, Content-Length and Connection are set by the server and do not belong in `fields`.
struct Response {
  unsigned status = 200;     // 200 to 599
  std::string content_type;  // empty: none
  std::vector<Field> fields;
  std::string body;  // not sent for HEAD, 204 and 304
};

// ASCII only, as header names and tokens are compared.
bool equal_ignoring_case(std::string_view a, std::string_view b);

// Is this a token (RFC 9110 section 5.6.2), as a method or a header's name must be?
bool is_token(std::string_view text);

// May this stand in a header's value: no control byte but the tab?
bool is_field_value(std::string_view text);

// The value of the first field with this name; nothing if there is none.
std::optional<std::string_view> find_field(const Request& request, std::string_view name);

// How many fields have this name.
std::size_t count_fields(const Request& request, std::string_view name);

}  // namespace sealbus::http
