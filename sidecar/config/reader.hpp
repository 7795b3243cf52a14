#pragma once
// The visitor that fills a configuration from a tree. Whatever does not fit goes into the report
// and leaves the field as it was.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/section.hpp"
#include "sidecar/config/config.hpp"
#include "sidecar/config/files.hpp"
#include "sidecar/config/words.hpp"

namespace sealbus::settings {

using config::Range;

class Reader {
 public:
  // Relative files of the configuration file are looked for in `folder`. The references must
  // outlive the reader.
  Reader(config::ValuePtr root, std::filesystem::path folder, const Files& files,
         config::Report& report);

  // A key with a single value or a list of them.
  void field(std::string_view key, bool& value);
  void field(std::string_view key, unsigned& value, Range<std::uint64_t> range);
  void field(std::string_view key, milliseconds& value, Range<milliseconds> range);
  void field(std::string_view key, std::optional<milliseconds>& value, Range<milliseconds> range);
  void field(std::string_view key, ByteCount& value, Range<ByteCount> range);
  void field(std::string_view key, std::string& value, Rule rule);
  void field(std::string_view key, std::vector<std::string>& value, Rule rule);
  void field(std::string_view key, ListenAddress& value);
  void field(std::string_view key, std::filesystem::path& value);
  void field(std::string_view key, contract::PathPattern& value);               // a contract's
  void field(std::string_view key, std::vector<contract::PathPattern>& value);  // a grant's
  void field(std::string_view key, identity::Requirement& value);
  template <typename Enum>
  requires std::is_enum_v<Enum>
  void field(std::string_view key, Enum& value) {
    const auto words = words_of(value);
    std::vector<std::string_view> names;
    for (const auto& [word, meaning] : words) names.push_back(word);
    if (const auto at = word_at(key, names)) value = words[*at].second;
  }

  template <typename Fill>
  void section(std::string_view key, Fill fill) {
    inside(here().section(key), fill);
  }
  template <typename T, typename Fill>
  void list(std::string_view key, std::vector<T>& items, Fill fill) {
    for (config::Section& item : here().sections(key)) {
      T& made = items.emplace_back();
      inside(std::move(item), [&] { fill(made); });
    }
  }
  template <typename T, typename Fill>
  void map(std::string_view key, std::map<std::string, T>& items, Rule rule, Fill fill) {
    section(key, [&] {
      for (const std::string& name : here().names()) {
        const bool good = fits(here().path_of(name), name, rule);
        T made;
        section(name, [&] { fill(made); });
        if (good) items.emplace(name, std::move(made));
      }
    });
  }
  // `read` reads `key`, which only makes sense if `applies`; otherwise it is refused if it is
  // there.
  template <typename Read>
  void only(bool applies, std::string_view key, std::string_view reason, Read read) {
    applies ? read() : here().refuse(key, reason);
  }
  void refuse(std::string_view key, std::string_view reason) { here().refuse(key, reason); }

  void provider_secret(ProviderConfig& provider);
  void keys(std::string_view key, KeyConfig& keys);
  // Everything at its default for the name and kind that were read.
  void contract_defaults(contract::Contract& contract);

  // Reports unknown keys of the top level.
  void finish() { here().report_unknown(); }

 private:
  template <typename Fill>
  void inside(config::Section section, Fill fill) {
    open_.push_back(std::move(section));
    fill();
    here().report_unknown();
    open_.pop_back();
  }
  std::optional<std::size_t> word_at(std::string_view key,
                                     const std::vector<std::string_view>& words);

  config::Section& here() { return open_.back(); }
  bool fits(const std::string& path, std::string_view text, Rule rule);
  KeySource key_source();
  std::shared_ptr<const Secret> secret_file(std::string_view key, std::string& origin);
  std::optional<std::filesystem::path> file_at(std::string_view key);

  const std::filesystem::path folder_;
  const Files& files_;
  config::Report& report_;
  std::vector<config::Section> open_;  // from the top level to where we are
};

}  // namespace sealbus::settings
