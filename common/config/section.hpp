#pragma once
// One map of a configuration, read key by key. It notes which keys were asked for, so that every
// other one is an error and the nearest known key can be named. What does not fit is put into the
// report and reads as absent; nothing is thrown.

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/report.hpp"
#include "common/config/scalars.hpp"
#include "common/config/value.hpp"

namespace sealbus::config {

// Both ends are allowed.
template <typename T>
struct Range {
  T least;
  T most;
};

class Section {
 public:
  // `value` may be null, or a value that is nothing: then all keys are absent. `report` must
  // outlive the section.
  Section(ValuePtr value, std::string path, Report& report);

  // Each takes a key that this map may have. Absent or unfitting: nothing, or empty.
  std::optional<std::string> text(std::string_view key);
  std::optional<bool> boolean(std::string_view key);
  std::optional<std::uint64_t> integer(std::string_view key, Range<std::uint64_t> range);
  std::optional<milliseconds> duration(std::string_view key, Range<milliseconds> range);
  std::optional<base::ByteCount> size(std::string_view key, Range<base::ByteCount> range);
  // A list of texts, or a single one. Their paths are key[0], key[1], …
  std::optional<std::vector<std::string>> texts(std::string_view key);
  Section section(std::string_view key);
  std::vector<Section> sections(std::string_view key);
  // For a value of several shapes; may be null.
  ValuePtr value(std::string_view key);

  // For a map whose keys are names that the user chose: all of them count as known.
  std::vector<std::string> names();

  // A key that cannot be used, for a reason that is better than "unknown".
  void refuse(std::string_view key, std::string_view reason);
  // Reports every key that nobody asked for.
  void report_unknown();

  [[nodiscard]] bool has(std::string_view key) const;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string path_of(std::string_view key) const;
  // "expected …; found …" about this key.
  void mismatch(std::string_view key, std::string_view expected);

 private:
  const std::string* scalar(std::string_view key, std::string_view expected);

  ValuePtr value_;
  std::string path_;
  std::reference_wrapper<Report> report_;
  std::set<std::string, std::less<>> asked_;
  std::set<std::string, std::less<>> refused_;
};

}  // namespace sealbus::config
