#pragma once
// The bytes of door 2, the tap (bindings/PROTOCOL.md §8): what a sidecar publishes of each message
// that it decided about. Written by a sidecar, read by `sealbus tail` and by anything that has a
// SUB socket and msgpack.
//
// What was delivered is three frames: topic, map, payload. What was refused is two, under a topic
// of its own and without the keys that say who somebody is and what they may do, so that nothing
// that is made for the first can take the second for it.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/base/uuid.hpp"
#include "common/identity/identity.hpp"

namespace sealbus::tap {

inline constexpr std::string_view kDelivered = "delivered";
inline constexpr std::string_view kRefusedTopic = "!refused.";
inline constexpr std::size_t kLongestContract = 192;       // with its service
inline constexpr base::ByteCount kMostMap{65'536};         // what is encoded is never larger
inline constexpr base::ByteCount kMostPayload{4'194'304};  // more is not published

// Which message, and when it was decided about.
struct Subject {
  std::string_view contract;  // orders.OrderPlaced, users.CreateUser
  std::string_view kind;      // command, query or event
  base::Uuid id;
  base::WallTime time{};
  std::string_view correlation_id;  // the request id; empty: none
};

// How the message came to the ingress. What is empty is left out.
struct Request {
  std::string_view content_type;
  std::string_view traceparent;
  std::string_view http_method;
  std::string_view path;
};

// The first two frames.
struct Encoded {
  std::string topic;
  base::Bytes map;
};

[[nodiscard]] Encoded encode_delivered(const Subject& subject, const identity::Identity& identity,
                                       const Request& request);
// `user` may be empty: unknown, or nobody.
[[nodiscard]] Encoded encode_refused(const Subject& subject, std::string_view user,
                                     base::Refusal refusal);

// What a tap said. Views live as long as the frames.
struct Message {
  Subject subject;
  std::string_view decision;  // delivered, or the code of a refusal
  std::string_view user;      // empty: anonymous, or unknown
  // Of what was delivered; else empty.
  std::vector<std::string_view> permissions;
  identity::Wildcards wildcards = identity::Wildcards::off;
  std::optional<identity::Method> method;
  Request request;
  base::ByteView payload;

  [[nodiscard]] bool delivered() const { return decision == kDelivered; }
};

// Strict: bad_size for a number or size of frames that neither form has, malformed_header, naming
// the key, for anything else that is not exactly one of the two.
[[nodiscard]] base::Result<Message> decode(std::span<const base::ByteView> frames);

}  // namespace sealbus::tap
