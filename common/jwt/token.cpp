#include "common/jwt/token.hpp"

#include <array>

#include <fmt/core.h>

#include "common/base/log.hpp"
#include "common/jwt/limits.hpp"

namespace sealbus::jwt {
namespace {

using base::Refusal;

// A refusal, with what `explain` says of it. The caller of the gateway hears only the sentence.
struct Flaw {
  Refusal refusal = Refusal::malformed_token;
  std::string_view found;
};

struct Parts {
  std::string_view header;
  std::string_view claims;
  std::string_view signature;
  std::string_view signing_input;
};

base::Result<Parts, Flaw> split(std::string_view token) {
  const auto flaw = [](std::string_view found) {
    return tl::make_unexpected(Flaw{Refusal::malformed_token, found});
  };
  if (token.size() > kLongestToken) return flaw("more than 8192 bytes");
  const std::size_t first = token.find('.');
  const std::size_t second = first == token.npos ? first : token.find('.', first + 1);
  if (second == token.npos) return flaw("fewer than three parts");
  if (token.find('.', second + 1) != token.npos) return flaw("more than three parts");
  const Parts parts{token.substr(0, first), token.substr(first + 1, second - first - 1),
                    token.substr(second + 1), token.substr(0, second)};
  if (parts.header.empty() || parts.claims.empty()) return flaw("an empty part");
  if (parts.signature.empty()) return flaw("an empty signature");
  return parts;
}

base::Result<json::Document, Flaw> decode_json(std::string_view part, Refusal on_number) {
  const auto bytes = base::from_base64url(part);
  if (!bytes) return tl::make_unexpected(Flaw{Refusal::malformed_token, "not strict base64url"});
  auto document = json::parse(*bytes);
  if (document) return std::move(*document);
  const json::Problem problem = document.error();
  const Refusal refusal = problem == json::Problem::number ? on_number : Refusal::malformed_token;
  return tl::make_unexpected(Flaw{refusal, json::describe(problem)});
}

tl::unexpected<base::Failure> fail(Trace* trace, std::string_view check, const Flaw& flaw) {
  note(trace, check, Outcome::failed, [&] {
    return Finding{"three base64url parts: header and claims JSON objects, signature",
                   std::string(flaw.found)};
  });
  if (flaw.refusal != Refusal::invalid_claim) return base::refuse(flaw.refusal);
  return base::refuse(flaw.refusal, "a number in the claims is ill-formed or out of range");
}

bool is_absent_or_text(const std::optional<json::Value>& value) {
  return !value || value->kind() == json::Kind::text;
}

}  // namespace

base::Result<UnverifiedToken> UnverifiedToken::parse(std::string_view token, Trace* trace) {
  const auto parts = split(token);
  if (!parts) return fail(trace, "form", parts.error());
  auto signature = base::from_base64url(parts->signature);
  if (!signature) {
    return fail(trace, "form", {Refusal::malformed_token, "signature not strict base64url"});
  }
  const auto header = decode_json(parts->header, Refusal::malformed_token);
  if (!header) return fail(trace, "form", header.error());
  auto claims = decode_json(parts->claims, Refusal::invalid_claim);
  if (!claims) return fail(trace, "form", claims.error());
  note(trace, "form", Outcome::passed, [&] {
    return Finding{"", fmt::format("{} bytes", token.size())};
  });

  UnverifiedToken parsed(base::as_bytes(parts->signing_input), std::move(*signature),
                         std::move(*claims));
  const auto read = parsed.read_header(header->root());
  note(trace, "header", read ? Outcome::passed : Outcome::failed, [&] {
    return Finding{"alg; no crit, b64, zip; no nested token",
                   read ? parsed.describe_header() : read.error().detail};
  });
  if (!read) return base::refuse(Refusal::malformed_token);
  return parsed;
}

// The detail of a refusal is for the trace.
base::Result<void> UnverifiedToken::read_header(json::Value header) {
  const auto flaw = [](std::string found) {
    return base::refuse(Refusal::malformed_token, std::move(found));
  };
  static constexpr std::array<std::string_view, 3> kRefused = {"crit", "b64", "zip"};
  for (const std::string_view name : kRefused) {
    if (header.member(name)) return flaw(fmt::format("{} is present", name));
  }
  const auto alg = header.member("alg");
  if (!alg || !alg->text()) return flaw("alg is not a string");
  if (const auto kid = header.member("kid")) {
    const auto text = kid->text();
    if (!text || !is_kid(*text)) return flaw("kid is not a short plain string");
    kid_ = *text;
  }
  const auto typ = header.member("typ");
  const auto cty = header.member("cty");
  if (!is_absent_or_text(typ) || !is_absent_or_text(cty)) return flaw("typ or cty is not a string");
  if (cty && (cty->text() == "JWT" || cty->text() == "jwt")) return flaw("a nested token");
  algorithm_ = *alg->text();
  return {};
}

std::string UnverifiedToken::describe_header() const {
  const std::string kid = kid_.empty() ? "none" : log::escaped(kid_, 64);
  return fmt::format("alg {}, kid {}", log::escaped(algorithm_, 64), kid);
}

std::optional<std::string_view> UnverifiedToken::claimed_issuer() const {
  const auto issuer = claims_.root().member("iss");
  return issuer ? issuer->text() : std::nullopt;
}

}  // namespace sealbus::jwt
