#include "sidecar/tools/keys.hpp"

#include <ostream>

#include <fmt/core.h>

#include "common/base/log.hpp"
#include "common/contract/contract.hpp"
#include "common/envelope/keys.hpp"
#include "sidecar/tools/exit_code.hpp"

namespace sealbus::tools {
namespace {

constexpr base::ByteCount kMostKeyText{65'536};

void print(std::string text, std::ostream& out) {
  out << text << "\n";
  base::wipe(text);
}

base::OrError<envelope::RootKey> read_root(const std::filesystem::path& path,
                                           const settings::Files& files) {
  auto text = files.read(path, kMostKeyText);
  if (!text) return base::error(text.error().message);
  auto key = envelope::RootKey::parse(*text);
  base::wipe(*text);
  return key;
}

}  // namespace

int keys_root(base::Random& random, std::ostream& out) {
  print(envelope::RootKey::generate(random).text(), out);
  return kExitGood;
}

int keys_derive(const DeriveRequest& request, const settings::Files& files, std::ostream& out,
                std::ostream& errors) {
  const auto root = read_root(request.root, files);
  if (!root) {
    errors << fmt::format("{}: {}\n", log::escaped(request.root.string()), root.error().message);
  }
  const bool named = contract::is_service_name(request.service);
  if (!named) {
    errors << fmt::format(
        "'{}' is no service's name: lower-case letters, digits and '-', a letter first, at most "
        "63\n",
        log::escaped(request.service));
  }
  if (!root || !named) return kExitUsage;
  print(root->derive(request.service).text(), out);
  return kExitGood;
}

}  // namespace sealbus::tools
