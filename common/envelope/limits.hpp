#pragma once
// The numbers of FORMAT.md, each with the section that gives it.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sealbus::envelope {

inline constexpr std::size_t kKeySize = 32;        // §2
inline constexpr std::size_t kKeyIdSize = 8;       // §2
inline constexpr std::size_t kSessionIdSize = 16;  // §2
inline constexpr std::size_t kTagSize = 32;        // §1
inline constexpr std::size_t kNonceSize = 32;      // §4
inline constexpr std::size_t kProofSize = 40;      // §7

inline constexpr std::uint8_t kVersion = 1;                      // §3
inline constexpr std::size_t kFrames = 3;                        // §3
inline constexpr std::size_t kSealSize = 72;                     // §3
inline constexpr std::size_t kTaggedSealSize = 40;               // §3: what precedes the tag
inline constexpr std::size_t kMostHeader = 65'536;               // §3
inline constexpr std::size_t kMostAuth = 32'768;                 // §5.2
inline constexpr std::size_t kMostHeaderAndPayload = 4'194'304;  // §3, the default

inline constexpr std::uint64_t kReplayWindow = 1'024;  // §9, check 5
inline constexpr unsigned kMissedHeartbeats = 3;       // §4

}  // namespace sealbus::envelope
