#pragma once
// What libzmq asks about a connection that has proved to have its CURVE key, and the answer
// (ZeroMQ RFC 27, "ZAP 1.0"). Pure; ZapHandler is the socket and the thread.

#include <optional>
#include <string>
#include <string_view>

#include "common/bus/curve.hpp"
#include "common/bus/frame.hpp"

namespace sealbus::bus {

inline constexpr std::string_view kZapDomain = "sealbus";

struct ZapVerdict {
  Message reply;
  // Both only if the peer is turned away.
  std::string address;  // empty if the request does not say it
  std::string why;
};

// Admits exactly a well-formed request for CURVE, in our domain, with a key that `admission` has.
[[nodiscard]] ZapVerdict judge_zap(const Message& request, const Admission& admission);

// A message's User-Id, as an admitting verdict sets it, is the peer's key; and back. Nothing for
// any other text.
[[nodiscard]] std::string user_id_of(const CurveKey& key);
[[nodiscard]] std::optional<CurveKey> key_of_user_id(std::string_view user_id);

}  // namespace sealbus::bus
