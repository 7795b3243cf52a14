#include "common/jwt/claim_checks.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include <fmt/chrono.h>
#include <fmt/core.h>

#include "common/base/log.hpp"
#include "common/jwt/limits.hpp"

namespace sealbus::jwt {
namespace {

using base::Refusal;
using base::WallTime;

constexpr std::size_t kMostShown = 128;  // bytes of a value in a trace
constexpr std::string_view kDate = "a number of seconds from 0 to 253402300799";

std::string shown(std::string_view text) { return log::escaped(text, kMostShown); }

std::string shown(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(seconds.time_since_epoch().count()));
}

tl::unexpected<base::Failure> wrong_value(std::string_view claim, std::string_view expected) {
  return base::refuse(Refusal::invalid_claim,
                      fmt::format("JWT claim '{}' must be {}", claim, expected));
}

// Notes what came of one check and hands its result on.
template <typename Describe>
base::Result<void> conclude(Trace* trace, std::string_view check, base::Result<void> result,
                            Describe describe) {
  note(trace, check, result ? Outcome::passed : Outcome::failed, describe);
  return result;
}

void skip(Trace* trace, std::string_view check, std::string_view why) {
  note(trace, check, Outcome::skipped, [&] { return Finding{"", std::string(why)}; });
}

bool is_list_of_text(json::Value value) {
  return value.kind() == json::Kind::array &&
         std::all_of(value.begin(), value.end(),
                     [](json::Value element) { return element.kind() == json::Kind::text; });
}

bool is_one_of(std::string_view text, const std::vector<std::string>& list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

std::string list_shown(json::Value audience) {
  if (const auto text = audience.text()) return shown(*text);
  std::string list;
  for (const json::Value element : audience) {
    if (!list.empty()) list += ", ";
    list += element.text().value_or("");
  }
  return shown(list);
}

}  // namespace

base::Result<std::optional<WallTime>> ClaimChecks::run() {
  const auto checked = subject()
                           .and_then([&] { return expiry(); })
                           .and_then([&] { return not_ahead("nbf"); })
                           .and_then([&] { return not_ahead("iat"); })
                           .and_then([&] { return issuer(); })
                           .and_then([&] { return audience(); })
                           .and_then([&] { return token_id(); });
  if (!checked) return tl::make_unexpected(checked.error());
  return expires_at_;
}

base::Result<void> ClaimChecks::subject() const {
  const auto claim = claims_.member("sub");
  const auto text = claim ? claim->text() : std::nullopt;
  const bool missing = !claim || (text && text->empty());
  base::Result<void> result;
  if (missing) {
    result = base::refuse(Refusal::missing_sub);
  } else if (!text || !is_plain(*text, kLongestSubject)) {
    result = wrong_value("sub", "a string of at most 256 bytes without control bytes");
  }
  return conclude(trace_, "sub", result, [&] {
    return Finding{"a string that is not empty", missing ? "none"
                                                 : text  ? "a string"
                                                         : "no string"};
  });
}

base::Result<std::optional<WallTime>> ClaimChecks::date(std::string_view name) const {
  const auto claim = claims_.member(name);
  if (!claim) return std::nullopt;
  if (const auto whole = claim->integer()) {
    if (*whole < kFirstDate || *whole > kLastDate) return wrong_value(name, kDate);
    return base::from_millis(*whole * 1'000);
  }
  const double seconds = claim->real().value_or(-1.0);
  const bool sane = std::isfinite(seconds) && seconds >= static_cast<double>(kFirstDate) &&
                    seconds <= static_cast<double>(kLastDate);
  if (!sane) return wrong_value(name, kDate);
  return base::from_millis(std::llround(seconds * 1'000.0));
}

base::Result<void> ClaimChecks::expiry() {
  const auto at = date("exp");
  base::Result<void> result;
  if (!at) {
    result = tl::make_unexpected(at.error());
  } else if (!*at) {
    if (policy_.exp == Expiry::optional) {
      skip(trace_, "exp", "none: the token never expires");
      return {};
    }
    result = base::refuse(Refusal::missing_exp);
  } else if (now_ >= **at + policy_.clock_skew) {
    result = base::refuse(Refusal::token_expired);
  } else {
    expires_at_ = *at;
  }
  return conclude(trace_, "exp", result, [&] {
    return Finding{fmt::format("later than {} ({} ms of clock skew allowed)", shown(now_),
                               policy_.clock_skew.count()),
                   !at   ? "no such number"
                   : *at ? shown(**at)
                         : "none"};
  });
}

base::Result<void> ClaimChecks::not_ahead(std::string_view name) const {
  const auto from = date(name);
  base::Result<void> result;
  if (!from) {
    result = tl::make_unexpected(from.error());
  } else if (!*from) {
    skip(trace_, name, "none");
    return {};
  } else if (**from - policy_.clock_skew > now_) {
    result = base::refuse(Refusal::token_not_active);
  }
  return conclude(trace_, name, result, [&] {
    return Finding{fmt::format("not later than {} ({} ms of clock skew allowed)", shown(now_),
                               policy_.clock_skew.count()),
                   from ? shown(**from) : "no such number"};
  });
}

base::Result<void> ClaimChecks::issuer() const {
  const auto claim = claims_.member("iss");
  const auto text = claim ? claim->text() : std::nullopt;
  base::Result<void> result;
  if (claim && (!text || !is_plain(*text, kLongestIssuer))) {
    result = wrong_value("iss", "a string of at most 1024 bytes without control bytes");
  } else if (policy_.issuer.empty()) {
    skip(trace_, "iss", "no issuer is configured");
    return {};
  } else if (text != policy_.issuer) {
    result = base::refuse(Refusal::invalid_issuer);
  }
  return conclude(trace_, "iss", result, [&] {
    return Finding{policy_.issuer, text ? shown(*text) : claim ? "no string" : "none"};
  });
}

base::Result<void> ClaimChecks::audience() const {
  const auto claim = claims_.member("aud");
  const bool readable = !claim || claim->text() || is_list_of_text(*claim);
  base::Result<void> result;
  if (!readable) {
    result = wrong_value("aud", "a string or an array of strings");
  } else if (policy_.audiences.empty()) {
    skip(trace_, "aud", "no audience is configured");
    return {};
  } else {
    const auto accepted = [&](json::Value value) {
      return is_one_of(*value.text(), policy_.audiences);
    };
    const bool matches =
        claim &&
        (claim->text() ? accepted(*claim) : std::any_of(claim->begin(), claim->end(), accepted));
    if (!matches) result = base::refuse(Refusal::invalid_audience);
  }
  return conclude(trace_, "aud", result, [&] {
    return Finding{fmt::format("{}", fmt::join(policy_.audiences, " or ")),
                   !claim     ? "none"
                   : readable ? list_shown(*claim)
                              : "no string, no array of them"};
  });
}

base::Result<void> ClaimChecks::token_id() const {
  const auto claim = claims_.member("jti");
  if (!claim) {
    skip(trace_, "jti", "none");
    return {};
  }
  const auto text = claim->text();
  base::Result<void> result;
  if (!text || !is_plain(*text, kLongestTokenId)) {
    result = wrong_value("jti", "a string of at most 256 bytes without control bytes");
  }
  return conclude(trace_, "jti", result, [&] {
    return Finding{"a plain string", text ? "a string" : "no string"};
  });
}

}  // namespace sealbus::jwt
