#include "common/contract/contract.hpp"

#include <algorithm>
#include <array>

namespace sealbus::contract {
namespace {

constexpr std::array<std::string_view, 3> kKinds = {"command", "query", "event"};
constexpr std::array<std::string_view, 2> kDeliveries = {"stored", "memory"};
constexpr std::array<std::string_view, 2> kAuthAts = {"ingress", "delivery"};
constexpr std::array<std::string_view, 7> kMethods = {"GET",    "POST", "PUT",    "PATCH",
                                                      "DELETE", "HEAD", "OPTIONS"};

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char to_lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

template <typename Enum, std::size_t N>
std::optional<Enum> named(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto* at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) return std::nullopt;
  return static_cast<Enum>(at - names.begin());
}

}  // namespace

std::string_view name(Kind kind) { return kKinds[static_cast<std::size_t>(kind)]; }
std::optional<Kind> kind_named(std::string_view name) { return named<Kind>(kKinds, name); }
std::string_view name(Delivery delivery) { return kDeliveries[static_cast<std::size_t>(delivery)]; }
std::optional<Delivery> delivery_named(std::string_view name) {
  return named<Delivery>(kDeliveries, name);
}
std::string_view name(AuthAt auth_at) { return kAuthAts[static_cast<std::size_t>(auth_at)]; }
std::optional<AuthAt> auth_at_named(std::string_view name) { return named<AuthAt>(kAuthAts, name); }

std::string kebab_case(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool after_small = i > 0 && (is_lower(name[i - 1]) || is_digit(name[i - 1]));
    const bool ends_acronym =
        i > 0 && is_upper(name[i - 1]) && i + 1 < name.size() && is_lower(name[i + 1]);
    if (is_upper(c) && (after_small || ends_acronym)) out.push_back('-');
    out.push_back(c == '_' ? '-' : to_lower(c));
  }
  return out;
}

bool is_service_name(std::string_view name) {
  if (name.empty() || name.size() > 63 || !is_lower(name.front())) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
}

bool is_contract_name(std::string_view name) {
  if (name.empty() || name.size() > 64) return false;
  if (!is_lower(name.front()) && !is_upper(name.front())) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return is_lower(c) || is_upper(c) || is_digit(c) || c == '_'; });
}

bool is_method(std::string_view method) {
  return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
}

Contract make_contract(std::string_view name, Kind kind) {
  // A contract's name has only characters that a path may have.
  auto path = PathPattern::parse("/api/" + kebab_case(name));
  Contract contract;
  contract.name = name;
  contract.kind = kind;
  contract.methods = {kind == Kind::query ? "GET" : "POST"};
  contract.path = std::move(path).value();
  return contract;
}

}  // namespace sealbus::contract
