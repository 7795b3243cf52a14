#include "sidecar/config/printer.hpp"

#include <fmt/core.h>

#include "common/base/log.hpp"
#include "common/config/scalars.hpp"
#include "sidecar/config/address.hpp"

namespace sealbus::settings {
namespace {

constexpr std::size_t kLongest = 1'024;
constexpr std::string_view kNone = "none";

std::string bracketed(const std::vector<std::string>& values) {
  std::string out = "[";
  for (const std::string& value : values) {
    out += (out.size() > 1 ? ", " : "") + log::escaped(value, kLongest);
  }
  return out + "]";
}

}  // namespace

std::string text_of(bool value) { return value ? "true" : "false"; }
std::string text_of(unsigned value) { return std::to_string(value); }
std::string text_of(milliseconds value) { return config::to_text(value); }
std::string text_of(const std::optional<milliseconds>& value) {
  return value ? text_of(*value) : std::string(kNone);
}
std::string text_of(ByteCount value) { return config::to_text(value); }
std::string text_of(const std::string& value) {
  return value.empty() ? std::string(kNone) : log::escaped(value, kLongest);
}
std::string text_of(const std::vector<std::string>& values) { return bracketed(values); }
std::string text_of(const ListenAddress& value) { return to_text(value); }
std::string text_of(const std::filesystem::path& value) { return text_of(value.string()); }
std::string text_of(const contract::PathPattern& value) { return text_of(value.text()); }
std::string text_of(const std::vector<contract::PathPattern>& values) {
  std::vector<std::string> texts;
  for (const contract::PathPattern& value : values) texts.push_back(value.text());
  return bracketed(texts);
}
std::string text_of(const identity::Requirement& value) {
  if (value.any_of.empty()) return bracketed(value.all_of);
  return "{anyOf: " + bracketed(value.any_of) + "}";
}

std::string text_of_secret(const Secret* secret, const std::string& origin) {
  if (secret == nullptr) return std::string(kNone);
  return fmt::format("set ({} bytes, from {})", secret->size(), log::escaped(origin, kLongest));
}

void Printer::provider_secret(const ProviderConfig& provider) {
  add("secret", text_of_secret(provider.secret.get(), provider.secret_origin));
  if (mode_ == Mode::schema) add("secret.file", std::string(kNone));
}

void Printer::keys(std::string_view key, const KeyConfig& keys) {
  if (mode_ == Mode::schema) {
    for (const std::string_view inner : {"file", "text", "previous[].file", "previous[].text"}) {
      add(fmt::format("{}.{}", key, inner), std::string(kNone));
    }
    return;
  }
  add(key, text_of_secret(keys.current.text.get(), keys.current.origin));
  for (std::size_t i = 0; i < keys.previous.size(); ++i) {
    const KeySource& previous = keys.previous[i];
    add(fmt::format("{}.previous[{}]", key, i),
        text_of_secret(previous.text.get(), previous.origin));
  }
}

}  // namespace sealbus::settings
