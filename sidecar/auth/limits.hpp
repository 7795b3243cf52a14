#pragma once
// How much of an identity fits into the seal's authContext (common/identity/auth_context.cpp).
// What is larger is refused here, where the caller hears of it, not behind the bus.

#include <cstddef>

namespace sealbus::auth {

inline constexpr std::size_t kMostPermissions = 1'024;
inline constexpr std::size_t kMostClaims = 32;
inline constexpr std::size_t kLongestClaimName = 64;
inline constexpr std::size_t kLongestClaim = 1'024;
inline constexpr std::size_t kLongestSource = 1'024;

}  // namespace sealbus::auth
