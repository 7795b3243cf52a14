#pragma once
// What was sent. Bytes are kept in std::string. Text that the request did not have is empty.
// A value: a handler may keep it or hand it on for as long as it likes.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sealbus/auth.hpp"

namespace sealbus {

namespace detail {
class Ticket;
}

enum class Kind { command, query, event };

// A UUID, the same for every attempt to deliver a message.
using MessageId = std::array<std::byte, 16>;

struct Message {
  MessageId id{};
  std::string contract;
  Kind kind = Kind::command;
  std::string payload;
  std::uint32_t attempt = 1;     // 1 for the first delivery
  std::optional<Time> deadline;  // the answer is of no use after it
  std::string method;            // of the HTTP request, as is what follows
  std::string path;
  std::map<std::string, std::string> params;   // captured from the path
  std::string query;                           // what stood after `?`, as it was
  std::map<std::string, std::string> headers;  // names in lower case
  std::string content_type;
  std::string correlation_id;
  std::string traceparent;
  std::string context;  // opaque: the sealed form of Auth
  std::string proof;    // opaque

  // Still working: the time in which an event must be answered begins again. Never waits, and may
  // be called on any thread; after the answer it does nothing.
  void progress() const;

  // Set by the binding; a message that came from no sidecar has nobody to tell.
  std::shared_ptr<detail::Ticket> ticket;
};

// The form in which ids are logged: 0190a1b2-c3d4-7e5f-8a9b-acbdcedf0102.
[[nodiscard]] std::string to_string(const MessageId& id);

}  // namespace sealbus
