#include "sidecar/config/changes.hpp"

#include <algorithm>
#include <string_view>

#include "sidecar/config/describe.hpp"

namespace sealbus::settings {
namespace {

using Sections = std::vector<std::string_view>;

bool is_in(std::string_view key, const Sections& sections) {
  return std::any_of(sections.begin(), sections.end(), [&](std::string_view section) {
    return key.starts_with(section) && (key.size() == section.size() || key[section.size()] == '.');
  });
}

const Setting* find(const std::vector<Setting>& all, const std::string& key) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Setting& setting) { return setting.key == key; });
  return found == all.end() ? nullptr : &*found;
}

void note(std::vector<std::string>& keys, const std::string& key) {
  if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
}

bool same(const std::shared_ptr<const Secret>& a, const std::shared_ptr<const Secret>& b) {
  if (a == nullptr || b == nullptr) return a == b;
  return base::equal_in_constant_time(a->reveal(), b->reveal());
}

bool same(const KeyConfig& a, const KeyConfig& b) {
  return same(a.current.text, b.current.text) &&
         std::equal(a.previous.begin(), a.previous.end(), b.previous.begin(), b.previous.end(),
                    [](const KeySource& x, const KeySource& y) { return same(x.text, y.text); });
}

// What is shown of a configuration says nothing of its secrets but their sizes.
template <typename Config>
Changes visible(const Config& before, const Config& after, const Sections& reloadable) {
  Changes changes;
  const auto old = effective(before);
  const auto now = effective(after);
  const auto compare = [&](const std::vector<Setting>& these, const std::vector<Setting>& others) {
    for (const Setting& setting : these) {
      const Setting* other = find(others, setting.key);
      if (other != nullptr && other->value == setting.value) continue;
      note(is_in(setting.key, reloadable) ? changes.taken : changes.restart, setting.key);
    }
  };
  compare(now, old);
  compare(old, now);  // what is not there any more
  return changes;
}

}  // namespace

Changes take_over(IngressConfig& in_force, const IngressConfig& fresh) {
  Changes changes = visible(in_force, fresh, {"auth", "key", "services"});
  if (!same(in_force.key, fresh.key)) note(changes.taken, "key");
  const auto& old = in_force.auth.providers;
  const auto& now = fresh.auth.providers;
  for (std::size_t i = 0; i < std::min(old.size(), now.size()); ++i) {
    if (same(old[i].secret, now[i].secret)) continue;
    note(changes.taken, "auth.providers[" + std::to_string(i) + "].secret");
  }
  in_force.auth = fresh.auth;
  in_force.key = fresh.key;
  in_force.services = fresh.services;
  return changes;
}

Changes take_over(SidecarConfig& in_force, const SidecarConfig& fresh) {
  Changes changes = visible(in_force, fresh, {"key"});
  if (!same(in_force.key, fresh.key)) note(changes.taken, "key");
  in_force.key = fresh.key;
  return changes;
}

}  // namespace sealbus::settings
