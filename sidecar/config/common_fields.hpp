#pragma once
// The keys and bounds that both roles have; see ingress_fields.hpp.

#include <chrono>
#include <string_view>

#include "common/config/section.hpp"
#include "sidecar/config/config.hpp"
#include "sidecar/config/words.hpp"

namespace sealbus::settings {

using config::Range;

inline constexpr milliseconds kMostSkew = std::chrono::seconds(300);
inline constexpr Range<milliseconds> kTimeout{milliseconds(1), std::chrono::hours(1)};
inline constexpr Range<milliseconds> kDrain{milliseconds(0), std::chrono::hours(1)};
inline constexpr Range<milliseconds> kQueueWait{milliseconds(1), std::chrono::minutes(1)};
inline constexpr Range<milliseconds> kBusSkew{std::chrono::seconds(1), kMostSkew};
inline constexpr Range<milliseconds> kHeartbeat{milliseconds(100), std::chrono::minutes(1)};
inline constexpr Range<ByteCount> kMessageSize{{4'096}, {268'435'456}};

// What the design has and this version has not.
inline constexpr std::string_view kNoJwks =
    "JWKS keys (RS256 and others) are not in this version; set JWT_SECRET or "
    "auth.providers[].secret for HS256, and unset this";
inline constexpr std::string_view kNoDoor =
    "this door is not in this version; use deliver.listen or deliver.tap";

template <typename V, typename C>
void admin_fields(V& v, C& c) {
  v.field("listen", c.admin);
  v.field("hosts", c.admin_hosts, rule::host_name);
}

template <typename V, typename C>
void log_fields(V& v, C& c) {
  v.field("level", c.level);
  v.field("format", c.format);
}

}  // namespace sealbus::settings
