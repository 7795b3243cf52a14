#include "common/identity/identity.hpp"

#include <array>

namespace sealbus::identity {
namespace {

constexpr std::array<std::string_view, 4> kMethods = {"jwt", "development", "service", "anonymous"};

}  // namespace

std::string_view name(Method method) { return kMethods[static_cast<std::size_t>(method)]; }

std::optional<Method> method_named(std::string_view name) {
  for (std::size_t i = 0; i < kMethods.size(); ++i) {
    if (kMethods[i] == name) return static_cast<Method>(i);
  }
  return std::nullopt;
}

}  // namespace sealbus::identity
