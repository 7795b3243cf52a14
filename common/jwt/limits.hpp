#pragma once
// The bounds of what a token may hold, and the texts that Sealbus takes from it.

#include <cstddef>
#include <string_view>

namespace sealbus::jwt {

inline constexpr std::size_t kLongestToken = 8'192;  // bytes, the whole compact form
inline constexpr std::size_t kLongestKid = 256;
inline constexpr std::size_t kLongestSubject = 256;
inline constexpr std::size_t kLongestTokenId = 256;
inline constexpr std::size_t kLongestIssuer = 1'024;

// The first and last second of a NumericDate that is believed: 1970 to 9999.
inline constexpr long long kFirstDate = 0;
inline constexpr long long kLastDate = 253'402'300'799;

// Not empty, at most `longest` bytes, no control characters (C0, DEL, C1). Expects UTF-8, which
// text from JSON is already.
bool is_plain(std::string_view text, std::size_t longest);

inline bool is_kid(std::string_view kid) { return is_plain(kid, kLongestKid); }

}  // namespace sealbus::jwt
