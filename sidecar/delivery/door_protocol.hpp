#pragma once
// The bytes of door 1: what a service process and its sidecar say to each other
// (bindings/PROTOCOL.md). Decoding is strict; views live as long as the frame.

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/base/uuid.hpp"
#include "common/envelope/header.hpp"

namespace sealbus::delivery {

inline constexpr std::uint64_t kDoorProtocol = 1;

// What a service may say.
enum class DoorType : std::uint8_t {
  subscribe,
  reply,
  ack,
  nack,
  reject,
  progress,
  heartbeat,
  bye
};

// A field that the type does not have is empty or absent.
struct DoorHeader {
  DoorType type = DoorType::heartbeat;
  std::uint64_t protocol = 0;                      // subscribe
  std::string_view name;                           // subscribe: of the process, for status pages
  std::vector<std::string_view> contracts;         // subscribe: empty for all
  std::uint32_t credit = 0;                        // subscribe: messages in flight at once
  std::optional<base::Uuid> id;                    // all that answer a message
  std::uint16_t status = 200;                      // reply
  std::string_view content_type;                   // reply
  envelope::TextPairs headers;                     // reply
  std::string_view code;                           // reject
  std::string_view reason;                         // nack, reject
  std::optional<std::chrono::milliseconds> delay;  // nack
};

// What is wrong with a message is malformed_header, naming the field; bad_size for a wrong number
// of frames or too large a payload; bad_version for another protocol.
[[nodiscard]] base::Result<DoorHeader> decode_door_message(std::span<const base::ByteView> frames);

// What a sidecar says. Each gives the header frame; only a message has a payload beside it.
struct Subscribed {
  std::string_view service;
  base::Uuid instance;
  std::chrono::milliseconds heartbeat;
  const std::vector<std::string>& contracts;
};
base::Bytes encode_subscribed(const Subscribed& subscribed);
// `header` is a verified `message`; its authContext goes along as a map and as opaque bytes.
base::Bytes encode_door_message(const envelope::Header& header);
base::Bytes encode_door_refused(base::Refusal refusal, std::string_view reason,
                                const std::optional<base::Uuid>& id);
base::Bytes encode_door_heartbeat();
base::Bytes encode_door_bye(std::string_view reason);

}  // namespace sealbus::delivery
