// Is this key text of the kind that this role may hold? Only its typed beginning is looked at; the
// envelope library checks the rest. No message shows key text.
#include <fmt/core.h>

#include "common/base/log.hpp"
#include "sidecar/config/rules.hpp"

namespace sealbus::settings {
namespace {

using config::Report;

constexpr std::string_view kRoot = "sealbus-root-v1:";
constexpr std::string_view kService = "sealbus-svc-v1:";

struct Typed {
  enum class Kind : std::uint8_t { root, service, other };
  Kind kind = Kind::other;
  std::string service;  // of a service's key
};

Typed typed(const Secret& text) {
  const std::string_view key = base::as_text(text.reveal());
  if (key.starts_with(kRoot) && key.size() > kRoot.size()) return {Typed::Kind::root, {}};
  if (!key.starts_with(kService)) return {};
  const std::string_view rest = key.substr(kService.size());
  const std::size_t colon = rest.find(':');
  if (colon == std::string_view::npos || colon + 1 == rest.size()) return {};
  // Only a proper name is ever shown: anything else could be a part of a key.
  if (!contract::is_service_name(rest.substr(0, colon))) return {};
  return {Typed::Kind::service, std::string(rest.substr(0, colon))};
}

using Judge = std::string (*)(const Typed& key, const KeySource& source,
                              const std::string& service);

std::string judge_root(const Typed& key, const KeySource&, const std::string&) {
  if (key.kind == Typed::Kind::root) return {};
  if (key.kind == Typed::Kind::service) {
    return fmt::format("this is the key of the service '{}'; an ingress needs the root key",
                       key.service);
  }
  return fmt::format("this is no root key: expected text that begins with {}", kRoot);
}

std::string judge_service(const Typed& key, const KeySource& source, const std::string& service) {
  const std::string name = service.empty() ? "SERVICE" : service;
  if (key.kind == Typed::Kind::root) {
    const bool is_file = source.origin != "SEALBUS_KEY" && !source.origin.ends_with(".text");
    return fmt::format(
        "this is a root key, which only an ingress may hold; give this sidecar its own key: "
        "sealbus keys derive --root {} {}",
        is_file ? log::escaped(source.origin) : "FILE", name);
  }
  if (key.kind == Typed::Kind::other) {
    return fmt::format("this is no service key: expected text that begins with {}{}:", kService,
                       name);
  }
  if (service.empty() || key.service == service) return {};
  return fmt::format(
      "this is the key of the service '{}', and this sidecar's service is '{}'; make its own: "
      "sealbus keys derive --root FILE {}",
      key.service, service, service);
}

// Where the key stands, as far as the report knows: under `file` or under `text`.
std::string place(const std::string& path, const Report& report) {
  for (const char* inner : {".file", ".text"}) {
    if (report.located(path + inner)) return path + inner;
  }
  return path;
}

void check(const KeyConfig& key, const std::string& service, Judge judge, Report& report) {
  const auto one = [&](const KeySource& source, const std::string& path) {
    if (!source.text) return;
    const std::string wrong = judge(typed(*source.text), source, service);
    if (!wrong.empty()) report.add(place(path, report), wrong);
  };
  one(key.current, "key");
  for (std::size_t i = 0; i < key.previous.size(); ++i) {
    one(key.previous[i], fmt::format("key.previous[{}]", i));
  }
}

bool absent(const KeyConfig& key, const Report& report) {
  const bool wrong = report.is_wrong("key.file") || report.is_wrong("key.text");
  return !key.current.text && !wrong;
}

}  // namespace

void check_root_key(const KeyConfig& key, Report& report) {
  if (absent(key, report)) {
    report.add("key",
               "no key, and nothing runs without one; 'sealbus keys root > root.key' makes it: set "
               "key.file or SEALBUS_KEY_FILE");
  }
  check(key, {}, judge_root, report);
}

void check_service_key(const std::string& service, const KeyConfig& key, Report& report) {
  if (absent(key, report)) {
    report.add("key", fmt::format("no key, and nothing runs without one; 'sealbus keys root' makes "
                                  "the ingress's, 'sealbus keys derive --root FILE {}' this "
                                  "sidecar's: set key.file or SEALBUS_KEY_FILE",
                                  service.empty() ? "SERVICE" : service));
  }
  check(key, service, judge_service, report);
}

}  // namespace sealbus::settings
