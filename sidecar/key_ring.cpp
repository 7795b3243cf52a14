#include "sidecar/key_ring.hpp"

namespace sealbus::app {
namespace {

template <typename Key, typename Keep>
base::OrError<void> each_key(const settings::KeyConfig& config, Keep keep) {
  std::vector<settings::KeySource> sources = config.previous;
  sources.insert(sources.begin(), config.current);
  for (const settings::KeySource& source : sources) {
    auto key = Key::parse(base::as_text(source.text->reveal()));
    if (!key) return base::error(source.origin + ": " + key.error().message);
    keep(std::move(*key));
  }
  return {};
}

}  // namespace

base::OrError<std::vector<envelope::RootKey>> root_keys(const settings::KeyConfig& config) {
  std::vector<envelope::RootKey> roots;
  const auto read = each_key<envelope::RootKey>(
      config, [&](envelope::RootKey key) { roots.push_back(std::move(key)); });
  if (!read) return tl::make_unexpected(read.error());
  return roots;
}

base::OrError<envelope::ServiceKeyRing> service_keys(const settings::KeyConfig& config) {
  envelope::ServiceKeyRing ring;
  const auto read = each_key<envelope::ServiceKey>(config, [&](envelope::ServiceKey key) {
    ring.push_back(std::make_shared<const envelope::ServiceKey>(std::move(key)));
  });
  if (!read) return tl::make_unexpected(read.error());
  return ring;
}

}  // namespace sealbus::app
