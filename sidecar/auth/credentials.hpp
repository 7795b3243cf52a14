#pragma once
// What a request presents as proof of who it is from, read from its headers without believing any
// of it. Names are compared without case.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/http/message.hpp"

namespace sealbus::auth {

using HeaderField = http::FieldView;

// Views of the headers' values.
struct Credentials {
  std::optional<std::string_view> authorization;
  std::optional<std::string_view> dev_user_id;      // X-Dev-User-Id
  std::optional<std::string_view> dev_permissions;  // X-Dev-Permissions
};

// Refuses with bad_request, whatever modes are on:
//   - one of these headers twice;
//   - a name that another program could take for a development header: equal to one when only
//     letters and digits count, without being one (X_Dev_User_Id);
//   - a Connection header that names a header of identity, so that a proxy would drop it.
[[nodiscard]] base::Result<Credentials> read_credentials(std::span<const HeaderField> headers);

// Is the scheme of this Authorization value Bearer, in any case?
bool is_bearer(std::string_view authorization);

// The token after `Bearer` and exactly one space (RFC 6750 section 2.1). malformed_token if there
// is none, or white space or a comma in it. Only for what is_bearer.
[[nodiscard]] base::Result<std::string_view> bearer_token(std::string_view authorization);

// X-Dev-User-Id: 1 to 256 bytes of UTF-8 without control characters, else bad_request.
[[nodiscard]] base::Result<std::string> development_user(std::string_view value);

// X-Dev-Permissions: separated by commas, white space around each dropped, empty ones too.
// bad_request if one is no permission, or there are more than a message may carry.
[[nodiscard]] base::Result<std::vector<std::string>> development_permissions(
    std::string_view value);

}  // namespace sealbus::auth
