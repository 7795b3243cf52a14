#pragma once
// The claims of a token that passed every check. Only the validator can make one, so whoever holds
// it need not ask whether somebody checked.

#include <optional>
#include <string_view>

#include "common/base/clock.hpp"
#include "common/jwt/json.hpp"

namespace sealbus::jwt {

// Views live as long as this object, also when it is moved.
class VerifiedClaims {
 public:
  VerifiedClaims(VerifiedClaims&&) noexcept = default;
  VerifiedClaims& operator=(VerifiedClaims&&) noexcept = default;
  VerifiedClaims(const VerifiedClaims&) = delete;
  VerifiedClaims& operator=(const VerifiedClaims&) = delete;
  ~VerifiedClaims() = default;

  // `sub`: never empty.
  [[nodiscard]] std::string_view subject() const { return text("sub"); }
  // `iss`, `jti`; empty: the token has none.
  [[nodiscard]] std::string_view issuer() const { return text("iss"); }
  [[nodiscard]] std::string_view token_id() const { return text("jti"); }
  // `exp`; nothing: the token never expires.
  [[nodiscard]] std::optional<base::WallTime> expires_at() const { return expires_at_; }

  // All claims, for mapping some of them to permissions.
  [[nodiscard]] json::Value all() const { return document_.root(); }

 private:
  friend class Validator;
  VerifiedClaims(json::Document document, std::optional<base::WallTime> expires_at)
      : document_(std::move(document)), expires_at_(expires_at) {}

  [[nodiscard]] std::string_view text(std::string_view name) const {
    const auto claim = document_.root().member(name);
    return claim ? claim->text().value_or(std::string_view()) : std::string_view();
  }

  json::Document document_;
  std::optional<base::WallTime> expires_at_;
};

}  // namespace sealbus::jwt
