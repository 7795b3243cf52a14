#include "common/config/section.hpp"

#include <fmt/core.h>

#include "common/config/nearest.hpp"

namespace sealbus::config {
namespace {

using Kind = Value::Kind;

constexpr std::string_view kText = "expected text";
constexpr std::string_view kTexts = "expected text or a list of texts";

// "known here: a, b, c", or the one that was probably meant.
std::string hint(std::string_view key, const std::set<std::string, std::less<>>& known) {
  if (const std::string_view meant = nearest(key, known); !meant.empty()) {
    return fmt::format("did you mean '{}'?", meant);
  }
  std::string all;
  for (const std::string& word : known) all += (all.empty() ? "" : ", ") + word;
  return "known here: " + all;
}

std::string within(std::string_view text, std::string_view unit_examples, std::string_view least,
                   std::string_view most) {
  return fmt::format("expected {}{} from {} to {}", text, unit_examples, least, most);
}

}  // namespace

Section::Section(ValuePtr value, std::string path, Report& report)
    : value_(std::move(value)), path_(std::move(path)), report_(report) {
  if (!value_) return;
  report.locate(path_, value_->position);
  if (value_->kind == Kind::scalar || value_->kind == Kind::list) {
    // Not what the text says: where a map is expected, people put keys and secrets.
    const std::string_view what = value_->kind == Kind::scalar ? "text" : "a list";
    report.add(path_, fmt::format("expected a map of keys; found {}", what));
    value_ = nullptr;
  }
}

std::string Section::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

bool Section::has(std::string_view key) const {
  return value_ != nullptr && value_->find(key) != nullptr;
}

ValuePtr Section::value(std::string_view key) {
  asked_.emplace(key);
  const Entry* entry = value_ ? value_->find(key) : nullptr;
  if (entry == nullptr) return nullptr;
  report_.get().locate(path_of(key), entry->value->position);
  return entry->value;
}

void Section::mismatch(std::string_view key, std::string_view expected) {
  const ValuePtr there = value(key);
  const std::string what = there ? found(*there) : "nothing";
  report_.get().add(path_of(key), fmt::format("{}; found {}", expected, what));
}

// Points into the tree, which this section holds.
const std::string* Section::scalar(std::string_view key, std::string_view expected) {
  const ValuePtr there = value(key);
  if (!there) return nullptr;
  if (there->kind == Kind::scalar) return &there->text;
  mismatch(key, expected);
  return nullptr;
}

std::optional<std::string> Section::text(std::string_view key) {
  const std::string* text = scalar(key, kText);
  return text ? std::optional(*text) : std::nullopt;
}

std::optional<bool> Section::boolean(std::string_view key) {
  constexpr std::string_view kExpected = "expected true or false";
  const std::string* text = scalar(key, kExpected);
  if (text == nullptr) return std::nullopt;
  const auto parsed = parse_bool(*text);
  if (!parsed) mismatch(key, kExpected);
  return parsed;
}

std::optional<std::uint64_t> Section::integer(std::string_view key, Range<std::uint64_t> range) {
  const std::string expected =
      within("a whole number", "", std::to_string(range.least), std::to_string(range.most));
  const std::string* text = scalar(key, expected);
  if (text == nullptr) return std::nullopt;
  const auto parsed = parse_integer(*text);
  if (parsed && *parsed >= range.least && *parsed <= range.most) return parsed;
  mismatch(key, expected);
  return std::nullopt;
}

std::optional<milliseconds> Section::duration(std::string_view key, Range<milliseconds> range) {
  const std::string expected =
      within("a duration", " (500ms, 5s, 2m, 1h)", to_text(range.least), to_text(range.most));
  const std::string* text = scalar(key, expected);
  if (text == nullptr) return std::nullopt;
  const auto parsed = parse_duration(*text);
  if (parsed && *parsed >= range.least && *parsed <= range.most) return parsed;
  mismatch(key, expected);
  return std::nullopt;
}

std::optional<base::ByteCount> Section::size(std::string_view key, Range<base::ByteCount> range) {
  const std::string expected =
      within("a size", " (65536, 64KiB, 1MiB)", to_text(range.least), to_text(range.most));
  const std::string* text = scalar(key, expected);
  if (text == nullptr) return std::nullopt;
  const auto parsed = parse_size(*text);
  if (parsed && *parsed >= range.least && *parsed <= range.most) return parsed;
  mismatch(key, expected);
  return std::nullopt;
}

std::optional<std::vector<std::string>> Section::texts(std::string_view key) {
  const ValuePtr there = value(key);
  if (!there) return std::nullopt;
  if (there->kind == Kind::scalar) {
    report_.get().locate(path_of(key) + "[0]", there->position);
    return std::vector{there->text};
  }
  if (there->kind != Kind::list) {
    mismatch(key, kTexts);
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < there->items.size(); ++i) {
    const Value& item = *there->items[i];
    const std::string path = fmt::format("{}[{}]", path_of(key), i);
    report_.get().locate(path, item.position);
    if (item.kind != Kind::scalar) {
      report_.get().add(path, fmt::format("{}; found {}", kText, found(item)));
      return std::nullopt;
    }
    texts.push_back(item.text);
  }
  return texts;
}

Section Section::section(std::string_view key) {
  return Section(value(key), path_of(key), report_);
}

std::vector<Section> Section::sections(std::string_view key) {
  const ValuePtr there = value(key);
  if (!there) return {};
  if (there->kind != Kind::list) {
    mismatch(key, "expected a list of maps");
    return {};
  }
  std::vector<Section> all;
  for (std::size_t i = 0; i < there->items.size(); ++i) {
    all.emplace_back(there->items[i], fmt::format("{}[{}]", path_of(key), i), report_);
  }
  return all;
}

std::vector<std::string> Section::names() {
  std::vector<std::string> all;
  if (!value_) return all;
  for (const Entry& entry : value_->entries) {
    all.push_back(entry.key);
    asked_.insert(entry.key);
  }
  return all;
}

void Section::refuse(std::string_view key, std::string_view reason) {
  const Entry* entry = value_ ? value_->find(key) : nullptr;
  if (entry == nullptr) return;
  const Position& at = entry->position;
  // A variable's name says it all.
  report_.get().add({at, at.line == 0 ? std::string() : path_of(key), std::string(reason)});
  refused_.emplace(key);
}

void Section::report_unknown() {
  if (!value_) return;
  for (const Entry& entry : value_->entries) {
    if (asked_.contains(entry.key) || refused_.contains(entry.key)) continue;
    report_.get().add(
        {entry.position, path_of(entry.key), "unknown key; " + hint(entry.key, asked_)});
  }
}

}  // namespace sealbus::config
