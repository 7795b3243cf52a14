#include "common/tap/message.hpp"

#include <functional>

#include <gtest/gtest.h>

#include "common/wire/writer.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/unit/sidecar/ingress/identities.hpp"

namespace sealbus::tap {
namespace {

using base::as_bytes;
using base::Refusal;
using wire::Writer;
using Texts = std::vector<std::string_view>;

const test::ManualClock kClock;

Subject subject() {
  Subject made{"orders.OrderPlaced", "event", {}, kClock.wall(), "req-1"};
  made.id.bytes.fill(std::byte{7});
  return made;
}

base::Result<Message> read(std::string_view topic, const base::Bytes& map,
                           std::optional<std::string_view> payload) {
  std::vector<base::ByteView> frames = {as_bytes(topic), map};
  if (payload) frames.push_back(as_bytes(*payload));
  return decode(frames);
}

std::string error_of(const base::Result<Message>& result) {
  return result ? "accepted" : result.error().detail;
}

TEST(TapMessage, ReadsWhatWasWrittenOfADeliveredMessage) {
  const auto identity = ingress::test_identity::user(kClock, "user-123", "users:create,users:read");
  const auto [topic, map] = encode_delivered(
      subject(), identity, {"application/json", "00-trace", "POST", "/api/place-order"});
  EXPECT_EQ(topic, "orders.OrderPlaced");
  const auto message = read(topic, map, "{}");
  ASSERT_TRUE(message) << error_of(message);
  EXPECT_TRUE(message->delivered());
  EXPECT_EQ(message->subject.contract, "orders.OrderPlaced");
  EXPECT_EQ(message->subject.kind, "event");
  EXPECT_EQ(message->subject.id, subject().id);
  EXPECT_EQ(message->subject.time, kClock.wall());
  EXPECT_EQ(message->subject.correlation_id, "req-1");
  EXPECT_EQ(message->user, "user-123");
  EXPECT_EQ(message->permissions, (Texts{"users:create", "users:read"}));
  EXPECT_EQ(message->method, identity::Method::development);
  EXPECT_EQ(message->request.content_type, "application/json");
  EXPECT_EQ(message->request.traceparent, "00-trace");
  EXPECT_EQ(message->request.http_method, "POST");
  EXPECT_EQ(message->request.path, "/api/place-order");
  EXPECT_EQ(base::as_text(message->payload), "{}");
}

TEST(TapMessage, LeavesOutWhatIsNotThere) {
  Subject bare = subject();
  bare.correlation_id = {};
  const auto identity = ingress::test_identity::user(kClock, "u", "*");
  const auto [topic, map] = encode_delivered(bare, identity, {});
  const auto message = read(topic, map, "");
  ASSERT_TRUE(message) << error_of(message);
  EXPECT_EQ(message->subject.correlation_id, "");
  EXPECT_EQ(message->request.path, "");
  EXPECT_EQ(message->wildcards, identity::Wildcards::on);
}

TEST(TapMessage, ReadsWhatWasWrittenOfARefusedMessage) {
  const auto [topic, map] = encode_refused(subject(), "user-123", Refusal::permission_denied);
  EXPECT_EQ(topic, "!refused.orders.OrderPlaced");
  const auto message = read(topic, map, std::nullopt);
  ASSERT_TRUE(message) << error_of(message);
  EXPECT_FALSE(message->delivered());
  EXPECT_EQ(message->decision, "permission_denied");
  EXPECT_EQ(message->user, "user-123");
  EXPECT_EQ(message->subject.contract, "orders.OrderPlaced");
  EXPECT_FALSE(message->method);
  const auto [same, unknown] = encode_refused(subject(), "", Refusal::malformed_header);
  EXPECT_TRUE(read(same, unknown, std::nullopt));
}

TEST(TapMessage, OfARefusedOneNothingIsWrittenThatCouldBeActedUpon) {
  const auto [topic, map] = encode_refused(subject(), "user-123", Refusal::expired);
  EXPECT_EQ(base::as_text(map).find("userId"), std::string_view::npos);
  EXPECT_EQ(base::as_text(map).find("permissions"), std::string_view::npos);
}

TEST(TapMessage, NeitherFormPassesForTheOther) {
  const auto identity = ingress::test_identity::user(kClock, "u", "a");
  const auto delivered = encode_delivered(subject(), identity, {});
  const auto refused = encode_refused(subject(), "u", Refusal::expired);
  EXPECT_FALSE(read(delivered.topic, delivered.map, std::nullopt));
  EXPECT_FALSE(read(refused.topic, refused.map, ""));
  EXPECT_FALSE(read(refused.topic, delivered.map, ""));
  EXPECT_FALSE(read(delivered.topic, refused.map, std::nullopt));
}

// A good map of either form, to be changed in one place.
using Entries = std::vector<std::pair<std::string, std::function<void(Writer&)>>>;

Entries good_subject(std::string_view decision) {
  return {{"decision", [decision](Writer& out) { out.text(decision); }},
          {"contract", [](Writer& out) { out.text("orders.OrderPlaced"); }},
          {"kind", [](Writer& out) { out.text("event"); }},
          {"id", [](Writer& out) { out.bin(base::Bytes(16)); }},
          {"time", [](Writer& out) { out.unsigned_integer(1); }}};
}

Entries good_delivered() {
  Entries entries = good_subject("delivered");
  const Entries user = {{"userId", [](Writer& out) { out.text("u"); }},
                        {"permissions", [](Writer& out) { out.array(1).text("a:b"); }},
                        {"wildcards", [](Writer& out) { out.boolean(false); }},
                        {"method", [](Writer& out) { out.text("jwt"); }},
                        {"authenticatedAt", [](Writer& out) { out.unsigned_integer(1); }}};
  entries.insert(entries.end(), user.begin(), user.end());
  return entries;
}

base::Bytes written(const Entries& entries) {
  Writer out;
  out.map(static_cast<std::uint32_t>(entries.size()));
  for (const auto& [key, write] : entries) {
    out.text(key);
    write(out);
  }
  return out.take();
}

// With this value for this key, which is added if it is not there.
base::Result<Message> changed(Entries entries, bool delivered, const std::string& key,
                              std::function<void(Writer&)> write) {
  const auto at = std::find_if(entries.begin(), entries.end(),
                               [&](const auto& entry) { return entry.first == key; });
  if (at != entries.end()) {
    at->second = std::move(write);
  } else {
    entries.emplace_back(key, std::move(write));
  }
  return delivered ? read("orders.OrderPlaced", written(entries), "x")
                   : read("!refused.orders.OrderPlaced", written(entries), std::nullopt);
}

struct Change {
  const char* what;
  const char* key;
  std::function<void(Writer&)> write;
};

void text_of(Writer& out, std::size_t size) { out.text(std::string(size, 'x')); }

const std::vector<Change> kBadInBoth = {
    {"no text", "decision", [](Writer& out) { out.text(""); }},
    {"another type", "decision", [](Writer& out) { out.unsigned_integer(1); }},
    {"another contract than the topic", "contract", [](Writer& out) { out.text("orders.Other"); }},
    {"a longer contract", "contract", [](Writer& out) { text_of(out, 193); }},
    {"an unknown kind", "kind", [](Writer& out) { out.text("job"); }},
    {"a short id", "id", [](Writer& out) { out.bin(base::Bytes(15)); }},
    {"an id as text", "id", [](Writer& out) { text_of(out, 16); }},
    {"after the year 9999", "time", [](Writer& out) { out.unsigned_integer(253'402'300'800'000); }},
    {"a negative time", "time", [](Writer& out) { out.integer(-1); }},
    {"too long", "correlationId", [](Writer& out) { text_of(out, 129); }},
    {"empty", "correlationId", [](Writer& out) { out.text(""); }},
    {"to be understood", "!new", [](Writer& out) { out.nil(); }},
    {"nested too deeply", "new",
     [](Writer& out) {
       for (int i = 0; i < 9; ++i) out.array(1);
       out.nil();
     }},
};

TEST(TapMessage, RefusesEachFormChangedInOnePlace) {
  for (const Change& change : kBadInBoth) {
    EXPECT_FALSE(changed(good_delivered(), true, change.key, change.write))
        << change.key << " " << change.what;
    EXPECT_FALSE(changed(good_subject("expired"), false, change.key, change.write))
        << change.key << " " << change.what;
  }
}

TEST(TapMessage, RefusesADeliveredOneChangedInOnePlace) {
  const std::vector<Change> changes = {
      {"a refusal", "decision", [](Writer& out) { out.text("expired"); }},
      {"nobody, though not anonymous", "userId", [](Writer& out) { out.text(""); }},
      {"too long", "userId", [](Writer& out) { text_of(out, 1'025); }},
      {"no permission", "permissions", [](Writer& out) { out.array(1).text("a b"); }},
      {"an empty permission", "permissions", [](Writer& out) { out.array(1).text(""); }},
      {"no array", "permissions", [](Writer& out) { out.text("a:b"); }},
      {"too many", "permissions",
       [](Writer& out) {
         out.array(1'025);
         for (int i = 0; i < 1'025; ++i) out.text("a");
       }},
      {"a number", "wildcards", [](Writer& out) { out.unsigned_integer(1); }},
      {"an unknown one", "method", [](Writer& out) { out.text("magic"); }},
      {"somebody, though anonymous", "method", [](Writer& out) { out.text("anonymous"); }},
      {"a text", "authenticatedAt", [](Writer& out) { out.text("now"); }},
      {"a text", "expiresAt", [](Writer& out) { out.text("soon"); }},
      {"an array", "claims", [](Writer& out) { out.array(0); }},
      {"too many", "actor",
       [](Writer& out) {
         out.array(9);
         for (int i = 0; i < 9; ++i) out.text("a");
       }},
      {"too long", "contentType", [](Writer& out) { text_of(out, 257); }},
      {"too long", "traceparent", [](Writer& out) { text_of(out, 56); }},
      {"too long", "httpMethod", [](Writer& out) { text_of(out, 17); }},
      {"too long", "path", [](Writer& out) { text_of(out, 8'193); }},
  };
  ASSERT_TRUE(changed(good_delivered(), true, "unknown", [](Writer& out) { out.nil(); }));
  for (const Change& change : changes) {
    EXPECT_FALSE(changed(good_delivered(), true, change.key, change.write))
        << change.key << " " << change.what;
  }
}

TEST(TapMessage, RefusesARefusedOneChangedInOnePlace) {
  const std::vector<Change> changes = {
      {"delivered after all", "decision", [](Writer& out) { out.text("delivered"); }},
      {"somebody to act for", "userId", [](Writer& out) { out.text("u"); }},
      {"what they may do", "permissions", [](Writer& out) { out.array(0); }},
      {"empty", "user", [](Writer& out) { out.text(""); }},
      {"too long", "user", [](Writer& out) { text_of(out, 1'025); }},
  };
  ASSERT_TRUE(changed(good_subject("expired"), false, "unknown", [](Writer& out) { out.nil(); }));
  for (const Change& change : changes) {
    EXPECT_FALSE(changed(good_subject("expired"), false, change.key, change.write))
        << change.key << " " << change.what;
  }
}

TEST(TapMessage, RefusesEitherFormWithoutOneOfItsKeys) {
  for (std::size_t i = 0; i < good_delivered().size(); ++i) {
    Entries entries = good_delivered();
    const std::string key = entries[i].first;
    entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(i));
    const auto result = read("orders.OrderPlaced", written(entries), "x");
    EXPECT_EQ(error_of(result), key + " is missing");
  }
  for (std::size_t i = 0; i < good_subject("expired").size(); ++i) {
    Entries entries = good_subject("expired");
    entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_FALSE(read("!refused.orders.OrderPlaced", written(entries), std::nullopt)) << i;
  }
}

TEST(TapMessage, RefusesFramesThatAreTooManyTooFewOrTooLarge) {
  const base::Bytes map = written(good_delivered());
  const std::string largest(kMostPayload.value, 'x');
  EXPECT_TRUE(read("orders.OrderPlaced", map, largest));
  const auto larger = read("orders.OrderPlaced", map, largest + "x");
  ASSERT_FALSE(larger);
  EXPECT_EQ(larger.error().refusal, Refusal::bad_size);
  const base::ByteView one = as_bytes("orders.OrderPlaced");
  for (const std::vector<base::ByteView>& frames :
       {std::vector<base::ByteView>{}, {one}, {one, map, one, one}}) {
    const auto result = decode(frames);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().refusal, Refusal::bad_size);
  }
  Entries large = good_delivered();
  large.emplace_back("unknown", [](Writer& out) { text_of(out, kMostMap.value); });
  EXPECT_EQ(error_of(read("orders.OrderPlaced", written(large), "")), "the map is too large");
}

TEST(TapMessage, RefusesEveryBeginningOfAMapAndWhatFollowsIt) {
  const base::Bytes map = written(good_delivered());
  for (std::size_t size = 0; size < map.size(); ++size) {
    const base::Bytes cut(map.begin(), map.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(read("orders.OrderPlaced", cut, "x")) << size;
  }
  base::Bytes more = map;
  more.push_back(std::byte{0xc0});
  EXPECT_FALSE(read("orders.OrderPlaced", more, "x"));
}

TEST(TapMessage, RefusesAKeyThatIsThereTwice) {
  Entries twice = good_delivered();
  twice.push_back(twice.front());
  EXPECT_FALSE(read("orders.OrderPlaced", written(twice), "x"));
}

}  // namespace
}  // namespace sealbus::tap
