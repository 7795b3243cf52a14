#include "sidecar/config/reader.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "common/base/log.hpp"
#include "common/config/nearest.hpp"
#include "sidecar/config/address.hpp"

namespace sealbus::settings {
namespace {

using Kind = config::Value::Kind;

constexpr std::size_t kLongestShown = 60;
constexpr std::size_t kMostPermissions = 64;  // what a registration can carry (common/contract)

std::string but_found(std::string_view expected, std::string_view text) {
  return fmt::format("{}; found '{}'", expected, log::escaped(text, kLongestShown));
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string out;
  for (const std::string_view word : words) {
    if (!out.empty()) out += word == words.back() ? " or " : ", ";
    out += word;
  }
  return out;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

}  // namespace

Reader::Reader(config::ValuePtr root, std::filesystem::path folder, const Files& files,
               config::Report& report)
    : folder_(std::move(folder)), files_(files), report_(report) {
  open_.emplace_back(std::move(root), "", report);
}

bool Reader::fits(const std::string& path, std::string_view text, Rule rule) {
  const std::string expected = rule(text);
  if (!expected.empty()) report_.add(path, but_found(expected, text));
  return expected.empty();
}

std::optional<std::size_t> Reader::word_at(std::string_view key,
                                           const std::vector<std::string_view>& words) {
  const auto text = here().text(key);
  if (!text) return std::nullopt;
  const auto at = std::find(words.begin(), words.end(), *text);
  if (at != words.end()) return static_cast<std::size_t>(at - words.begin());
  here().mismatch(key, "expected " + joined(words));
  return std::nullopt;
}

void Reader::field(std::string_view key, bool& value) {
  value = here().boolean(key).value_or(value);
}

void Reader::field(std::string_view key, unsigned& value, Range<std::uint64_t> range) {
  value = static_cast<unsigned>(here().integer(key, range).value_or(value));
}

void Reader::field(std::string_view key, milliseconds& value, Range<milliseconds> range) {
  value = here().duration(key, range).value_or(value);
}

void Reader::field(std::string_view key, std::optional<milliseconds>& value,
                   Range<milliseconds> range) {
  if (const auto read = here().duration(key, range)) value = read;
}

void Reader::field(std::string_view key, ByteCount& value, Range<ByteCount> range) {
  value = here().size(key, range).value_or(value);
}

void Reader::field(std::string_view key, std::string& value, Rule rule) {
  auto text = here().text(key);
  if (text && fits(here().path_of(key), *text, rule)) value = std::move(*text);
}

void Reader::field(std::string_view key, std::vector<std::string>& value, Rule rule) {
  auto texts = here().texts(key);
  if (!texts) return;
  value.clear();
  for (std::size_t i = 0; i < texts->size(); ++i) {
    const std::string path = fmt::format("{}[{}]", here().path_of(key), i);
    if (!fits(path, (*texts)[i], rule)) continue;
    // The names of headers are the only texts here in which case does not count.
    std::string text = rule == rule::forwarded_header ? lower((*texts)[i]) : (*texts)[i];
    const bool twice = std::find(value.begin(), value.end(), text) != value.end();
    if (twice) report_.add(path, fmt::format("'{}' is there twice", log::escaped(text)));
    value.push_back(std::move(text));
  }
}

void Reader::field(std::string_view key, ListenAddress& value) {
  const auto text = here().text(key);
  if (!text) return;
  auto address = parse_listen_address(*text);
  if (!address) return here().mismatch(key, address.error().message);
  value = std::move(*address);
}

void Reader::field(std::string_view key, std::filesystem::path& value) {
  if (auto path = file_at(key)) value = std::move(*path);
}

void Reader::field(std::string_view key, contract::PathPattern& value) {
  const auto text = here().text(key);
  if (!text) return;
  auto pattern = contract::PathPattern::parse(*text);
  if (!pattern) return here().mismatch(key, "not a path: " + pattern.error().message);
  if (pattern->has_wildcards()) {
    return here().mismatch(key, "a contract's path has no '*'; {name} captures a segment");
  }
  value = std::move(*pattern);
}

void Reader::field(std::string_view key, std::vector<contract::PathPattern>& value) {
  const auto texts = here().texts(key);
  if (!texts) return;
  for (std::size_t i = 0; i < texts->size(); ++i) {
    auto pattern = contract::PathPattern::parse((*texts)[i]);
    if (pattern) {
      value.push_back(std::move(*pattern));
    } else {
      report_.add(fmt::format("{}[{}]", here().path_of(key), i),
                  but_found("not a path: " + pattern.error().message, (*texts)[i]));
    }
  }
}

void Reader::field(std::string_view key, identity::Requirement& value) {
  const config::ValuePtr there = here().value(key);
  if (!there) return;
  if (there->kind == Kind::null) {
    // Nothing would mean that anybody may: too much to be said by leaving something out.
    return here().mismatch(key, "expected a list of permissions, or {anyOf: [...]}");
  }
  if (there->kind != Kind::map) {
    field(key, value.all_of, rule::permission);
  } else {
    section(key, [&] {
      field("anyOf", value.any_of, rule::permission);
      const bool none = value.any_of.empty() && !report_.is_wrong(here().path_of("anyOf"));
      if (none) here().mismatch("anyOf", "expected at least one permission");
    });
  }
  if (std::max(value.all_of.size(), value.any_of.size()) > kMostPermissions) {
    report_.add(here().path_of(key), fmt::format("more than {} permissions", kMostPermissions));
  }
}

void Reader::contract_defaults(contract::Contract& contract) {
  if (contract.name.empty()) return;  // reported already, or by the rules
  contract = contract::make_contract(contract.name, contract.kind);
}

std::optional<std::filesystem::path> Reader::file_at(std::string_view key) {
  const auto text = here().text(key);
  if (!text || !fits(here().path_of(key), *text, rule::printable)) return std::nullopt;
  // A variable's file is looked for where the program runs.
  const bool from_variable = here().value(key)->position.line == 0;
  return from_variable ? std::filesystem::path(*text) : folder_ / *text;
}

}  // namespace sealbus::settings
