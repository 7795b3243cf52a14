#pragma once
// The visitor that looks: it turns a configuration into lines of key and value, in the order of the
// fields. Secrets are lines that say how long they are and where they came from.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sidecar/config/config.hpp"
#include "sidecar/config/describe.hpp"
#include "sidecar/config/words.hpp"

namespace sealbus::settings {

// What a value looks like in a line; "none" for nothing, "[]" for no items.
std::string text_of(bool value);
std::string text_of(unsigned value);
std::string text_of(milliseconds value);
std::string text_of(const std::optional<milliseconds>& value);
std::string text_of(ByteCount value);
std::string text_of(const std::string& value);
std::string text_of(const std::vector<std::string>& values);
std::string text_of(const ListenAddress& value);
std::string text_of(const std::filesystem::path& value);
std::string text_of(const contract::PathPattern& value);
std::string text_of(const std::vector<contract::PathPattern>& values);
std::string text_of(const identity::Requirement& value);
std::string text_of_secret(const Secret* secret, const std::string& origin);
template <typename Enum>
requires std::is_enum_v<Enum> std::string text_of(Enum value) {
  for (const auto& [word, meaning] : words_of(value)) {
    if (meaning == value) return std::string(word);
  }
  return {};
}

class Printer {
 public:
  // effective: what is configured. schema: every key there can be, with one item in each list
  // ("contracts[]") and map ("services.<name>"), at its default.
  enum class Mode : std::uint8_t { effective, schema };
  explicit Printer(Mode mode) : mode_(mode) {}

  template <typename T, typename... Constraints>
  void field(std::string_view key, const T& value, const Constraints&...) {
    add(key, text_of(value));
  }
  template <typename Look>
  void section(std::string_view key, Look look) {
    const std::string outer = prefix_;
    prefix_ = path_of(key) + ".";
    look();
    prefix_ = outer;
  }
  template <typename T, typename Look>
  void list(std::string_view key, const std::vector<T>& items, Look look) {
    const std::string name(key);
    const T usual{};
    if (mode_ == Mode::schema) return section(name + "[]", [&] { look(usual); });
    if (items.empty()) add(key, "[]");
    for (std::size_t i = 0; i < items.size(); ++i) {
      section(name + "[" + std::to_string(i) + "]", [&] { look(items[i]); });
    }
  }
  template <typename T, typename Look>
  void map(std::string_view key, const std::map<std::string, T>& items, Rule, Look look) {
    const T usual{};
    section(key, [&] {
      if (mode_ == Mode::schema) return section("<name>", [&] { look(usual); });
      for (const auto& item : items) section(item.first, [&] { look(item.second); });
    });
    if (mode_ == Mode::effective && items.empty()) add(key, "{}");
  }
  template <typename Look>
  void only(bool applies, std::string_view, std::string_view, Look look) {
    if (applies || mode_ == Mode::schema) look();
  }
  void refuse(std::string_view, std::string_view) {}
  void contract_defaults(const contract::Contract&) {}
  void provider_secret(const ProviderConfig& provider);
  void keys(std::string_view key, const KeyConfig& keys);

  [[nodiscard]] std::vector<Setting> take() { return std::move(settings_); }

 private:
  [[nodiscard]] std::string path_of(std::string_view key) const {
    return prefix_ + std::string(key);
  }
  void add(std::string_view key, std::string value) {
    settings_.push_back({path_of(key), std::move(value)});
  }

  const Mode mode_;
  std::string prefix_;  // "auth.providers[0]."
  std::vector<Setting> settings_;
};

}  // namespace sealbus::settings
