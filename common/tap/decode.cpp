#include <algorithm>
#include <array>

#include "common/tap/message.hpp"
#include "common/wire/reader.hpp"

namespace sealbus::tap {
namespace {

using wire::Reader;

constexpr std::size_t kLongestText = 1'024;
constexpr std::uint32_t kMostPermissions = 1'024;
constexpr std::uint32_t kMostClaims = 32;
constexpr std::uint32_t kMostActors = 8;
// The last millisecond of the year 9999.
constexpr std::uint64_t kLastMillis = 253'402'300'799'999;

enum class Form : std::uint8_t { delivered, refused };

// The keys that have to be there, as they are met.
class Required {
 public:
  explicit Required(Form form) {
    missing_ = {"decision", "contract", "kind", "id", "time"};
    if (form == Form::refused) return;
    for (const char* key : {"userId", "permissions", "wildcards", "method", "authenticatedAt"}) {
      missing_.emplace_back(key);
    }
  }
  void met(std::string_view key) { std::erase(missing_, key); }
  [[nodiscard]] const std::vector<std::string_view>& missing() const { return missing_; }

 private:
  std::vector<std::string_view> missing_;
};

// Text that is there has at least one byte.
std::string_view read_text(Reader& in, std::size_t most) {
  const std::string_view text = in.text(most);
  if (text.empty()) in.fail("empty text");
  return text;
}

base::WallTime read_time(Reader& in) {
  const std::uint64_t value = in.unsigned_integer();
  if (value > kLastMillis) in.fail("time out of range");
  return base::from_millis(in.failed() ? 0 : static_cast<std::int64_t>(value));
}

std::string_view read_kind(Reader& in) {
  constexpr std::array<std::string_view, 3> kKinds = {"command", "query", "event"};
  const std::string_view kind = in.text(16);
  if (std::find(kKinds.begin(), kKinds.end(), kind) == kKinds.end()) in.fail("unknown kind");
  return kind;
}

std::vector<std::string_view> read_permissions(Reader& in) {
  std::vector<std::string_view> permissions;
  for (std::uint32_t left = in.array(kMostPermissions); left > 0 && !in.failed(); --left) {
    permissions.push_back(in.text(kLongestText));
    if (!identity::is_valid_permission(permissions.back())) in.fail("not a permission");
  }
  return permissions;
}

// Of what was delivered and is not shown, only that it is what it should be.
void check_texts(Reader& in, std::uint32_t most) {
  for (std::uint32_t left = in.array(most); left > 0 && !in.failed(); --left) {
    in.text(kLongestText);
  }
}

bool read_subject(Reader& in, std::string_view key, Message& message) {
  Subject& subject = message.subject;
  if (key == "decision") {
    message.decision = read_text(in, 64);
  } else if (key == "contract") {
    subject.contract = read_text(in, kLongestContract);
  } else if (key == "kind") {
    subject.kind = read_kind(in);
  } else if (key == "id") {
    subject.id = base::uuid_from(in.fixed_bin(16)).value_or(base::Uuid{});
  } else if (key == "time") {
    subject.time = read_time(in);
  } else if (key == "correlationId") {
    subject.correlation_id = read_text(in, 128);
  } else {
    return false;
  }
  return true;
}

bool read_user(Reader& in, std::string_view key, Message& message) {
  if (key == "userId") {
    message.user = in.text(kLongestText);
  } else if (key == "permissions") {
    message.permissions = read_permissions(in);
  } else if (key == "wildcards") {
    message.wildcards = in.boolean() ? identity::Wildcards::on : identity::Wildcards::off;
  } else if (key == "method") {
    message.method = identity::method_named(in.text(16));
    if (!message.method) in.fail("unknown method");
  } else if (key == "authenticatedAt" || key == "expiresAt") {
    read_time(in);
  } else if (key == "issuer") {
    read_text(in, kLongestText);
  } else if (key == "claims") {
    in.each_entry(kMostClaims, [&](std::string_view) { in.text(kLongestText); });
  } else if (key == "actor") {
    check_texts(in, kMostActors);
  } else {
    return false;
  }
  return true;
}

bool read_request(Reader& in, std::string_view key, Request& request) {
  if (key == "contentType") {
    request.content_type = read_text(in, 256);
  } else if (key == "traceparent") {
    request.traceparent = read_text(in, 55);
  } else if (key == "httpMethod") {
    request.http_method = read_text(in, 16);
  } else if (key == "path") {
    request.path = read_text(in, 8'192);
  } else {
    return false;
  }
  return true;
}

void read_delivered(Reader& in, std::string_view key, Message& message) {
  const bool known = read_subject(in, key, message) || read_user(in, key, message) ||
                     read_request(in, key, message.request);
  if (!known) in.pass_over(key);
}

void read_refused(Reader& in, std::string_view key, Message& message) {
  if (read_subject(in, key, message)) return;
  if (key == "user") {
    message.user = read_text(in, kLongestText);
  } else if (key == "userId" || key == "permissions") {
    in.fail("somebody to act for, in a message that was refused");
  } else {
    in.pass_over(key);
  }
}

// What the keys must be together; empty: they are.
std::string_view contradiction(const Message& message, Form form, std::string_view topic) {
  if (message.delivered() != (form == Form::delivered)) return "decision does not fit the frames";
  if (form == Form::refused) {
    if (!topic.starts_with(kRefusedTopic)) return "the topic is not that of a refused message";
    topic.remove_prefix(kRefusedTopic.size());
  }
  if (topic != message.subject.contract) return "topic and contract differ";
  const bool anonymous = message.method == identity::Method::anonymous;
  if (form == Form::delivered && message.user.empty() != anonymous) {
    return "userId is empty exactly when the method is anonymous";
  }
  return {};
}

}  // namespace

base::Result<Message> decode(std::span<const base::ByteView> frames) {
  const auto refuse = [](std::string_view what) {
    return base::refuse(base::Refusal::malformed_header, std::string(what));
  };
  if (frames.size() != 2 && frames.size() != 3) {
    return base::refuse(base::Refusal::bad_size, "a tap's message is two or three frames");
  }
  const Form form = frames.size() == 3 ? Form::delivered : Form::refused;
  if (frames[1].size() > kMostMap.value) return refuse("the map is too large");
  Message message;
  if (form == Form::delivered) message.payload = frames[2];
  if (message.payload.size() > kMostPayload.value) {
    return base::refuse(base::Refusal::bad_size, "the payload is too large");
  }
  Required required(form);
  Reader in(frames[1]);
  in.each_entry(64, [&](std::string_view key) {
    required.met(key);
    form == Form::delivered ? read_delivered(in, key, message) : read_refused(in, key, message);
  });
  in.end();
  if (in.failed()) return refuse(in.error());
  if (!required.missing().empty()) {
    return refuse(std::string(required.missing().front()) + " is missing");
  }
  const std::string_view wrong = contradiction(message, form, base::as_text(frames[0]));
  if (!wrong.empty()) return refuse(wrong);
  return message;
}

}  // namespace sealbus::tap
