#pragma once
// The authContext as bytes: one msgpack map (envelope/FORMAT.md, "authContext").

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/identity/identity.hpp"

namespace sealbus::identity {

// Optional fields that are empty are left out.
base::Bytes encode(const AuthContext& context);

// Strict: every field of its type and within its bound, each at most once, userId, permissions,
// wildcards, method and authenticatedAt present, userId empty exactly when anonymous. Unknown keys
// are passed over (a newer neighbour's). Refuses with malformed_header, naming the field.
// Decoding bytes proves nothing: only envelope::IdentityOpener turns the result into an Identity.
[[nodiscard]] base::Result<AuthContext> decode_auth_context(base::ByteView bytes);

}  // namespace sealbus::identity
