// The header as a whole (FORMAT.md §5): which fields a type of message has, reading and writing.
#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>

#include <fmt/core.h>

#include "common/envelope/header.hpp"
#include "common/envelope/header_fields.hpp"
#include "common/identity/auth_context.hpp"

namespace sealbus::envelope {
namespace {

constexpr std::uint32_t kMostEntries = 64;  // §5.1
constexpr std::size_t kLongestKey = 64;     // §5.1

// One bit for each field, in the order of kFieldKeys.
using FieldSet = std::uint64_t;
static_assert(kFieldKeys.size() <= 64);

constexpr FieldSet bit(std::size_t field) { return FieldSet{1} << field; }

consteval FieldSet fields(std::initializer_list<std::string_view> keys) {
  FieldSet set = 0;
  for (const std::string_view key : keys) {
    std::size_t i = 0;
    while (kFieldKeys.at(i) != key) ++i;  // a key that does not exist does not compile
    set |= bit(i);
  }
  return set;
}

// One bit for each purpose under which a type travels.
using PurposeSet = unsigned;
constexpr PurposeSet bit(Purpose purpose) { return 1U << static_cast<unsigned>(purpose); }
constexpr PurposeSet kHello = bit(Purpose::hello);
constexpr PurposeSet kWelcome = bit(Purpose::welcome);
constexpr PurposeSet kUp = bit(Purpose::up);
constexpr PurposeSet kDown = bit(Purpose::down);

enum class Payload : bool { empty, any };

struct Type {
  std::string_view name;
  PurposeSet purposes;
  FieldSet needs;
  FieldSet may_have;
  Payload payload;
};

constexpr FieldSet kAlways = fields({"type", "id", "issued"});

// §5.3, in the order of MessageType.
constexpr auto kTypes = std::to_array<Type>({
    {"hello", kHello, fields({"service", "instance", "nonce", "heartbeat"}), 0, Payload::empty},
    {"welcome", kWelcome, fields({"instance", "echo", "nonce", "heartbeat"}), 0, Payload::empty},
    {"register", kUp, 0, 0, Payload::any},
    {"message", kDown, fields({"contract", "kind", "expires", "auth", "attempt"}),
     fields({"proof", "correlationId", "traceparent", "contentType", "method", "path", "params",
             "query", "headers"}),
     Payload::any},
    {"reply", kUp, fields({"answers", "status"}),
     fields({"contentType", "headers", "correlationId"}), Payload::any},
    {"refused", kUp | kDown, fields({"answers", "code"}), fields({"subject", "reason", "missing"}),
     Payload::empty},
    {"ack", kUp | kDown, fields({"answers"}), 0, Payload::empty},
    {"nack", kUp, fields({"answers"}), fields({"delay", "reason"}), Payload::empty},
    {"reject", kUp, fields({"answers"}), fields({"code", "reason"}), Payload::empty},
    {"progress", kUp, fields({"answers"}), 0, Payload::empty},
    {"credit", kUp, fields({"upTo", "bytes", "ready"}), 0, Payload::empty},
    {"publish", kUp, fields({"contract", "expires"}),
     fields({"auth", "proof", "permissions", "correlationId", "traceparent", "contentType"}),
     Payload::any},
    {"heartbeat", kUp | kDown, 0, 0, Payload::empty},
    {"bye", kUp | kDown, 0, fields({"reason"}), Payload::empty},
});
static_assert(kTypes.size() == static_cast<std::size_t>(MessageType::bye) + 1);

constexpr FieldSet kAuthAndProof = fields({"auth", "proof"});

const Type& type_of(MessageType type) { return kTypes[static_cast<std::size_t>(type)]; }

std::string_view first_key(FieldSet set) {
  return kFieldKeys[static_cast<std::size_t>(std::countr_zero(set))];
}

// Has a header of this type all that it needs and nothing else? What is wrong otherwise.
std::optional<std::string> mismatch(MessageType type, FieldSet has) {
  const Type& rule = type_of(type);
  const FieldSet needs = kAlways | rule.needs;
  const auto say = [&](FieldSet set, std::string_view what) {
    return fmt::format("{}: {} {}", rule.name, first_key(set), what);
  };
  if ((needs & ~has) != 0) return say(needs & ~has, "is missing");
  if ((has & ~(needs | rule.may_have)) != 0) {
    return say(has & ~(needs | rule.may_have), "does not belong there");
  }
  const bool half = type == MessageType::publish && std::popcount(has & kAuthAndProof) == 1;
  if (half) return say(kAuthAndProof & ~has, "is missing");
  return std::nullopt;
}

// Finds fields by key. Senders write them in the order of the table, so the search goes on where it
// last ended.
class FieldFinder {
 public:
  // kFieldKeys.size() if there is none.
  std::size_t find(std::string_view key) {
    for (std::size_t tried = 0; tried < kFieldKeys.size(); ++tried) {
      const std::size_t at = next_;
      next_ = next_ + 1 == kFieldKeys.size() ? 0 : next_ + 1;
      if (kFieldKeys[at] == key) return at;
    }
    return kFieldKeys.size();
  }

 private:
  std::size_t next_ = 0;
};

std::size_t likely_size(const Outgoing& from) {
  std::size_t size = 384 + from.auth.size() + from.header.path.size() + from.header.query.size();
  for (const auto& [name, value] : from.header.params) size += name.size() + value.size() + 8;
  for (const auto& [name, value] : from.header.headers) size += name.size() + value.size() + 8;
  return size;
}

}  // namespace

std::string_view name(MessageType type) { return type_of(type).name; }

std::optional<MessageType> type_named(std::string_view name) {
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    if (kTypes[i].name == name) return static_cast<MessageType>(i);
  }
  return std::nullopt;
}

bool fits(MessageType type, Purpose purpose) {
  return (type_of(type).purposes & bit(purpose)) != 0;
}

bool takes_payload(MessageType type) { return type_of(type).payload == Payload::any; }

base::Result<EncodedHeader> encode_header(const Header& header, base::ByteView auth) {
  const Outgoing from{header, auth};
  const auto all = header_fields();
  FieldSet has = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].is_there(from)) has |= bit(i);
  }
  if (mismatch(header.type, has)) std::abort();
  wire::Writer out(likely_size(from));
  out.map(static_cast<std::uint32_t>(std::popcount(has)));
  for (; has != 0; has &= has - 1) {
    const Field& field = all[static_cast<std::size_t>(std::countr_zero(has))];
    if (!field.write(out.text(field.key), from)) {
      return base::refuse(base::Refusal::bad_request,
                          fmt::format("{} is too long, not UTF-8 or otherwise not within the "
                                      "bounds of an envelope",
                                      field.key));
    }
  }
  base::Bytes bytes = out.take();
  if (bytes.size() > kMostHeader) return base::refuse(base::Refusal::headers_too_large);
  return EncodedHeader(header.type, std::move(bytes));
}

base::Result<EncodedHeader> encode_control(const Header& header) {
  if (header.type == MessageType::message) std::abort();
  return encode_header(header, header.auth);
}

base::Result<EncodedHeader> encode_message(const Header& header,
                                           const identity::Identity& identity) {
  if (header.type != MessageType::message) std::abort();
  return encode_header(header, identity::encode(identity.context()));
}

base::Result<void> decode_header(base::ByteView frame, Header& header) {
  wire::Reader in(frame);
  const auto all = header_fields();
  FieldFinder finder;
  FieldSet has = 0;
  std::string_view reading = "header";
  std::vector<std::string_view> unknown;
  for (std::uint32_t left = in.map(kMostEntries); left > 0 && !in.failed(); --left) {
    const std::string_view key = in.text(kLongestKey);
    const std::size_t found = finder.find(key);
    if (found < all.size()) {
      reading = all[found].key;
      if ((has & bit(found)) != 0) in.fail("duplicate key");
      has |= bit(found);
      all[found].read(in, header);
    } else {
      if (std::find(unknown.begin(), unknown.end(), key) != unknown.end()) in.fail("duplicate key");
      unknown.push_back(key);
      in.pass_over(key);
    }
  }
  const auto refuse = [](std::string what) {
    return base::refuse(base::Refusal::malformed_header, std::move(what));
  };
  in.end();
  if (in.failed()) return refuse(fmt::format("{}: {}", reading, in.error()));
  if (auto what = mismatch(header.type, has)) return refuse(std::move(*what));
  return {};
}

}  // namespace sealbus::envelope
