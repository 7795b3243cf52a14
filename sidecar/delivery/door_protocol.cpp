#include "sidecar/delivery/door_protocol.hpp"

#include <array>

#include <fmt/core.h>

#include "common/wire/reader.hpp"
#include "common/wire/writer.hpp"

namespace sealbus::delivery {
namespace {

using wire::Reader;
using wire::Writer;

constexpr std::size_t kDoorFrames = 2;
constexpr std::size_t kMostHeader = 65'536;
constexpr std::size_t kMostPayload = 4'194'304;
constexpr std::uint32_t kMostContracts = 4'096;
constexpr std::uint32_t kMostCredit = 65'535;
constexpr std::uint32_t kMostHeaders = 64;
constexpr std::size_t kLongestValue = 8'192;
constexpr std::uint64_t kLongestDelay = 86'400'000;

constexpr std::array<std::string_view, 8> kTypes = {"subscribe", "reply",    "ack",       "nack",
                                                    "reject",    "progress", "heartbeat", "bye"};

DoorType read_type(Reader& in) {
  const std::string_view name = in.text(32);
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    if (kTypes[i] == name) return static_cast<DoorType>(i);
  }
  in.fail("unknown type");
  return DoorType::heartbeat;
}

std::uint64_t read_number(Reader& in, std::uint64_t least, std::uint64_t most) {
  const std::uint64_t value = in.unsigned_integer();
  if (value < least || value > most) in.fail("number out of range");
  return value;
}

std::vector<std::string_view> read_contracts(Reader& in) {
  std::vector<std::string_view> contracts;
  for (std::uint32_t left = in.array(kMostContracts); left > 0 && !in.failed(); --left) {
    contracts.push_back(in.text(128));
  }
  return contracts;
}

envelope::TextPairs read_headers(Reader& in) {
  envelope::TextPairs headers;
  in.each_entry(kMostHeaders,
                [&](std::string_view key) { headers.emplace_back(key, in.text(kLongestValue)); });
  return headers;
}

void read_field(Reader& in, std::string_view key, DoorHeader& header, bool& typed) {
  if (key == "type") {
    header.type = read_type(in);
    typed = true;
  } else if (key == "protocol") {
    header.protocol = in.unsigned_integer();
  } else if (key == "name") {
    header.name = in.text(128);
  } else if (key == "contracts") {
    header.contracts = read_contracts(in);
  } else if (key == "credit") {
    header.credit = static_cast<std::uint32_t>(read_number(in, 1, kMostCredit));
  } else if (key == "id") {
    header.id = base::uuid_from(in.fixed_bin(16));
  } else if (key == "status") {
    header.status = static_cast<std::uint16_t>(read_number(in, 200, 599));
  } else if (key == "contentType") {
    header.content_type = in.text(256);
  } else if (key == "headers") {
    header.headers = read_headers(in);
  } else if (key == "code") {
    header.code = in.text(64);
  } else if (key == "reason") {
    header.reason = in.text(1'024);
  } else if (key == "delay") {
    header.delay = std::chrono::milliseconds(read_number(in, 0, kLongestDelay));
  } else {
    in.pass_over(key);
  }
}

bool answers_a_message(DoorType type) {
  return type == DoorType::reply || type == DoorType::ack || type == DoorType::nack ||
         type == DoorType::reject || type == DoorType::progress;
}

std::string_view what_is_missing(const DoorHeader& header, bool typed) {
  if (!typed) return "type is missing";
  if (answers_a_message(header.type) && !header.id) return "id is missing";
  if (header.type != DoorType::subscribe) return {};
  if (header.protocol == 0) return "protocol is missing";
  return header.credit == 0 ? "credit is missing" : std::string_view{};
}

std::uint32_t count(std::size_t n) { return static_cast<std::uint32_t>(n); }

void write_pairs(Writer& out, std::string_view key, const envelope::TextPairs& pairs) {
  if (pairs.empty()) return;
  out.text(key).map(count(pairs.size()));
  for (const auto& [name, value] : pairs) out.text(name).text(value);
}

void write_text(Writer& out, std::string_view key, std::string_view value) {
  if (!value.empty()) out.text(key).text(value);
}

std::uint32_t present(std::initializer_list<bool> fields) {
  std::uint32_t n = 0;
  for (const bool field : fields) n += field ? 1U : 0U;
  return n;
}

}  // namespace

base::Result<DoorHeader> decode_door_message(std::span<const base::ByteView> frames) {
  const auto refuse = [](std::string_view what) {
    return base::refuse(base::Refusal::malformed_header, std::string(what));
  };
  if (frames.size() != kDoorFrames) {
    return base::refuse(base::Refusal::bad_size, "a message is two frames");
  }
  if (frames[0].size() > kMostHeader) return refuse("header too large");
  if (frames[1].size() > kMostPayload) {
    return base::refuse(base::Refusal::bad_size, "the payload is too large");
  }
  DoorHeader header;
  bool typed = false;
  Reader in(frames[0]);
  in.each_entry(64, [&](std::string_view key) { read_field(in, key, header, typed); });
  in.end();
  if (in.failed()) return refuse(in.error());
  const std::string_view missing = what_is_missing(header, typed);
  if (!missing.empty()) return refuse(missing);
  if (header.type == DoorType::subscribe && header.protocol != kDoorProtocol) {
    return base::refuse(base::Refusal::bad_version, "this sidecar speaks protocol 1");
  }
  if (header.type != DoorType::reply && !frames[1].empty()) {
    return refuse("a payload where the type has none");
  }
  return header;
}

base::Bytes encode_subscribed(const Subscribed& subscribed) {
  Writer out;
  out.map(6).text("type").text("subscribed").text("protocol").unsigned_integer(kDoorProtocol);
  out.text("service").text(subscribed.service).text("instance").bin(subscribed.instance.bytes);
  out.text("heartbeat")
      .unsigned_integer(static_cast<std::uint64_t>(subscribed.heartbeat.count()))
      .text("contracts")
      .array(count(subscribed.contracts.size()));
  for (const std::string& contract : subscribed.contracts) out.text(contract);
  return out.take();
}

base::Bytes encode_door_message(const envelope::Header& header) {
  const std::uint32_t optional = present(
      {!header.proof.empty(), !header.method.empty(), !header.path.empty(), !header.params.empty(),
       !header.query.empty(), !header.headers.empty(), !header.content_type.empty(),
       !header.correlation_id.empty(), !header.traceparent.empty(), header.expires.has_value()});
  Writer out(512 + 2 * header.auth.size());
  out.map(7 + optional).text("type").text("message").text("id").bin(header.id.bytes);
  out.text("contract").text(header.contract).text("kind").text(header.kind);
  out.text("auth").encoded(header.auth).text("context").bin(header.auth);
  if (!header.proof.empty()) out.text("proof").bin(header.proof);
  write_text(out, "method", header.method);
  write_text(out, "path", header.path);
  write_pairs(out, "params", header.params);
  write_text(out, "query", header.query);
  write_pairs(out, "headers", header.headers);
  write_text(out, "contentType", header.content_type);
  write_text(out, "correlationId", header.correlation_id);
  write_text(out, "traceparent", header.traceparent);
  out.text("attempt").unsigned_integer(header.attempt);
  if (header.expires) {
    out.text("deadline")
        .unsigned_integer(static_cast<std::uint64_t>(base::to_millis(*header.expires)));
  }
  return out.take();
}

base::Bytes encode_door_refused(base::Refusal refusal, std::string_view reason,
                                const std::optional<base::Uuid>& id) {
  Writer out;
  out.map(id ? 4 : 3).text("type").text("refused").text("code").text(base::code(refusal));
  out.text("reason").text(reason);
  if (id) out.text("id").bin(id->bytes);
  return out.take();
}

base::Bytes encode_door_heartbeat() {
  Writer out;
  out.map(1).text("type").text("heartbeat");
  return out.take();
}

base::Bytes encode_door_bye(std::string_view reason) {
  Writer out;
  out.map(reason.empty() ? 1 : 2).text("type").text("bye");
  write_text(out, "reason", reason);
  return out.take();
}

}  // namespace sealbus::delivery
