#include "common/identity/auth_context.hpp"

#include <fmt/core.h>

#include "common/wire/reader.hpp"
#include "common/wire/writer.hpp"

namespace sealbus::identity {
namespace {

constexpr std::size_t kLongestText = 1'024;
constexpr std::uint32_t kMostPermissions = 1'024;
constexpr std::uint32_t kMostClaims = 32;
constexpr std::uint32_t kMostActors = 8;
// The last millisecond of the year 9999.
constexpr std::uint64_t kLastMillis = 253'402'300'799'999;

using wire::Reader;
using wire::Writer;

std::uint32_t count(std::size_t n) { return static_cast<std::uint32_t>(n); }

void write_texts(Writer& out, std::string_view key, const std::vector<std::string>& texts) {
  out.text(key).array(count(texts.size()));
  for (const std::string& text : texts) out.text(text);
}

void write_time(Writer& out, std::string_view key, base::WallTime time) {
  out.text(key).unsigned_integer(static_cast<std::uint64_t>(base::to_millis(time)));
}

base::WallTime read_time(Reader& in) {
  const std::uint64_t value = in.unsigned_integer();
  if (value > kLastMillis) in.fail("time out of range");
  return base::from_millis(in.failed() ? 0 : static_cast<std::int64_t>(value));
}

std::vector<std::string> read_texts(Reader& in, std::uint32_t most) {
  std::vector<std::string> texts;
  for (std::uint32_t left = in.array(most); left > 0 && !in.failed(); --left) {
    texts.emplace_back(in.text(kLongestText));
  }
  return texts;
}

std::vector<std::string> read_permissions(Reader& in) {
  auto permissions = read_texts(in, kMostPermissions);
  for (const std::string& permission : permissions) {
    if (!is_valid_permission(permission)) in.fail("not a permission");
  }
  return permissions;
}

Method read_method(Reader& in) {
  const auto method = method_named(in.text(16));
  if (!method) in.fail("unknown method");
  return method.value_or(Method::anonymous);
}

// Which of the required fields have been seen.
struct Seen {
  bool user_id = false;
  bool permissions = false;
  bool wildcards = false;
  bool method = false;
  bool authenticated_at = false;
  [[nodiscard]] bool all() const {
    return user_id && permissions && wildcards && method && authenticated_at;
  }
};

void read_field(Reader& in, std::string_view key, AuthContext& context, Seen& seen) {
  if (key == "userId") {
    context.user_id = in.text(kLongestText);
    seen.user_id = true;
  } else if (key == "permissions") {
    context.permissions = read_permissions(in);
    seen.permissions = true;
  } else if (key == "wildcards") {
    context.wildcards = in.boolean() ? Wildcards::on : Wildcards::off;
    seen.wildcards = true;
  } else if (key == "method") {
    context.method = read_method(in);
    seen.method = true;
  } else if (key == "issuer") {
    context.issuer = in.text(kLongestText);
  } else if (key == "tokenId") {
    context.token_id = in.text(kLongestText);
  } else if (key == "authenticatedAt") {
    context.authenticated_at = read_time(in);
    seen.authenticated_at = true;
  } else if (key == "expiresAt") {
    context.expires_at = read_time(in);
  } else if (key == "permissionsSource") {
    context.permissions_source = in.text(kLongestText);
  } else if (key == "claims") {
    in.each_entry(kMostClaims, [&](std::string_view claim) {
      context.claims.emplace(claim, in.text(kLongestText));
    });
  } else if (key == "actor") {
    context.actor = read_texts(in, kMostActors);
  } else {
    in.pass_over(key);
  }
}

}  // namespace

base::Bytes encode(const AuthContext& context) {
  const std::uint32_t entries =
      5 + (context.issuer.empty() ? 0U : 1U) + (context.token_id.empty() ? 0U : 1U) +
      (context.expires_at ? 1U : 0U) + (context.permissions_source.empty() ? 0U : 1U) +
      (context.claims.empty() ? 0U : 1U) + (context.actor.empty() ? 0U : 1U);
  Writer out;
  out.map(entries).text("userId").text(context.user_id);
  write_texts(out, "permissions", context.permissions);
  out.text("wildcards").boolean(context.wildcards == Wildcards::on);
  out.text("method").text(name(context.method));
  write_time(out, "authenticatedAt", context.authenticated_at);
  if (!context.issuer.empty()) out.text("issuer").text(context.issuer);
  if (!context.token_id.empty()) out.text("tokenId").text(context.token_id);
  if (context.expires_at) write_time(out, "expiresAt", *context.expires_at);
  if (!context.permissions_source.empty()) {
    out.text("permissionsSource").text(context.permissions_source);
  }
  if (!context.claims.empty()) {
    out.text("claims").map(count(context.claims.size()));
    for (const auto& [claim, value] : context.claims) out.text(claim).text(value);
  }
  if (!context.actor.empty()) write_texts(out, "actor", context.actor);
  return out.take();
}

base::Result<AuthContext> decode_auth_context(base::ByteView bytes) {
  AuthContext context;
  Seen seen;
  Reader in(bytes);
  in.each_entry(64, [&](std::string_view key) { read_field(in, key, context, seen); });
  in.end();
  const auto refuse = [](std::string_view what) {
    return base::refuse(base::Refusal::malformed_header, fmt::format("authContext: {}", what));
  };
  if (in.failed()) return refuse(in.error());
  if (!seen.all()) return refuse("a required field is missing");
  if (context.user_id.empty() != (context.method == Method::anonymous)) {
    return refuse("userId is empty exactly when the method is anonymous");
  }
  return context;
}

}  // namespace sealbus::identity
