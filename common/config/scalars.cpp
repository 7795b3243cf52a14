#include "common/config/scalars.hpp"

#include <array>
#include <charconv>

#include <fmt/core.h>

namespace sealbus::config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// The largest first.
constexpr std::array<Unit, 4> kTimes = {{{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<Unit, 4> kSizes = {
    {{"GiB", 1ULL << 30U}, {"MiB", 1ULL << 20U}, {"KiB", 1ULL << 10U}, {"", 1}}};
constexpr std::uint64_t kLongestTime = 10'000ULL * 24 * 3'600'000;
constexpr std::uint64_t kLargestSize = 1ULL << 50U;

std::optional<std::uint64_t> parse(std::string_view text, const std::array<Unit, 4>& units,
                                   std::uint64_t most) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_integer(text.substr(0, digits));
  if (!number) return std::nullopt;
  for (const Unit& unit : units) {
    if (unit.name != text.substr(digits)) continue;
    if (*number > most / unit.factor) return std::nullopt;
    return *number * unit.factor;
  }
  return std::nullopt;
}

std::string print(std::uint64_t value, const std::array<Unit, 4>& units) {
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0) {
      return fmt::format("{}{}", value / unit.factor, unit.name);
    }
  }
  return fmt::format("0{}", units.back().name);
}

}  // namespace

std::optional<bool> parse_bool(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  return std::nullopt;
}

std::optional<std::uint64_t> parse_integer(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<milliseconds> parse_duration(std::string_view text) {
  const auto value = parse(text, kTimes, kLongestTime);
  if (!value) return std::nullopt;
  return milliseconds(static_cast<std::int64_t>(*value));
}

std::string to_text(milliseconds duration) {
  return print(static_cast<std::uint64_t>(duration.count()), kTimes);
}

std::optional<base::ByteCount> parse_size(std::string_view text) {
  const auto value = parse(text, kSizes, kLargestSize);
  if (!value) return std::nullopt;
  return base::ByteCount{*value};
}

std::string to_text(base::ByteCount size) { return print(size.value, kSizes); }

}  // namespace sealbus::config
