// Every case of tests/vectors/protocol, and what follows from them.

#include <random>

#include <gtest/gtest.h>

#include "fake_sidecar.hpp"
#include "src/protocol.hpp"
#include "src/wire.hpp"

namespace sealbus::detail {
namespace {

using simdjson::dom::element;
using test::Shown;
using test::shown;

std::string hex(std::string_view bytes) { return base::to_hex(base::as_bytes(bytes)); }

std::vector<std::string> frames_of(element one) {
  std::vector<std::string> frames;
  for (const element frame : simdjson::dom::array(one["frames"])) {
    std::string& bytes = frames.emplace_back();
    for (const element part : simdjson::dom::array(frame)) {
      const bool repeated = part.is_object();
      const auto piece =
          test::unhex(repeated ? test::text_of(part, "repeat") : std::string_view(part));
      const std::uint64_t times = repeated ? std::uint64_t(part["times"]) : 1;
      for (std::uint64_t i = 0; i < times; ++i) bytes += base::as_text(piece);
    }
  }
  return frames;
}

std::string millis(Time time) { return std::to_string(time.time_since_epoch().count()); }

Shown shown_map(const std::map<std::string, std::string>& map) { return {map.begin(), map.end()}; }

std::string shown_id(const MessageId& id) { return base::to_hex(id); }

std::string shown_auth(const Auth& auth) {
  Shown out{{"userId", auth.user_id},
            {"permissions", shown(auth.permissions)},
            {"wildcards", auth.wildcards ? "true" : "false"},
            {"method", std::string(name_of(auth.method))},
            {"authenticatedAt", millis(auth.authenticated_at)}};
  if (!auth.issuer.empty()) out["issuer"] = auth.issuer;
  if (!auth.token_id.empty()) out["tokenId"] = auth.token_id;
  if (!auth.permissions_source.empty()) out["permissionsSource"] = auth.permissions_source;
  if (auth.expires_at) out["expiresAt"] = millis(*auth.expires_at);
  if (!auth.claims.empty()) out["claims"] = shown(shown_map(auth.claims));
  if (!auth.actor.empty()) out["actor"] = shown(auth.actor);
  return shown(out);
}

Shown fields_of_message(const Delivered& delivered) {
  static constexpr const char* kKinds[] = {"command", "query", "event"};
  const Message& m = delivered.message;
  Shown out{{"type", "message"},
            {"id", shown_id(m.id)},
            {"contract", m.contract},
            {"kind", kKinds[static_cast<std::size_t>(m.kind)]},
            {"auth", shown_auth(delivered.auth)},
            {"context", hex(m.context)},
            {"attempt", std::to_string(m.attempt)},
            {"proof", hex(m.proof)},
            {"method", m.method},
            {"path", m.path},
            {"query", m.query},
            {"contentType", m.content_type},
            {"correlationId", m.correlation_id},
            {"traceparent", m.traceparent},
            {"params", shown(shown_map(m.params))},
            {"headers", shown(shown_map(m.headers))}};
  if (m.deadline) out["deadline"] = millis(*m.deadline);
  return out;
}

Shown fields_of(const FromSidecar& said) {
  struct {
    Shown operator()(const Malformed& m) const { return {{"malformed", m.text}}; }
    Shown operator()(const Subscribed& s) const {
      return {{"type", "subscribed"},
              {"protocol", "1"},
              {"service", s.service},
              {"instance", hex(s.instance)},
              {"heartbeat", std::to_string(s.heartbeat.count())},
              {"contracts", shown(s.contracts)}};
    }
    Shown operator()(const Delivered& d) const { return fields_of_message(d); }
    Shown operator()(const Refused& r) const {
      return {{"type", "refused"},
              {"code", r.code},
              {"reason", r.reason},
              {"id", r.id ? shown_id(*r.id) : std::string()}};
    }
    Shown operator()(const Heartbeat&) const { return {{"type", "heartbeat"}}; }
    Shown operator()(const Bye& b) const { return {{"type", "bye"}, {"reason", b.reason}}; }
  } each;
  return std::visit(each, said);
}

// What is empty and what is absent are the same to a service.
Shown without_empty(Shown fields) {
  std::erase_if(fields, [](const auto& entry) {
    return entry.second.empty() || (entry.second == "{}" && entry.first != "auth");
  });
  return fields;
}

TEST(ProtocolVectors, WhatMustBeReadIsRead) {
  const test::VectorFile file("protocol/sidecar_to_service.json");
  for (const auto* group : {"encode", "accept"}) {
    for (const element one : file.list(group)) {
      SCOPED_TRACE(test::text_of(one, "name"));
      const auto frames = frames_of(one);
      const FromSidecar said = read(frames);
      EXPECT_EQ(without_empty(fields_of(said)), without_empty(test::fields_of(one["fields"])));
      if (const auto* delivered = std::get_if<Delivered>(&said)) {
        EXPECT_EQ(delivered->message.payload, frames[1]);
      }
    }
  }
}

TEST(ProtocolVectors, WhatMustBeRefusedIsRefusedForItsReason) {
  const test::VectorFile file("protocol/sidecar_to_service.json");
  for (const element one : file.list("reject")) {
    SCOPED_TRACE(test::text_of(one, "name"));
    const FromSidecar said = read(frames_of(one));
    const auto* malformed = std::get_if<Malformed>(&said);
    ASSERT_NE(malformed, nullptr);
    EXPECT_EQ(malformed->code, test::text_of(one, "reason"));
  }
}

MessageId id_of(element fields) {
  MessageId id{};
  const auto bytes = test::unhex(test::text_of(fields, "id"));
  std::copy(bytes.begin(), bytes.end(), id.begin());
  return id;
}

Frames written_subscription(element fields) {
  Subscription subscription;
  subscription.credit = static_cast<std::uint16_t>(std::uint64_t(fields["credit"]));
  subscription.name = test::text_or_empty(fields, "name");
  simdjson::dom::array contracts;
  if (fields["contracts"].get(contracts) == simdjson::SUCCESS) {
    subscription.contracts.emplace();
    for (const element contract : contracts) {
      subscription.contracts->emplace_back(std::string_view(contract));
    }
  }
  return subscribe(subscription);
}

Frames written_reply(element fields, std::string payload) {
  ReplyFields out;
  std::int64_t status = 0;
  if (fields["status"].get(status) == simdjson::SUCCESS) out.status = static_cast<int>(status);
  out.content_type = test::text_or_empty(fields, "contentType");
  simdjson::dom::object headers;
  if (fields["headers"].get(headers) == simdjson::SUCCESS) {
    for (const auto [name, value] : headers) out.headers.emplace(name, std::string_view(value));
  }
  return reply(id_of(fields), out, std::move(payload));
}

Frames written(element fields, std::string payload) {
  const std::string type = test::text_of(fields, "type");
  if (type == "subscribe") return written_subscription(fields);
  if (type == "reply") return written_reply(fields, std::move(payload));
  if (type == "heartbeat") return heartbeat();
  if (type == "bye") return bye();
  const MessageId id = id_of(fields);
  if (type == "ack") return ack(id);
  if (type == "progress") return progress(id);
  const std::string reason = test::text_or_empty(fields, "reason");
  if (type == "reject") return reject(id, test::text_or_empty(fields, "code"), reason);
  std::int64_t delay = 0;
  const bool delayed = fields["delay"].get(delay) == simdjson::SUCCESS;
  return nack(id, delayed ? std::optional(std::chrono::milliseconds(delay)) : std::nullopt, reason);
}

TEST(ProtocolVectors, WhatAServiceSendsIsWritten) {
  const test::VectorFile file("protocol/service_to_sidecar.json");
  for (const element one : file.list("encode")) {
    SCOPED_TRACE(test::text_of(one, "name"));
    const auto frames = frames_of(one);
    const Frames made = written(one["fields"], frames[1]);
    EXPECT_EQ(test::header_fields(made.header), test::header_fields(frames[0]));
    EXPECT_EQ(made.header.size(), frames[0].size());
    EXPECT_EQ(made.payload, frames[1]);
  }
}

TEST(Protocol, EveryHeaderCutShortIsRefused) {
  const test::VectorFile file("protocol/sidecar_to_service.json");
  for (const element one : file.list("encode")) {
    const auto frames = frames_of(one);
    for (std::size_t length = 0; length < std::min<std::size_t>(frames[0].size(), 600); ++length) {
      const FromSidecar said = read({frames[0].substr(0, length), frames[1]});
      ASSERT_TRUE(std::holds_alternative<Malformed>(said))
          << test::text_of(one, "name") << " cut to " << length;
    }
  }
}

TEST(Protocol, ChangedBytesAreReadOrRefusedAndNothingElse) {
  const test::VectorFile file("protocol/sidecar_to_service.json");
  std::minstd_rand dice(1);
  std::size_t refused = 0;
  for (const element one : file.list("encode")) {
    const auto frames = frames_of(one);
    for (int i = 0; i < 200; ++i) {
      auto changed = frames;
      for (auto left = dice() % 3 + 1; left > 0; --left) {
        const auto at = dice() % std::min<std::size_t>(frames[0].size(), 600);
        changed[0][at] = static_cast<char>(dice() & 0xff);
      }
      if (std::holds_alternative<Malformed>(read(std::move(changed)))) ++refused;
    }
  }
  EXPECT_GT(refused, 1'000U);
}

TEST(Protocol, AMessageThatDoesNotFitKeepsItsId) {
  wire::Writer out;
  out.map(3).text("path").unsigned_integer(5).text("id").bin(base::Bytes(16, std::byte(7)));
  out.text("type").text("message");
  const auto header = std::string(base::as_text(out.take()));
  const FromSidecar said = read({header, ""});
  const auto* malformed = std::get_if<Malformed>(&said);
  ASSERT_NE(malformed, nullptr);
  ASSERT_TRUE(malformed->id);
  EXPECT_EQ(shown_id(*malformed->id), "07070707070707070707070707070707");
}

TEST(ProtocolWriting, RefusesWhatWouldNotBeRead) {
  const MessageId id{};
  EXPECT_NO_THROW(reply(id, {200, "", {}}, std::string(kMostPayload, 'x')));
  EXPECT_THROW(reply(id, {200, "", {}}, std::string(kMostPayload + 1, 'x')), std::length_error);
  EXPECT_THROW(reply(id, {199, "", {}}, ""), std::length_error);
  EXPECT_THROW(reply(id, {600, "", {}}, ""), std::length_error);
  EXPECT_THROW(reply(id, {200, std::string(257, 'x'), {}}, ""), std::length_error);
  EXPECT_THROW(reply(id, {200, "\xff", {}}, ""), std::invalid_argument);
  EXPECT_THROW(reply(id, {200, "", {{"x", std::string(8'193, 'v')}}}, ""), std::length_error);
  ReplyFields many;
  for (int i = 0; i < 8; ++i) many.headers["x-" + std::to_string(i)] = std::string(8'192, 'v');
  EXPECT_THROW(reply(id, many, ""), std::length_error);
}

TEST(ProtocolWriting, CutsAndMendsTheTextsOfARefusal) {
  std::string umlauts;
  for (int i = 0; i < 2'000; ++i) umlauts += "\xc3\xbc";
  const Shown fields = test::header_fields(reject({}, std::string(65, 'c'), "x" + umlauts).header);
  EXPECT_EQ(fields.at("code"), std::string(64, 'c'));
  EXPECT_EQ(fields.at("reason"), "x" + umlauts.substr(0, 1'022));
  EXPECT_EQ(test::header_fields(reject({},
                                       "a\xff"
                                       "b",
                                       "")
                                    .header)
                .at("code"),
            "a?b");
}

}  // namespace
}  // namespace sealbus::detail
