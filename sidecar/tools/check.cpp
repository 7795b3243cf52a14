#include "sidecar/tools/check.hpp"

#include <ostream>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "common/base/json_writer.hpp"
#include "common/envelope/keys.hpp"
#include "sidecar/config/describe.hpp"
#include "sidecar/config/notes.hpp"
#include "sidecar/tools/exit_code.hpp"

namespace sealbus::tools {
namespace {

using config::Problem;

struct Findings {
  std::string_view role;
  std::vector<settings::Setting> settings;
  std::vector<settings::Loosened> loosened;
  std::vector<settings::Note> notes;
  std::vector<Problem> problems;
};

// Loading looks at the beginning of a key only; a key has to be good to its end.
template <typename Key>
void check_keys(const settings::KeyConfig& keys, std::vector<Problem>& problems) {
  const auto one = [&](const settings::KeySource& source) {
    const auto key = Key::parse(base::as_text(source.text->reveal()));
    if (!key) problems.push_back({{source.origin}, {}, key.error().message});
  };
  one(keys.current);
  for (const settings::KeySource& source : keys.previous) one(source);
}

template <typename Key, typename Loaded>
Findings findings(std::string_view role, Loaded loaded) {
  Findings found{role, {}, {}, {}, {}};
  if (!loaded) {
    found.problems = std::move(loaded).error();
    return found;
  }
  check_keys<Key>(loaded->key, found.problems);
  found.settings = settings::effective(*loaded);
  found.loosened = settings::loosened(*loaded);
  found.notes = settings::notes(*loaded);
  return found;
}

Findings findings(const settings::Input& input) {
  if (settings::role_of(input) == settings::Role::sidecar) {
    return findings<envelope::ServiceKey>("sidecar", settings::load_sidecar(input));
  }
  return findings<envelope::RootKey>("ingress", settings::load_ingress(input));
}

std::string as_text(const Findings& found) {
  std::string out;
  if (!found.problems.empty()) {
    for (const Problem& problem : found.problems) out += to_string(problem) + "\n";
    const std::size_t count = found.problems.size();
    return out + fmt::format("{} error{} in the configuration of this {}\n", count,
                             count == 1 ? "" : "s", found.role);
  }
  out = fmt::format("# {}\n", found.role);
  for (const auto& [key, value] : found.settings) out += fmt::format("{}: {}\n", key, value);
  out += found.loosened.empty() ? "# nothing is loosened\n" : "# loosened:\n";
  for (const auto& [setting, meaning] : found.loosened) {
    out += fmt::format("#   {}: {}\n", setting, meaning);
  }
  if (!found.notes.empty()) out += "# to note:\n";
  for (const auto& [setting, meaning] : found.notes) {
    out += fmt::format("#   {}: {}\n", setting, meaning);
  }
  return out;
}

void write_problems(base::JsonWriter& json, const std::vector<Problem>& problems) {
  json.key("errors").begin_array();
  for (const Problem& problem : problems) {
    json.begin_object().key("source").string(problem.at.source);
    json.key("line").number(problem.at.line).key("column").number(problem.at.column);
    json.key("key").string(problem.key).key("message").string(problem.message).end_object();
  }
  json.end_array();
}

template <typename Remark>
void write_remarks(base::JsonWriter& json, std::string_view key,
                   const std::vector<Remark>& remarks) {
  json.key(key).begin_array();
  for (const auto& [setting, meaning] : remarks) {
    json.begin_object().key("setting").string(setting).key("meaning").string(meaning);
    json.end_object();
  }
  json.end_array();
}

std::string as_json(const Findings& found) {
  base::JsonWriter json;
  const bool valid = found.problems.empty();
  json.begin_object().key("valid").boolean(valid).key("role").string(found.role);
  json.key("settings").begin_object();
  if (valid) {
    for (const auto& [key, value] : found.settings) json.key(key).string(value);
  }
  json.end_object();
  write_remarks(json, "loosened", found.loosened);
  write_remarks(json, "notes", found.notes);
  write_problems(json, found.problems);
  return json.end_object().take() + "\n";
}

}  // namespace

int check(const settings::Input& input, OutputFormat format, std::ostream& out) {
  const Findings found = findings(input);
  out << (format == OutputFormat::json ? as_json(found) : as_text(found));
  return found.problems.empty() ? kExitGood : kExitUsage;
}

}  // namespace sealbus::tools
