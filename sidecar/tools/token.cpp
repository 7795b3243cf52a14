#include "sidecar/tools/token.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <ostream>

#include <fmt/core.h>

#include "common/base/json_writer.hpp"
#include "common/base/log.hpp"
#include "common/base/uuid.hpp"
#include "common/config/scalars.hpp"
#include "common/jwt/limits.hpp"
#include "common/jwt/signature.hpp"
#include "sidecar/auth/credentials.hpp"
#include "sidecar/tools/exit_code.hpp"

namespace sealbus::tools {
namespace {

using std::chrono::seconds;

constexpr base::ByteCount kMostSecret{65'536};

// The options, read and found good.
struct Plan {
  std::vector<std::string> permissions;
  jwt::Algorithm algorithm;
  seconds lifetime;
};

bool is_good_text(std::string_view text, std::size_t longest) {
  return jwt::is_plain(text, longest) && base::is_utf8(text);
}

// What is wrong with the texts that go into the token as they are; empty: nothing.
std::string_view wrong_text(const MintRequest& request) {
  if (!is_good_text(request.subject, jwt::kLongestSubject)) {
    return "--sub must be 1 to 256 bytes of text without control characters";
  }
  if (!request.kid.empty() && !is_good_text(request.kid, jwt::kLongestKid)) {
    return "--kid must be at most 256 bytes of text without control characters";
  }
  const auto is_good = [](const std::string& text) {
    return is_good_text(text, jwt::kLongestIssuer);
  };
  if (!request.issuer.empty() && !is_good(request.issuer)) {
    return "--issuer must be at most 1024 bytes of text without control characters";
  }
  if (!std::all_of(request.audience.begin(), request.audience.end(), is_good)) {
    return "--audience must be 1 to 1024 bytes of text without control characters";
  }
  return {};
}

base::OrError<Plan> plan(const MintRequest& request) {
  if (const auto wrong = wrong_text(request); !wrong.empty())
    return base::error(std::string(wrong));
  // The same list as in X-Dev-Permissions.
  auto permissions = auth::development_permissions(request.permissions);
  if (!permissions) {
    return base::error(
        "--permissions must be separated by commas, each without spaces and control bytes");
  }
  const auto algorithm = jwt::algorithm_named(request.algorithm);
  if (!algorithm || jwt::family(*algorithm) != jwt::Family::hmac) {
    return base::error("--algorithm must be HS256, HS384 or HS512");
  }
  const auto lifetime = config::parse_duration(request.expires_in);
  if (!lifetime || *lifetime < seconds(1)) {
    return base::error("--expires-in must be a whole number and a unit, such as 90s, 15m or 1h");
  }
  return Plan{std::move(*permissions), *algorithm, std::chrono::floor<seconds>(*lifetime)};
}

std::string header_json(const MintRequest& request) {
  base::JsonWriter json;
  json.begin_object().key("alg").string(request.algorithm).key("typ").string("JWT");
  if (!request.kid.empty()) json.key("kid").string(request.kid);
  json.end_object();
  return json.take();
}

std::string claims_json(const MintRequest& request, const Plan& plan, base::WallTime now,
                        const base::Uuid& id) {
  base::JsonWriter json;
  json.begin_object().key("sub").string(request.subject);
  if (!plan.permissions.empty()) json.key("permissions").strings(plan.permissions);
  if (!request.issuer.empty()) json.key("iss").string(request.issuer);
  if (request.audience.size() == 1) json.key("aud").string(request.audience.front());
  if (request.audience.size() > 1) json.key("aud").strings(request.audience);
  const seconds issued = std::chrono::floor<seconds>(now.time_since_epoch());
  json.key("iat").number(issued.count());
  json.key("exp").number((issued + plan.lifetime).count());
  json.key("jti").string(base::to_string(id)).end_object();
  return json.take();
}

base::OrError<base::Secret> find_secret(const MintRequest& request, const settings::Files& files) {
  if (request.secret_file.empty()) {
    if (request.secret.empty())
      return base::error("name a --secret-file, or set JWT_SECRET or JWT_SECRET_FILE");
    return base::Secret(base::as_bytes(request.secret));
  }
  auto content = files.read(request.secret_file, kMostSecret);
  if (!content) {
    return base::error(fmt::format("cannot read {}: {}", log::escaped(request.secret_file.string()),
                                   content.error().message));
  }
  std::string_view text = *content;
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  base::Secret secret(base::as_bytes(text));
  base::wipe(*content);
  return secret;
}

}  // namespace

base::OrError<std::string> mint(const MintRequest& request, const base::Secret& secret,
                                const base::Clock& clock, base::Random& random) {
  const auto planned = plan(request);
  if (!planned) return tl::make_unexpected(planned.error());
  const auto key = jwt::VerificationKey::symmetric(
      std::make_shared<const base::Secret>(secret.duplicate()), request.kid);
  if (!key) return tl::make_unexpected(key.error());
  const base::WallTime now = clock.wall();
  const auto encoded = [](const std::string& json) {
    return base::to_base64url(base::as_bytes(json));
  };
  std::string token = encoded(header_json(request)) + "." +
                      encoded(claims_json(request, *planned, now, base::make_uuid_v7(now, random)));
  const auto signature = jwt::sign(planned->algorithm, *key, base::as_bytes(token));
  if (!signature) return tl::make_unexpected(signature.error());
  token += "." + base::to_base64url(*signature);
  if (token.size() > jwt::kLongestToken) {
    return base::error(fmt::format("the token would have {} bytes; at most {} are accepted",
                                   token.size(), jwt::kLongestToken));
  }
  return token;
}

int token_mint(const MintRequest& request, const settings::Files& files, const base::Clock& clock,
               base::Random& random, std::ostream& out, std::ostream& errors) {
  const auto token = find_secret(request, files).and_then([&](const base::Secret& secret) {
    return mint(request, secret, clock, random);
  });
  if (!token) {
    errors << token.error().message << "\n";
    return kExitUsage;
  }
  out << *token << "\n";
  return kExitGood;
}

}  // namespace sealbus::tools
