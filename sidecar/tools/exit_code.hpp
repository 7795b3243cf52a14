#pragma once
// What the commands leave behind for a script to look at.

namespace sealbus::tools {

inline constexpr int kExitGood = 0;
// It was asked well; it could not be done, or found nothing good.
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 64;  // bad usage or configuration (sysexits.h, EX_USAGE)

}  // namespace sealbus::tools
