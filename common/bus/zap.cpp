#include "common/bus/zap.hpp"

#include <algorithm>

namespace sealbus::bus {
namespace {

// version, request id, domain, address, identity, mechanism, credentials
constexpr std::size_t kRequestFrames = 7;
constexpr std::string_view kVersion = "1.0";
constexpr std::string_view kMechanism = "CURVE";
constexpr std::size_t kLongestText = 255;
// For what could not be read, RFC 27 has no status of its own: it is an error of the requester.
constexpr std::string_view kAdmitted = "200";
constexpr std::string_view kTurnedAway = "400";
constexpr std::string_view kMalformed = "500";

Message reply(base::ByteView request_id, std::string_view status, std::string_view text,
              std::string_view user_id = {}) {
  return message_of({base::as_bytes(kVersion), request_id, base::as_bytes(status),
                     base::as_bytes(text), base::as_bytes(user_id), base::ByteView{}});
}

std::optional<CurveKey> key_of(base::ByteView bytes) {
  CurveKey key;
  if (bytes.size() != key.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), key.begin());
  return key;
}

}  // namespace

std::string user_id_of(const CurveKey& key) { return base::to_hex(key); }

std::optional<CurveKey> key_of_user_id(std::string_view user_id) {
  const auto bytes = base::from_hex(user_id);
  return bytes ? key_of(*bytes) : std::nullopt;
}

ZapVerdict judge_zap(const Message& request, const Admission& admission) {
  const auto text = [&](std::size_t i) { return base::as_text(request[i].view()); };
  const bool has_id = request.size() > 1 && request[1].size() <= kLongestText;
  const base::ByteView id = has_id ? request[1].view() : base::ByteView{};
  const auto malformed = [&](std::string_view why) {
    return ZapVerdict{reply(id, kMalformed, why), {}, std::string(why)};
  };
  if (request.size() < kRequestFrames) return malformed("a ZAP request has seven frames");
  if (text(0) != kVersion) return malformed("another version of ZAP");
  if (!has_id || text(3).size() > kLongestText || text(4).size() > kLongestText) {
    return malformed("a field of a ZAP request is too long");
  }
  const auto turn_away = [&](std::string_view why) {
    return ZapVerdict{reply(id, kTurnedAway, why), std::string(text(3)), std::string(why)};
  };
  if (text(2) != kZapDomain) return turn_away("another ZAP domain");
  if (text(5) != kMechanism) return turn_away("another mechanism than CURVE");
  if (request.size() > kRequestFrames) return malformed("a ZAP request for CURVE has seven frames");
  const auto key = key_of(request[6].view());
  if (!key) return malformed("a CURVE key has 32 bytes");
  if (!admission.admits(*key)) return turn_away("no service here has this CURVE key");
  return {reply(id, kAdmitted, "OK", user_id_of(*key)), {}, {}};
}

}  // namespace sealbus::bus
