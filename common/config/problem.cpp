#include "common/config/problem.hpp"

#include <fmt/core.h>

#include "common/base/log.hpp"

namespace sealbus::config {
namespace {

constexpr std::size_t kLongestPart = 1'024;

}  // namespace

std::string to_string(const Position& position) {
  const std::string source = log::escaped(position.source, kLongestPart);
  if (position.line == 0) return source;
  return fmt::format("{}:{}:{}", source, position.line, position.column);
}

std::string to_string(const Problem& problem) {
  std::string out = to_string(problem.at);
  if (!out.empty()) out += ": ";
  if (!problem.key.empty()) out += log::escaped(problem.key, kLongestPart) + ": ";
  return out + problem.message;
}

}  // namespace sealbus::config
