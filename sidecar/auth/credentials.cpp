#include "sidecar/auth/credentials.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/bytes.hpp"
#include "common/identity/permissions.hpp"
#include "common/jwt/limits.hpp"
#include "sidecar/auth/limits.hpp"

namespace sealbus::auth {
namespace {

using base::Refusal;

constexpr std::string_view kBearer = "Bearer";
constexpr std::string_view kBlanks = " \t";

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Are the letters and digits of `name`, in lower case, exactly `folded`? Programs behind a gateway
// may turn each other byte into an underscore, or drop it.
bool folds_to(std::string_view name, std::string_view folded) {
  std::size_t matched = 0;
  for (const char c : name) {
    if (!is_letter_or_digit(c)) continue;
    if (matched == folded.size() || lower(c) != folded[matched]) return false;
    ++matched;
  }
  return matched == folded.size();
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// Calls `element` with each trimmed part between commas until it returns false; says whether it
// never did.
template <typename Element>
bool each_element(std::string_view list, Element element) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (!element(trimmed(list.substr(0, comma)))) return false;
    list = comma == list.npos ? std::string_view() : list.substr(comma + 1);
  }
  return true;
}

bool names_identity(std::string_view connection) {
  static constexpr std::array<std::string_view, 5> kIdentity = {
      "authorization", "xdevuserid", "xdevpermissions", "xuserid", "xuserpermissions"};
  return !each_element(connection, [](std::string_view option) {
    return std::none_of(kIdentity.begin(), kIdentity.end(),
                        [&](std::string_view folded) { return folds_to(option, folded); });
  });
}

tl::unexpected<base::Failure> bad_request(std::string_view why) {
  return base::refuse(Refusal::bad_request, std::string(why));
}

// Puts the value into `slot` if `field` is the header `name`. False for a second one or a
// look-alike.
bool take(const HeaderField& field, std::string_view name, std::string_view folded,
          std::optional<std::string_view>& slot) {
  if (!folds_to(field.name, folded)) return true;
  if (slot || !equal_ignoring_case(field.name, name)) return false;
  slot = field.value;
  return true;
}

}  // namespace

base::Result<Credentials> read_credentials(std::span<const HeaderField> headers) {
  Credentials found;
  for (const HeaderField& field : headers) {
    if (!take(field, "Authorization", "authorization", found.authorization)) {
      return bad_request("more than one Authorization header, or one that looks like it");
    }
    if (!take(field, "X-Dev-User-Id", "xdevuserid", found.dev_user_id) ||
        !take(field, "X-Dev-Permissions", "xdevpermissions", found.dev_permissions)) {
      return bad_request("a development header twice, or a header that looks like one");
    }
    if (equal_ignoring_case(field.name, "Connection") && names_identity(field.value)) {
      return bad_request("the Connection header names a header of identity");
    }
  }
  return found;
}

bool is_bearer(std::string_view authorization) {
  return equal_ignoring_case(authorization.substr(0, authorization.find_first_of(kBlanks)),
                             kBearer);
}

base::Result<std::string_view> bearer_token(std::string_view authorization) {
  const std::string_view rest =
      authorization.substr(std::min(kBearer.size(), authorization.size()));
  const bool one_token =
      rest.size() > 1 && rest.front() == ' ' && rest.find_first_of(" \t,", 1) == rest.npos;
  if (!one_token) return base::refuse(Refusal::malformed_token);
  return rest.substr(1);
}

base::Result<std::string> development_user(std::string_view value) {
  if (!jwt::is_plain(value, jwt::kLongestSubject) || !base::is_utf8(value)) {
    return bad_request("X-Dev-User-Id must be 1 to 256 bytes of text without control characters");
  }
  return std::string(value);
}

base::Result<std::vector<std::string>> development_permissions(std::string_view value) {
  std::vector<std::string> permissions;
  const bool valid = each_element(value, [&](std::string_view permission) {
    if (permission.empty()) return true;
    permissions.emplace_back(permission);
    return identity::is_valid_permission(permission) && permissions.size() <= kMostPermissions;
  });
  if (!valid) return bad_request("X-Dev-Permissions holds something that is no permission");
  return permissions;
}

}  // namespace sealbus::auth
