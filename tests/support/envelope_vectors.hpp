#pragma once
// The cases of tests/vectors/envelope/accept.json and check1.json to check8.json, and what the code
// makes of each.

#include <memory>
#include <optional>
#include <variant>

#include "common/envelope/handshake.hpp"
#include "common/envelope/keys.hpp"
#include "common/envelope/mac.hpp"
#include "common/envelope/sealer.hpp"
#include "common/envelope/verifier.hpp"
#include "tests/support/json_vectors.hpp"
#include "tests/support/manual_clock.hpp"

namespace sealbus::test {

enum class Side : bool { ingress, sidecar };

struct EnvelopeCase {
  std::string name;
  std::string reason;  // empty: it is accepted
  Side receiver{};
  base::WallTime now;
  envelope::ReceiverLimits limits;
  std::vector<std::shared_ptr<const envelope::ServiceKey>> keys;
  envelope::SessionParties parties;
  std::vector<std::uint64_t> seen;
  std::vector<base::Bytes> frames;
  Shown header;         // of an accepted one
  std::string payload;  // the same
  simdjson::dom::element raw;
};

template <std::size_t N>
std::array<std::byte, N> array_of(std::string_view hex) {
  const base::Bytes bytes = unhex(hex);
  std::array<std::byte, N> out{};
  if (bytes.size() != N) throw std::runtime_error("a vector has bytes of the wrong length");
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

inline envelope::SessionParties parties_of(simdjson::dom::element ends) {
  return {.service = text_of(ends, "service"),
          .sidecar = {array_of<16>(text_of(ends, "sidecar"))},
          .ingress = {array_of<16>(text_of(ends, "ingress"))},
          .sidecar_nonce = array_of<32>(text_of(ends, "sidecarNonce")),
          .ingress_nonce = array_of<32>(text_of(ends, "ingressNonce"))};
}

inline base::Bytes frame_of(simdjson::dom::element frame) {
  if (frame.is_string()) return unhex(shown(frame));
  const base::Bytes once = unhex(text_of(frame, "repeat"));
  base::Bytes out;
  for (std::uint64_t left = frame["times"]; left > 0; --left) {
    out.insert(out.end(), once.begin(), once.end());
  }
  return out;
}

inline EnvelopeCase envelope_case(simdjson::dom::element raw, simdjson::dom::element defaults) {
  const auto at = [&](std::string_view key) {
    simdjson::dom::element own;
    return raw[key].get(own) == simdjson::SUCCESS ? own : defaults[key].value();
  };
  EnvelopeCase out;
  out.raw = raw;
  out.name = text_of(raw, "name");
  out.reason = text_or_empty(raw, "reason");
  out.receiver = text_of(raw, "receiver") == "ingress" ? Side::ingress : Side::sidecar;
  out.now = base::from_millis(std::int64_t(at("now")));
  out.limits.header_and_payload = std::uint64_t(at("limit"));
  out.limits.skew = std::chrono::milliseconds(std::int64_t(at("skew")));
  for (const auto text : simdjson::dom::array(at("keys"))) {
    auto key = envelope::ServiceKey::parse(shown(text));
    out.keys.push_back(std::make_shared<const envelope::ServiceKey>(std::move(key).value()));
  }
  out.parties = parties_of(at("session"));
  for (const auto sequence : simdjson::dom::array(raw["seen"])) out.seen.emplace_back(sequence);
  for (const auto frame : simdjson::dom::array(raw["frames"])) {
    out.frames.push_back(frame_of(frame));
  }
  if (out.reason.empty()) {
    out.header = fields_of(raw["header"]);
    out.payload = text_of(raw, "payload");
  }
  return out;
}

// A seal of any sequence, as no Sealer makes it.
inline envelope::SealBytes seal_by_hand(envelope::HmacSha256& mac, envelope::Seal seal,
                                        base::ByteView header, base::ByteView payload) {
  const envelope::SealBytes untagged = encode(seal);
  seal.tag =
      compute_tag(mac, base::ByteView(untagged).first(envelope::kTaggedSealSize), header, payload);
  return encode(seal);
}

// The verifier of the session, when it has accepted what the case says.
inline envelope::Verifier verifier_of(const EnvelopeCase& on) {
  using envelope::MessageType;
  using envelope::Purpose;
  const Purpose receives = on.receiver == Side::ingress ? Purpose::up : Purpose::down;
  const envelope::ServiceKey& key = *on.keys.front();
  const auto session = session_id(key, on.parties);
  const auto secret = traffic_key(key, on.parties, receives);
  envelope::Verifier verifier(receives, key.id(), session, secret);
  envelope::HmacSha256 mac(secret);
  for (const std::uint64_t sequence : on.seen) {
    envelope::Header header;
    const bool registers = receives == Purpose::up && sequence == on.seen.front();
    header.type = registers ? MessageType::register_ : MessageType::heartbeat;
    const auto encoded = encode_control(header).value();
    const auto seal =
        seal_by_hand(mac, {receives, key.id(), session, sequence, {}}, encoded.bytes(), {});
    const auto opened = verifier.open({seal, encoded.bytes(), {}}, on.now, on.limits);
    if (!opened) throw std::runtime_error("a message before the case was not accepted");
  }
  return verifier;
}

// The fields of a header, in the form in which the vectors have them.
inline Shown shown_header(const envelope::Header& header) {
  Shown out;
  const auto text = [&](std::string_view key, std::string_view value) {
    if (!value.empty()) out.emplace(key, value);
  };
  const auto bytes = [&](std::string_view key, base::ByteView value) {
    text(key, base::to_hex(value));
  };
  const auto number = [&](std::string_view key, auto value) {
    if (value) out.emplace(key, std::to_string(*value));
  };
  const auto millis = [&](std::string_view key, auto value) {
    if (value) out.emplace(key, std::to_string(value->count()));
  };
  const auto time = [&](std::string_view key, std::optional<base::WallTime> value) {
    if (value) out.emplace(key, std::to_string(base::to_millis(*value)));
  };
  const auto pairs = [&](std::string_view key, const envelope::TextPairs& all) {
    Shown sorted;
    for (const auto& [name, value] : all) sorted.emplace(name, value);
    if (!all.empty()) out.emplace(key, shown(sorted));
  };
  const auto list = [&](std::string_view key, const std::vector<std::string_view>& all) {
    out.emplace(key, shown(std::vector<std::string>(all.begin(), all.end())));
  };
  text("type", name(header.type));
  bytes("id", header.id.bytes);
  time("issued", header.issued);
  time("expires", header.expires);
  text("service", header.service);
  if (header.instance) bytes("instance", header.instance->bytes);
  bytes("nonce", header.nonce);
  bytes("echo", header.echo);
  millis("heartbeat", header.heartbeat);
  text("contract", header.contract);
  text("kind", header.kind);
  bytes("auth", header.auth);
  bytes("proof", header.proof);
  text("correlationId", header.correlation_id);
  text("traceparent", header.traceparent);
  text("contentType", header.content_type);
  text("method", header.method);
  text("path", header.path);
  pairs("params", header.params);
  text("query", header.query);
  pairs("headers", header.headers);
  if (header.attempt != 0) out.emplace("attempt", std::to_string(header.attempt));
  if (header.answers) bytes("answers", header.answers->bytes);
  if (header.status != 0) out.emplace("status", std::to_string(header.status));
  text("code", header.code);
  text("subject", header.subject);
  text("reason", header.reason);
  if (!header.missing.empty()) list("missing", header.missing);
  millis("delay", header.delay);
  if (header.permissions) list("permissions", *header.permissions);
  number("upTo", header.up_to);
  number("bytes", header.bytes);
  if (header.ready) out.emplace("ready", *header.ready ? "true" : "false");
  return out;
}

}  // namespace sealbus::test
