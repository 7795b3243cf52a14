#include "common/jwt/algorithm.hpp"

namespace sealbus::jwt {
namespace {

struct Entry {
  std::string_view name;
  Family family;
};

// In the order of the enum.
constexpr std::array<Entry, kAlgorithms> kEntries = {{
    {"HS256", Family::hmac},
    {"HS384", Family::hmac},
    {"HS512", Family::hmac},
    {"RS256", Family::rsa_pkcs1},
    {"RS384", Family::rsa_pkcs1},
    {"RS512", Family::rsa_pkcs1},
    {"PS256", Family::rsa_pss},
    {"PS384", Family::rsa_pss},
    {"PS512", Family::rsa_pss},
    {"ES256", Family::ecdsa},
    {"ES384", Family::ecdsa},
    {"ES512", Family::ecdsa},
    {"EdDSA", Family::eddsa},
}};
static_assert(static_cast<std::size_t>(Algorithm::eddsa) + 1 == kAlgorithms);

const Entry& entry(Algorithm algorithm) { return kEntries[static_cast<std::size_t>(algorithm)]; }

}  // namespace

Family family(Algorithm algorithm) { return entry(algorithm).family; }

std::string_view name(Algorithm algorithm) { return entry(algorithm).name; }

std::optional<Algorithm> algorithm_named(std::string_view name) {
  for (std::size_t i = 0; i < kAlgorithms; ++i) {
    if (kEntries[i].name == name) return static_cast<Algorithm>(i);
  }
  return std::nullopt;
}

std::string names(AlgorithmSet algorithms) {
  std::string list;
  for (std::size_t i = 0; i < kAlgorithms; ++i) {
    if (!algorithms.contains(static_cast<Algorithm>(i))) continue;
    if (!list.empty()) list += ", ";
    list += kEntries[i].name;
  }
  return list;
}

}  // namespace sealbus::jwt
