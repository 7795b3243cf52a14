#pragma once
// From a verified message to the identity it speaks for.

#include "common/base/result.hpp"
#include "common/envelope/verifier.hpp"
#include "common/identity/identity.hpp"

namespace sealbus::envelope {

class IdentityOpener {
 public:
  // Of a `message`. malformed_header if its authContext is not well-formed.
  [[nodiscard]] static base::Result<identity::Identity> open(const VerifiedEnvelope& envelope);
};

}  // namespace sealbus::envelope
