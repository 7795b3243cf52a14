#pragma once
// The second frame: what a message is (FORMAT.md §5). One struct for reading and writing; text and
// bin fields are views into the frame, or into what the writer owns, and live as long as that.

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/base/uuid.hpp"
#include "common/envelope/seal.hpp"
#include "common/identity/identity.hpp"

namespace sealbus::envelope {

enum class MessageType : std::uint8_t {
  hello,
  welcome,
  register_,
  message,
  reply,
  refused,
  ack,
  nack,
  reject,
  progress,
  credit,
  publish,
  heartbeat,
  bye,
};

// "register" for register_, and so on.
std::string_view name(MessageType type);
std::optional<MessageType> type_named(std::string_view name);

using TextPairs = std::vector<std::pair<std::string_view, std::string_view>>;

// A field that the type does not have is empty (views, lists) or absent (optionals).
struct Header {
  MessageType type = MessageType::heartbeat;
  base::Uuid id;
  base::WallTime issued{};
  std::optional<base::WallTime> expires;
  std::string_view service;
  std::optional<base::Uuid> instance;
  base::ByteView nonce;  // 32 bytes
  base::ByteView echo;   // 32 bytes
  std::optional<std::chrono::milliseconds> heartbeat;
  std::string_view contract;
  std::string_view kind;  // command, query or event
  base::ByteView auth;    // authContext; of a `message` encode_message writes it
  base::ByteView proof;   // 40 bytes
  std::string_view correlation_id;
  std::string_view traceparent;
  std::string_view content_type;
  std::string_view method;
  std::string_view path;
  TextPairs params;
  std::string_view query;
  TextPairs headers;
  std::uint32_t attempt = 0;  // 0: absent
  std::optional<base::Uuid> answers;
  std::uint16_t status = 0;  // 0: absent
  std::string_view code;
  std::string_view subject;
  std::string_view reason;
  std::vector<std::string_view> missing;
  std::optional<std::chrono::milliseconds> delay;
  std::optional<std::vector<std::string_view>> permissions;  // empty: none at all
  std::optional<std::uint64_t> up_to;
  std::optional<std::uint64_t> bytes;
  std::optional<bool> ready;
};

// Header bytes that are fit to be sealed. Only the two functions after it make one.
class EncodedHeader {
 public:
  [[nodiscard]] base::ByteView bytes() const { return bytes_; }
  [[nodiscard]] MessageType type() const { return type_; }

 private:
  friend base::Result<EncodedHeader> encode_header(const Header& header, base::ByteView auth);
  EncodedHeader(MessageType type, base::Bytes bytes) : type_(type), bytes_(std::move(bytes)) {}

  MessageType type_;
  base::Bytes bytes_;
};

// Any type but `message`, which speaks for a user. The caller fills what §5.3 says the type needs
// and nothing else; otherwise it is defective and this aborts. What came from somebody else may be
// too much: bad_request, naming the field, for a value beyond its bound or text that is not UTF-8;
// headers_too_large if all of it is too long. What is encoded is always what decode_header takes.
[[nodiscard]] base::Result<EncodedHeader> encode_control(const Header& header);
// A `message`, on behalf of `identity` and nobody else. Refuses in the same way.
[[nodiscard]] base::Result<EncodedHeader> encode_message(const Header& header,
                                                         const identity::Identity& identity);

// Strict (§5.1 to §5.3): malformed_header, naming the field, for anything else. Views into `frame`.
// `header` is a fresh one, filled in place: it is too large to be handed from call to call.
[[nodiscard]] base::Result<void> decode_header(base::ByteView frame, Header& header);

// Does a header of this type travel under this purpose (§5.3)? And does it take a payload?
bool fits(MessageType type, Purpose purpose);
bool takes_payload(MessageType type);

}  // namespace sealbus::envelope
