#include "sidecar/auth/claims_to_permissions.hpp"

#include <optional>
#include <string_view>

#include <fmt/core.h>

#include "common/identity/permissions.hpp"
#include "common/jwt/limits.hpp"
#include "sidecar/auth/limits.hpp"

namespace sealbus::auth {
namespace {

using base::Refusal;
using jwt::json::Kind;
using jwt::json::Value;

// The forms in which a claim may list permissions.
enum class Form : std::uint8_t { array, text, either };

// A claim that was found. `label` names it in errors and holds nothing that the token chose.
struct Source {
  Value value;
  std::string_view name;
  std::string_view label;
  Form form;
};

using Search = base::Result<std::optional<Source>>;

tl::unexpected<base::Failure> wrong(std::string_view label, std::string_view what) {
  return base::refuse(Refusal::invalid_claim, fmt::format("JWT claim '{}' {}", label, what));
}

base::Result<void> add(std::vector<std::string>& list, std::string_view permission,
                       std::string_view label) {
  if (!identity::is_valid_permission(permission)) {
    return wrong(label, "holds something that is no permission");
  }
  if (list.size() == kMostPermissions) return wrong(label, "holds more than 1024 permissions");
  list.emplace_back(permission);
  return {};
}

base::Result<void> add_words(std::vector<std::string>& list, std::string_view words,
                             std::string_view label) {
  while (!words.empty()) {
    const std::size_t space = words.find(' ');
    const std::string_view word = words.substr(0, space);
    if (!word.empty()) {
      if (const auto added = add(list, word, label); !added) return added;
    }
    words = space == words.npos ? std::string_view() : words.substr(space + 1);
  }
  return {};
}

base::Result<void> add_elements(std::vector<std::string>& list, Value array,
                                std::string_view label) {
  for (const Value element : array) {
    const auto text = element.text();
    if (!text) return wrong(label, "must hold strings only");
    if (const auto added = add(list, *text, label); !added) return added;
  }
  return {};
}

base::Result<GrantedPermissions> read(const Source& source) {
  GrantedPermissions granted;
  granted.source = source.name;
  base::Result<void> added;
  if (source.value.kind() == Kind::array && source.form != Form::text) {
    added = add_elements(granted.values, source.value, source.label);
  } else if (source.value.kind() == Kind::text && source.form != Form::array) {
    added = add_words(granted.values, *source.value.text(), source.label);
  } else {
    added = wrong(source.label, source.form == Form::array  ? "must be an array of strings"
                                : source.form == Form::text ? "must be a string"
                                                            : "must be a string or an array");
  }
  if (!added) return tl::make_unexpected(added.error());
  return granted;
}

bool is_permissions_url(std::string_view name) {
  return (name.starts_with("https://") || name.starts_with("http://")) &&
         name.ends_with("/permissions");
}

Search find_url_claim(Value claims) {
  static constexpr std::string_view kLabel = "https://…/permissions";
  std::optional<Source> found;
  for (const Value claim : claims) {
    if (!is_permissions_url(claim.name())) continue;
    if (found) return wrong(kLabel, "is there twice, under different names");
    if (!jwt::is_plain(claim.name(), kLongestSource)) return wrong(kLabel, "has an unusable name");
    found = Source{claim, claim.name(), kLabel, Form::array};
  }
  return found;
}

Search find_default(Value claims) {
  if (const auto claim = claims.member("permissions")) {
    return Source{*claim, "permissions", "permissions", Form::array};
  }
  if (auto url = find_url_claim(claims); !url || *url) return url;
  if (const auto claim = claims.member("scope")) {
    return Source{*claim, "scope", "scope", Form::text};
  }
  if (const auto claim = claims.member("scp")) return Source{*claim, "scp", "scp", Form::either};
  return std::nullopt;
}

// Follows `path` through objects; an absent step is absent, one through a non-object is wrong.
Search find_path(Value claims, std::string_view path) {
  if (const auto claim = claims.member(path)) return Source{*claim, path, path, Form::either};
  Value at = claims;
  for (std::string_view rest = path;;) {
    if (at.kind() != Kind::object) return wrong(path, "leads through a value that is no object");
    const std::size_t dot = rest.find('.');
    const auto next = at.member(rest.substr(0, dot));
    if (!next) return std::nullopt;
    if (dot == rest.npos) return Source{*next, path, path, Form::either};
    at = *next;
    rest = rest.substr(dot + 1);
  }
}

Search find(Value claims, const std::vector<std::string>& sources) {
  if (sources.empty()) return find_default(claims);
  for (const std::string& path : sources) {
    auto found = find_path(claims, path);
    if (!found || *found) return found;
  }
  return std::nullopt;
}

}  // namespace

base::Result<GrantedPermissions> permissions_from(Value claims,
                                                  const std::vector<std::string>& sources) {
  const auto source = find(claims, sources);
  if (!source) return tl::make_unexpected(source.error());
  if (!*source) return GrantedPermissions{};
  return read(**source);
}

}  // namespace sealbus::auth
