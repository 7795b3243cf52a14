#pragma once
// What a verified token allows its bearer to do.

#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/jwt/json.hpp"

namespace sealbus::auth {

struct GrantedPermissions {
  std::vector<std::string> values;  // each a valid permission, in the token's order
  std::string source;               // the claim they came from; empty: no claim was there
};

// The first that is present decides, also when it is empty:
//   `sources` empty:
//     permissions         an array of strings
//     https://…/permissions   an array of strings; any claim whose name is an http or https URL
//                         ending in /permissions, but only one of them
//     scope               a string, split at spaces
//     scp                 such a string, or an array of strings
//   else each of `sources`, an array of strings or a string split at spaces: the claim of just that
//   name, or a path of names separated by dots that leads through objects (realm_access.roles).
// invalid_claim for a wrong type, for something that is no permission, for two URL claims, and for
// more permissions than a message can carry: never an empty list instead.
[[nodiscard]] base::Result<GrantedPermissions> permissions_from(
    jwt::json::Value claims, const std::vector<std::string>& sources);

}  // namespace sealbus::auth
