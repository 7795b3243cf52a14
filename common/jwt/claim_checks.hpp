#pragma once
// Checks 6 to 12 of the validator: what a token whose signature is right says about itself.

#include <optional>
#include <string_view>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/jwt/json.hpp"
#include "common/jwt/trace.hpp"
#include "common/jwt/validator.hpp"

namespace sealbus::jwt {

// For one token and one call of `run`; borrows all it is given.
class ClaimChecks {
 public:
  ClaimChecks(const Policy& policy, json::Value claims, base::WallTime now, Trace* trace)
      : policy_(policy), claims_(claims), now_(now), trace_(trace) {}

  // The first failure; otherwise when the token expires, if it does.
  [[nodiscard]] base::Result<std::optional<base::WallTime>> run();

 private:
  [[nodiscard]] base::Result<void> subject() const;
  [[nodiscard]] base::Result<void> expiry();
  // `nbf` and `iat`: not in the future.
  [[nodiscard]] base::Result<void> not_ahead(std::string_view claim) const;
  [[nodiscard]] base::Result<void> issuer() const;
  [[nodiscard]] base::Result<void> audience() const;
  [[nodiscard]] base::Result<void> token_id() const;

  [[nodiscard]] base::Result<std::optional<base::WallTime>> date(std::string_view claim) const;

  const Policy& policy_;
  json::Value claims_;
  base::WallTime now_;
  Trace* trace_;
  std::optional<base::WallTime> expires_at_;
};

}  // namespace sealbus::jwt
