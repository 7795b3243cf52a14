#pragma once
// Check 8 of envelope/FORMAT.md §9: may this verified message be delivered to this service? A pure
// function; the sidecar trusts its own contracts, not the ingress's word.

#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/contract/contract.hpp"
#include "common/envelope/verifier.hpp"
#include "common/identity/identity.hpp"

namespace sealbus::delivery {

enum class DevelopmentIdentities : bool { refused, accepted };

// What the sidecar's own configuration allows.
struct Policy {
  std::vector<contract::Contract> contracts;
  std::vector<contract::Subscription> subscriptions;
  DevelopmentIdentities development = DevelopmentIdentities::refused;
};

struct Denied {
  base::Failure failure;
  std::vector<std::string> missing;  // permissions, for permission_denied
};

// The identity that the message speaks for, if it may be delivered. Refuses with malformed_header
// (authContext), unknown_contract, development_refused or permission_denied.
[[nodiscard]] base::Result<identity::Identity, Denied> authorise(
    const envelope::VerifiedEnvelope& envelope, const Policy& policy);

}  // namespace sealbus::delivery
