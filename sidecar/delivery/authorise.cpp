#include "sidecar/delivery/authorise.hpp"

#include <optional>

#include "common/envelope/identity_opener.hpp"

namespace sealbus::delivery {
namespace {

using base::Refusal;

tl::unexpected<Denied> deny(Refusal refusal) {
  return tl::make_unexpected(Denied{{refusal, std::string(base::sentence(refusal))}, {}});
}

// What the receiver itself asks of whoever is behind a message.
struct Terms {
  const identity::Requirement& required;
  bool is_public;
};

// Of an event it is the subscription that counts, the service's own events included.
std::optional<Terms> find(const Policy& policy, const envelope::Header& header) {
  if (header.kind == contract::name(contract::Kind::event)) {
    for (const contract::Subscription& subscription : policy.subscriptions) {
      if (subscription.event != header.contract) continue;
      return Terms{subscription.required, subscription.is_public};
    }
    return std::nullopt;
  }
  for (const contract::Contract& contract : policy.contracts) {
    if (contract.name != header.contract || contract::name(contract.kind) != header.kind) continue;
    return Terms{contract.required, contract.is_public};
  }
  return std::nullopt;
}

}  // namespace

base::Result<identity::Identity, Denied> authorise(const envelope::VerifiedEnvelope& envelope,
                                                   const Policy& policy) {
  auto identity = envelope::IdentityOpener::open(envelope);
  if (!identity) return tl::make_unexpected(Denied{identity.error(), {}});
  const auto terms = find(policy, envelope.header());
  if (!terms) return deny(Refusal::unknown_contract);
  const identity::AuthContext& context = identity->context();
  const bool development = context.method == identity::Method::development;
  if (development && policy.development == DevelopmentIdentities::refused) {
    return deny(Refusal::development_refused);
  }
  const bool anonymous = context.method == identity::Method::anonymous;
  if (anonymous && !terms->is_public) return deny(Refusal::permission_denied);
  auto missing = identity::missing(terms->required, context.permissions, context.wildcards);
  if (!missing.empty()) {
    auto denied = deny(Refusal::permission_denied);
    denied.value().missing = std::move(missing);
    return denied;
  }
  return std::move(*identity);
}

}  // namespace sealbus::delivery
