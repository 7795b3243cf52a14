#include "sidecar/tools/tail_format.hpp"

#include <algorithm>

#include <fmt/chrono.h>

#include "common/base/json_writer.hpp"
#include "common/base/log.hpp"

namespace sealbus::tools {
namespace {

constexpr std::size_t kMostShown = 4'096;
constexpr std::string_view kCut = "…";

std::string text_of(base::WallTime time) {
  const std::int64_t millis = base::to_millis(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::time_t{millis / 1'000}),
                     millis % 1'000);
}

// Escaped, and without a space that would make it look like two.
std::string word(std::string_view text) {
  std::string out;
  for (const char c : log::escaped(text, kMostShown)) {
    if (c == ' ') {
      out += "\\x20";
    } else {
      out += c;
    }
  }
  return out;
}

std::string words(const std::vector<std::string_view>& all) {
  std::string out;
  for (const std::string_view one : all) out += (out.empty() ? "" : ",") + word(one);
  return out;
}

bool is_readable(std::string_view text) {
  const bool control = std::any_of(text.begin(), text.end(), [](char c) {
    return (c >= 0 && c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == '\x7f';
  });
  return !control && base::is_utf8(text);
}

std::string shown(base::ByteView payload) {
  const std::string_view text = base::as_text(payload);
  if (is_readable(text)) return log::escaped(text, kMostShown);
  const bool cut = payload.size() > kMostShown;
  return "hex:" + base::to_hex(cut ? payload.first(kMostShown) : payload) +
         std::string(cut ? kCut : "");
}

std::string request_id(const tap::Message& message) {
  const std::string_view id = message.subject.correlation_id;
  return id.empty() ? base::to_string(message.subject.id) : std::string(id);
}

}  // namespace

std::string as_line(const tap::Message& message, Payloads payloads) {
  std::string line =
      fmt::format("{} {} {} user={}", text_of(message.subject.time), word(message.decision),
                  word(message.subject.contract), word(message.user));
  if (message.delivered()) {
    line += " permissions=" + words(message.permissions);
    if (message.wildcards == identity::Wildcards::on) line += " wildcards=on";
  }
  if (message.method) line += fmt::format(" method={}", identity::name(*message.method));
  line += " request=" + word(request_id(message));
  const bool with_payload = payloads == Payloads::shown && message.delivered();
  return with_payload ? line + " payload=" + shown(message.payload) : line;
}

std::string as_json(const tap::Message& message, Payloads payloads) {
  base::JsonWriter json;
  const tap::Subject& subject = message.subject;
  json.begin_object().key("time").string(text_of(subject.time));
  json.key("decision").string(message.decision).key("contract").string(subject.contract);
  json.key("kind").string(subject.kind).key("user").string(message.user);
  if (message.delivered()) {
    json.key("permissions").strings(message.permissions);
    json.key("wildcards").boolean(message.wildcards == identity::Wildcards::on);
  }
  if (message.method) json.key("method").string(identity::name(*message.method));
  json.key("id").string(base::to_string(subject.id));
  json.key("requestId").string(request_id(message));
  if (payloads == Payloads::shown && message.delivered()) {
    const std::string_view text = base::as_text(message.payload);
    if (base::is_utf8(text)) {
      json.key("payload").string(text);
    } else {
      json.key("payloadBase64url").string(base::to_base64url(message.payload));
    }
  }
  return json.end_object().take();
}

}  // namespace sealbus::tools
