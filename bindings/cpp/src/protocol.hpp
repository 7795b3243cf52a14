#pragma once
// The frames of PROTOCOL.md, sections 4 to 6: what a sidecar sends is read, what a service sends is
// written. Knows no socket.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sealbus/auth.hpp"
#include "sealbus/message.hpp"

namespace sealbus::detail {

inline constexpr std::size_t kMostPayload = 4'194'304;
inline constexpr std::size_t kMostFromService = 65'536;
inline constexpr std::size_t kMostFromSidecar = 131'072;
inline constexpr std::size_t kLongestName = 128;

struct Frames {
  std::string header;
  std::string payload;
};

struct Subscribed {
  std::string service;
  std::string instance;
  std::chrono::milliseconds heartbeat{};
  std::vector<std::string> contracts;
};
struct Delivered {
  Auth auth;
  Message message;
};
struct Refused {
  std::string code;
  std::string reason;
  std::optional<MessageId> id;
};
struct Heartbeat {};
struct Bye {
  std::string reason;
};

// Bytes that PROTOCOL.md does not allow. The text holds nothing of the content; the id is there if
// it is of a message that waits for an answer.
struct Malformed {
  std::string code;
  std::string text;
  std::optional<MessageId> id;
};

using FromSidecar = std::variant<Malformed, Subscribed, Delivered, Refused, Heartbeat, Bye>;

// A message's frames, whatever their number.
[[nodiscard]] FromSidecar read(std::vector<std::string> frames);

struct Subscription {
  std::uint16_t credit = 1;
  std::string name;                                   // empty: none
  std::optional<std::vector<std::string>> contracts;  // none: all
};
struct ReplyFields {
  std::optional<int> status;
  std::string content_type;                    // empty: none
  std::map<std::string, std::string> headers;  // empty: none
};

// Each throws std::length_error or std::invalid_argument for what has no bytes in the protocol.
[[nodiscard]] Frames subscribe(const Subscription& subscription);
[[nodiscard]] Frames reply(const MessageId& id, const ReplyFields& fields, std::string payload);
[[nodiscard]] Frames ack(const MessageId& id);
[[nodiscard]] Frames progress(const MessageId& id);
[[nodiscard]] Frames heartbeat();
[[nodiscard]] Frames bye();
// These take any text: what is too long is cut, what is not UTF-8 is replaced.
[[nodiscard]] Frames nack(const MessageId& id, std::optional<std::chrono::milliseconds> delay,
                          std::string_view reason);
[[nodiscard]] Frames reject(const MessageId& id, std::string_view code, std::string_view reason);

// As much of the text as `most` bytes of UTF-8 hold.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t most);
// As a log line shows what a peer wrote: printable ASCII, the rest as \xNN.
[[nodiscard]] std::string escaped(std::string_view text);

}  // namespace sealbus::detail
