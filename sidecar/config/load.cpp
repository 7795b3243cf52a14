#include "sidecar/config/load.hpp"

#include <fmt/core.h>

#include "common/base/log.hpp"
#include "common/base/secret.hpp"
#include "common/config/parse.hpp"
#include "sidecar/config/ingress_fields.hpp"
#include "sidecar/config/reader.hpp"
#include "sidecar/config/rules.hpp"
#include "sidecar/config/sidecar_fields.hpp"

namespace sealbus::settings {
namespace {

using config::Position;
using config::Report;
using config::Value;
using config::ValuePtr;

std::optional<std::filesystem::path> file_of(const Input& input) {
  if (input.file) return input.file;
  const auto at = input.environment.find("SEALBUS_CONFIG");
  if (at == input.environment.end()) return std::nullopt;
  return std::filesystem::path(at->second);
}

ValuePtr empty_map(const std::string& source) {
  return std::make_shared<Value>(Value::Kind::map, Position{source});
}

// The one document that counts; null, with a problem, if there is none to go on with.
ValuePtr chosen(const config::Parsed& parsed, const Input& input, const std::string& source,
                Report& report) {
  if (parsed.broken) return nullptr;
  if (!input.document && parsed.documents.size() > 1) {
    report.add({parsed.documents[1]->position, {}, "a second document; expected only one"});
    return nullptr;
  }
  const std::size_t wanted = input.document.value_or(0);
  if (wanted < parsed.documents.size()) return parsed.documents[wanted];
  if (!input.document) return empty_map(source);
  report.add({{source}, {}, fmt::format("has no document {}", wanted)});
  return nullptr;
}

ValuePtr read_tree(const Input& input, Report& report) {
  const auto file = file_of(input);
  if (!file) return empty_map({});
  const std::string source = file->string();
  auto text = input.files.read(*file, config::kMostText);
  if (!text) {
    report.add({{source}, {}, "cannot be read: " + text.error().message});
    return nullptr;
  }
  config::Parsed parsed = config::parse_yaml(*text, source);
  base::wipe(*text);
  for (config::Problem& problem : parsed.problems) report.add(std::move(problem));
  return chosen(parsed, input, source, report);
}

// `tree` may be null.
Role role_in(const Environment& environment, const ValuePtr& tree) {
  const bool named =
      environment.contains("SEALBUS_SERVICE") || (tree && tree->find("service") != nullptr);
  return named ? Role::sidecar : Role::ingress;
}

template <typename Config, typename Fill, typename Check>
LoadResult<Config> load(const Input& input, Role role, Fill fill, Check check) {
  Report report;
  const ValuePtr tree = read_tree(input, report);
  const ValuePtr whole = overlay(tree ? tree : empty_map({}), input.environment, role, report);
  Config config;
  if (tree) {  // without the file, everything would seem to be missing
    Reader reader(whole, file_of(input).value_or("").parent_path(), input.files, report);
    fill(reader, config);
    reader.finish();
    check(config, report);
  }
  if (!report.clean()) return tl::make_unexpected(report.take());
  return config;
}

}  // namespace

LoadResult<IngressConfig> load_ingress(const Input& input) {
  return load<IngressConfig>(
      input, Role::ingress, [](Reader& reader, IngressConfig& c) { ingress_fields(reader, c); },
      check_ingress);
}

LoadResult<SidecarConfig> load_sidecar(const Input& input) {
  return load<SidecarConfig>(
      input, Role::sidecar, [](Reader& reader, SidecarConfig& c) { sidecar_fields(reader, c); },
      check_sidecar);
}

LoadResult<ListenAddress> load_admin_address(const Input& input) {
  Report report;
  const ValuePtr tree = read_tree(input, report);
  if (!tree) return tl::make_unexpected(report.take());
  const Role role = role_in(input.environment, tree);
  Report ignored;
  const ValuePtr whole = overlay(tree, input.environment, role, ignored);
  ListenAddress address = role == Role::sidecar ? SidecarConfig().admin : IngressConfig().admin;
  Reader reader(whole, {}, input.files, report);
  reader.section("admin", [&] { reader.field("listen", address); });
  if (address.port == 0) report.add("admin.listen", "port 0 is any free one; expected a fixed one");
  if (!report.clean()) return tl::make_unexpected(report.take());
  return address;
}

Role role_of(const Input& input) {
  Report ignored;
  return role_in(input.environment, read_tree(input, ignored));
}

}  // namespace sealbus::settings
