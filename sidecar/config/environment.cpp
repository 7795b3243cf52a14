#include "sidecar/config/environment.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>
#include <unistd.h>

#include "common/config/nearest.hpp"
#include "common/config/parse.hpp"

namespace sealbus::settings {
namespace {

using config::Position;
using config::Value;
using config::ValuePtr;

// text: as it is. list: parts between commas. yaml: inline YAML.
enum class Shape : std::uint8_t { text, list, yaml };

struct Variable {
  std::string_view name;
  std::string_view key;
  Shape shape = Shape::text;
  std::string_view instead_of = {};  // the other form of the same setting in the file
  std::string_view rival = {};       // the variable of that other form
};

constexpr auto kBoth = std::to_array<Variable>({
    {"SEALBUS_ADMIN", "admin.listen"},
    {"SEALBUS_ADMIN_HOSTS", "admin.hosts", Shape::list},
    {"SEALBUS_AUDIT_FILE", "audit.file"},
    {"SEALBUS_BUS_PLAINTEXT", "bus.plaintext"},
    {"SEALBUS_DRAIN", "drain"},
    {"SEALBUS_KEY", "key.text", Shape::text, "key.file", "SEALBUS_KEY_FILE"},
    {"SEALBUS_KEY_FILE", "key.file", Shape::text, "key.text"},
    {"SEALBUS_LOG_FORMAT", "log.format"},
    {"SEALBUS_LOG_LEVEL", "log.level"},
});
constexpr auto kIngress = std::to_array<Variable>({
    {"DEVELOPMENT_AUTH_ENABLED", "auth.development"},
    {"SEALBUS_BUS", "bus.listen"},
    {"SEALBUS_ERROR_DETAIL", "auth.error_detail"},
    {"SEALBUS_HTTP", "http.listen"},
    {"SEALBUS_REGISTRATION", "registration"},
    {"SEALBUS_SERVICES", "services", Shape::yaml},
    {"SEALBUS_STATE_DIR", "state_dir"},
});
constexpr auto kSidecar = std::to_array<Variable>({
    {"SEALBUS_ACCEPT_DEVELOPMENT", "accept_development"},
    {"SEALBUS_BUS", "bus.connect", Shape::list},
    {"SEALBUS_CONTRACTS", "contracts", Shape::yaml},
    {"SEALBUS_DELIVER", "deliver.listen", Shape::list},
    {"SEALBUS_SERVICE", "service"},
    {"SEALBUS_SUBSCRIBE", "subscribe", Shape::yaml},
    {"SEALBUS_TAP", "deliver.tap"},
});
// Keys of the one provider that variables can describe.
constexpr auto kProvider = std::to_array<Variable>({
    {"JWKS_URI", "jwks_uri"},
    {"JWT_AUDIENCE", "audience"},
    {"JWT_ISSUER", "issuer"},
    {"JWT_SECRET", "secret", Shape::text, "", "JWT_SECRET_FILE"},
    {"JWT_SECRET_FILE", "secret.file", Shape::text, "secret"},
});
constexpr std::string_view kPrefix = "SEALBUS_";
constexpr std::string_view kConfig = "SEALBUS_CONFIG";  // names the file; see load.hpp

class Overlay {
 public:
  Overlay(ValuePtr root, const Environment& environment, config::Report& report)
      : root_(std::move(root)), environment_(environment), report_(report) {}

  void put(const Variable& variable) { put(root_, variable); }
  void put_provider();
  [[nodiscard]] ValuePtr take() { return std::move(root_); }

 private:
  void put(ValuePtr& tree, const Variable& variable);
  ValuePtr value(const Variable& variable, const std::string& text);
  // Null when the variable is not set, or set to nothing, which is reported.
  const std::string* text(std::string_view name);
  ValuePtr only_provider();

  ValuePtr root_;
  const Environment& environment_;
  config::Report& report_;
};

const std::string* Overlay::text(std::string_view name) {
  const auto at = environment_.find(std::string(name));
  if (at == environment_.end()) return nullptr;
  if (!at->second.empty()) return &at->second;
  report_.add({{at->first}, {}, "is set but empty; give it a value, or do not set it"});
  return nullptr;
}

ValuePtr Overlay::value(const Variable& variable, const std::string& text) {
  const Position whole{std::string(variable.name)};
  if (variable.shape == Shape::text) return config::make_scalar(text, whole);
  if (variable.shape == Shape::list) return config::make_list(text, whole);
  config::Parsed parsed = config::parse_yaml(text, whole.source);
  for (config::Problem& problem : parsed.problems) report_.add(std::move(problem));
  if (parsed.broken) return nullptr;
  if (parsed.documents.size() == 1) return parsed.documents.front();
  report_.add({whole, {}, "expected one YAML document"});
  return nullptr;
}

void Overlay::put(ValuePtr& tree, const Variable& variable) {
  const std::string* set = text(variable.name);
  if (set == nullptr) return;
  if (!variable.rival.empty() && environment_.contains(std::string(variable.rival))) {
    report_.add({{std::string(variable.name)},
                 {},
                 fmt::format("{} is set as well; keep one", variable.rival)});
  }
  ValuePtr made = value(variable, *set);
  if (!made) return;
  if (!variable.instead_of.empty()) tree = config::without(tree, variable.instead_of);
  tree = config::with(tree, variable.key, std::move(made));
}

// The provider of the file that the variables speak of, or a new one; null if there are several.
ValuePtr Overlay::only_provider() {
  const config::Entry* auth = root_->find("auth");
  const config::Entry* list = auth ? auth->value->find("providers") : nullptr;
  if (list == nullptr || list->value->items.empty()) {
    return std::make_shared<Value>(Value::Kind::map, Position{});
  }
  return list->value->items.size() == 1 ? list->value->items.front() : nullptr;
}

void Overlay::put_provider() {
  const auto first = std::find_if(
      kProvider.begin(), kProvider.end(),
      [&](const Variable& variable) { return environment_.contains(std::string(variable.name)); });
  if (first == kProvider.end()) return;
  const Position whole{std::string(first->name)};
  const ValuePtr before = only_provider();
  if (!before) {
    report_.add(
        {whole, {}, "auth.providers has several entries; a variable can only speak of one"});
    return;
  }
  ValuePtr provider = before;
  for (const Variable& variable : kProvider) put(provider, variable);
  if (provider == before) return;
  if (provider->position.source.empty()) {
    auto placed = std::make_shared<Value>(*provider);
    placed->position = whole;
    provider = std::move(placed);
  }
  auto list = std::make_shared<Value>(Value::Kind::list, whole);
  list->items.push_back(std::move(provider));
  root_ = config::with(root_, "auth.providers", std::move(list));
}

template <std::size_t N>
void add_names(std::set<std::string, std::less<>>& names,
               const std::array<Variable, N>& variables) {
  for (const Variable& variable : variables) names.emplace(variable.name);
}

void report_unknown(const Environment& environment, Role role, config::Report& report) {
  const auto known = known_variables(role);
  const bool ingress = role == Role::ingress;
  const auto others = known_variables(ingress ? Role::sidecar : Role::ingress);
  for (const auto& [name, text] : environment) {
    if (!name.starts_with(kPrefix) || known.contains(name)) continue;
    std::string message = "unknown variable";
    if (others.contains(name)) {
      message = ingress ? "only a sidecar has this variable, and this is an ingress"
                        : "only an ingress has this variable, and this is a sidecar";
    } else if (const auto meant = config::nearest(name, known); !meant.empty()) {
      message += fmt::format("; did you mean '{}'?", meant);
    }
    report.add({{name}, {}, std::move(message)});
  }
}

}  // namespace

Environment process_environment() {
  Environment environment;
  for (char** at = ::environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view entry = *at;
    const std::size_t equals = entry.find('=');
    if (equals == std::string_view::npos) continue;
    environment.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return environment;
}

ValuePtr overlay(ValuePtr root, const Environment& environment, Role role, config::Report& report) {
  report_unknown(environment, role, report);
  Overlay tree(std::move(root), environment, report);
  for (const Variable& variable : kBoth) tree.put(variable);
  if (role == Role::sidecar) {
    for (const Variable& variable : kSidecar) tree.put(variable);
  } else {
    for (const Variable& variable : kIngress) tree.put(variable);
    tree.put_provider();
  }
  return tree.take();
}

std::set<std::string, std::less<>> known_variables(Role role) {
  std::set<std::string, std::less<>> names{std::string(kConfig)};
  add_names(names, kBoth);
  if (role == Role::sidecar) {
    add_names(names, kSidecar);
  } else {
    add_names(names, kIngress);
    add_names(names, kProvider);
  }
  return names;
}

}  // namespace sealbus::settings
