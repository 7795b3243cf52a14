#include "common/identity/permissions.hpp"

#include <algorithm>

#include "common/base/bytes.hpp"

namespace sealbus::identity {
namespace {

constexpr std::size_t kLongest = 256;

bool matches(std::string_view granted, Wildcards wildcards, std::string_view required) {
  if (granted == required) return true;
  if (wildcards == Wildcards::off) return false;
  if (granted == "*") return true;
  return granted.ends_with(":*") && required.starts_with(granted.substr(0, granted.size() - 1));
}

}  // namespace

bool is_valid_permission(std::string_view permission) {
  if (permission.empty() || permission.size() > kLongest) return false;
  const bool clean = std::none_of(permission.begin(), permission.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7f || c == ',';
  });
  return clean && base::is_utf8(permission);
}

bool grants(const std::vector<std::string>& granted, Wildcards wildcards,
            std::string_view required) {
  return std::any_of(granted.begin(), granted.end(), [&](const std::string& candidate) {
    return matches(candidate, wildcards, required);
  });
}

std::vector<std::string> missing(const Requirement& requirement,
                                 const std::vector<std::string>& granted, Wildcards wildcards) {
  std::vector<std::string> lacking;
  const auto has = [&](const std::string& permission) {
    return grants(granted, wildcards, permission);
  };
  std::copy_if(requirement.all_of.begin(), requirement.all_of.end(), std::back_inserter(lacking),
               [&](const std::string& permission) { return !has(permission); });
  const auto& any = requirement.any_of;
  if (!any.empty() && std::none_of(any.begin(), any.end(), has)) {
    lacking.insert(lacking.end(), any.begin(), any.end());
  }
  return lacking;
}

}  // namespace sealbus::identity
