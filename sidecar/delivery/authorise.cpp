#include "sidecar/delivery/authorise.hpp"

#include <algorithm>

#include "common/envelope/identity_opener.hpp"

namespace sealbus::delivery {
namespace {

using base::Refusal;

tl::unexpected<Denied> deny(Refusal refusal) {
  return tl::make_unexpected(Denied{{refusal, std::string(base::sentence(refusal))}, {}});
}

const contract::Contract* find(const Policy& policy, const envelope::Header& header) {
  const auto found = std::find_if(
      policy.contracts.begin(), policy.contracts.end(), [&](const contract::Contract& contract) {
        return contract.name == header.contract && contract::name(contract.kind) == header.kind;
      });
  return found == policy.contracts.end() ? nullptr : &*found;
}

}  // namespace

base::Result<identity::Identity, Denied> authorise(const envelope::VerifiedEnvelope& envelope,
                                                   const Policy& policy) {
  auto identity = envelope::IdentityOpener::open(envelope);
  if (!identity) return tl::make_unexpected(Denied{identity.error(), {}});
  const contract::Contract* contract = find(policy, envelope.header());
  if (contract == nullptr) return deny(Refusal::unknown_contract);
  const identity::AuthContext& context = identity->context();
  const bool development = context.method == identity::Method::development;
  if (development && policy.development == DevelopmentIdentities::refused) {
    return deny(Refusal::development_refused);
  }
  const bool anonymous = context.method == identity::Method::anonymous;
  if (anonymous && !contract->is_public) return deny(Refusal::permission_denied);
  auto missing = identity::missing(contract->required, context.permissions, context.wildcards);
  if (!missing.empty()) {
    auto denied = deny(Refusal::permission_denied);
    denied.value().missing = std::move(missing);
    return denied;
  }
  return std::move(*identity);
}

}  // namespace sealbus::delivery
