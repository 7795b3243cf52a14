#include "sidecar/ingress/ledger.hpp"

#include <utility>

namespace sealbus::ingress {

void Ledger::close(Account account, unsigned status, std::optional<base::Refusal> refusal) {
  contracts_.observe(account.worker, account.series, clock_.steady() - account.began);
  enter(std::move(account), status, refusal);
}

void Ledger::close_unread(Account account, unsigned status, base::Refusal refusal) {
  enter(std::move(account), status, refusal);
}

void Ledger::enter(Account account, unsigned status, std::optional<base::Refusal> refusal) {
  if (refusal) refusals_.count(*refusal);
  contracts_.count(account.worker, account.series, {static_cast<std::uint16_t>(status), refusal});
  account.entry.time = clock_.wall();
  account.entry.status = status;
  account.entry.refusal = refusal;
  audit_.record(std::move(account.entry));
}

}  // namespace sealbus::ingress
