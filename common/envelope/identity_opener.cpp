#include "common/envelope/identity_opener.hpp"

#include "common/identity/auth_context.hpp"

namespace sealbus::envelope {

base::Result<identity::Identity> IdentityOpener::open(const VerifiedEnvelope& envelope) {
  if (envelope.header().type != MessageType::message) {
    return base::refuse(base::Refusal::malformed_header, "only a message speaks for a user");
  }
  auto context = identity::decode_auth_context(envelope.header().auth);
  if (!context) return tl::make_unexpected(std::move(context.error()));
  return identity::Identity(std::move(*context));
}

}  // namespace sealbus::envelope
