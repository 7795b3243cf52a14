#include <algorithm>

#include "fields.hpp"
#include "protocol.hpp"

namespace sealbus::detail {
namespace {

constexpr Bounds kAnyText{0, 1'024};

Time time_of(std::uint64_t milliseconds) {
  return Time(std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds)));
}

MessageId id_of(std::string_view bytes) {
  MessageId id{};
  std::transform(bytes.begin(), bytes.begin() + std::min(bytes.size(), id.size()), id.begin(),
                 [](char c) { return static_cast<std::byte>(c); });
  return id;
}

template <typename Named, std::size_t count>
Named named(Fields& in, std::string_view key,
            const std::pair<std::string_view, Named> (&names)[count]) {
  const std::string text = in.text(key, Need::must, kAnyText);
  for (const auto& [name, value] : names) {
    if (name == text) return value;
  }
  in.complain(key, "is none of the list");
  return names[0].second;
}

bool is_permission(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7f || byte == ',';
  });
}

// PROTOCOL.md names the authContext of envelope/FORMAT.md, section 6.
Auth read_auth(Fields& outer) {
  static constexpr std::pair<std::string_view, Method> kMethods[] = {
      {"jwt", Method::jwt},
      {"development", Method::development},
      {"service", Method::service},
      {"anonymous", Method::anonymous},
  };
  Fields in(outer.map("auth"));
  Auth auth;
  auth.user_id = in.text("userId", Need::must, kAnyText);
  auth.permissions = in.texts("permissions", Need::must, 1'024, {1, 256});
  auth.wildcards = in.boolean("wildcards");
  auth.method = named(in, "method", kMethods);
  auth.authenticated_at = time_of(in.integer("authenticatedAt", Need::must, {0, kLastTime}));
  auth.issuer = in.text("issuer", Need::may, kAnyText);
  auth.token_id = in.text("tokenId", Need::may, kAnyText);
  auth.permissions_source = in.text("permissionsSource", Need::may, kAnyText);
  if (in.has("expiresAt")) {
    auth.expires_at = time_of(in.integer("expiresAt", Need::must, {0, kLastTime}));
  }
  auth.claims = in.pairs("claims", 32, 1'024);
  auth.actor = in.texts("actor", Need::may, 8, kAnyText);
  in.end();
  if (!std::all_of(auth.permissions.begin(), auth.permissions.end(), is_permission)) {
    in.complain("permissions", "has a byte that no permission has");
  }
  if (auth.user_id.empty() != (auth.method == Method::anonymous)) {
    in.complain("userId", "is empty exactly when the method is anonymous");
  }
  if (!in.complaint().empty()) outer.complain("auth", in.complaint());
  return auth;
}

Delivered read_message(Fields& in, std::string payload) {
  static constexpr std::pair<std::string_view, Kind> kKinds[] = {
      {"command", Kind::command}, {"query", Kind::query}, {"event", Kind::event}};
  Delivered delivered;
  Message& message = delivered.message;
  message.id = id_of(in.bin("id", Need::must, {16, 16}));
  message.contract = in.text("contract", Need::must, {1, 128});
  message.kind = named(in, "kind", kKinds);
  delivered.auth = read_auth(in);
  message.context = in.bin("context", Need::must, {1, 32'768});
  message.attempt = static_cast<std::uint32_t>(in.integer("attempt", Need::must, {1, 1'000}));
  message.proof = in.bin("proof", Need::may, {40, 40});
  message.method = in.text("method", Need::may, {0, 16});
  message.path = in.text("path", Need::may, {0, 8'192});
  message.params = in.pairs("params", 32, 8'192);
  message.query = in.text("query", Need::may, {0, 8'192});
  message.headers = in.pairs("headers", 64, 8'192);
  message.content_type = in.text("contentType", Need::may, {0, 256});
  message.correlation_id = in.text("correlationId", Need::may, {0, 128});
  message.traceparent = in.text("traceparent", Need::may, {0, 55});
  if (in.has("deadline")) {
    message.deadline = time_of(in.integer("deadline", Need::must, {0, kLastTime}));
  }
  message.payload = std::move(payload);
  return delivered;
}

Subscribed read_subscribed(Fields& in) {
  Subscribed subscribed;
  subscribed.service = in.text("service", Need::must, {1, 63});
  subscribed.instance = in.bin("instance", Need::must, {16, 16});
  subscribed.heartbeat = std::chrono::milliseconds(
      static_cast<std::int64_t>(in.integer("heartbeat", Need::must, {50, 60'000})));
  subscribed.contracts = in.texts("contracts", Need::must, 4'096, {0, kLongestName});
  return subscribed;
}

Refused read_refused(Fields& in) {
  Refused refused;
  refused.code = in.text("code", Need::must, {0, 64});
  refused.reason = in.text("reason", Need::must, kAnyText);
  if (in.has("id")) refused.id = id_of(in.bin("id", Need::must, {16, 16}));
  return refused;
}

// The id, if there is a good one, whatever else is wrong.
std::optional<MessageId> id_in(std::string_view header) {
  Fields in(header);
  const std::string id = in.bin("id", Need::must, {16, 16});
  return in.complaint().empty() ? std::optional(id_of(id)) : std::nullopt;
}

FromSidecar read_by_type(std::string_view type, Fields& in, std::string& payload) {
  if (type == "message") return read_message(in, std::move(payload));
  if (!payload.empty()) in.complain("", "a payload where none belongs");
  if (type == "subscribed") return read_subscribed(in);
  if (type == "refused") return read_refused(in);
  if (type == "heartbeat") return Heartbeat{};
  if (type == "bye") return Bye{in.text("reason", Need::may, kAnyText)};
  in.complain("type", "is unknown");
  return Heartbeat{};
}

}  // namespace

FromSidecar read(std::vector<std::string> frames) {
  if (frames.size() != 2) return Malformed{"bad_size", "not two frames", {}};
  const std::string& header = frames[0];
  if (frames[1].size() > kMostPayload) {
    return Malformed{"bad_size", "the payload is too large", {}};
  }
  if (header.empty() || header.size() > kMostFromSidecar) {
    return Malformed{"malformed_header", "the header is too large, or empty", {}};
  }
  Fields in(header);
  const std::string type = in.text("type", Need::must, kAnyText);
  if (!in.complaint().empty()) return Malformed{"malformed_header", in.complaint(), {}};
  if (type == "subscribed") {
    const std::uint64_t version = in.integer("protocol", Need::must, {0, UINT64_MAX});
    if (in.complaint().empty() && version != 1) {
      return Malformed{"bad_version", "this side speaks protocol 1", {}};
    }
  }
  FromSidecar said = read_by_type(type, in, frames[1]);
  in.end();
  if (in.complaint().empty()) return said;
  return Malformed{"malformed_header", in.complaint(),
                   type == "message" ? id_in(header) : std::nullopt};
}

}  // namespace sealbus::detail
