#include "common/config/report.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace sealbus::config {
namespace {

// "auth.providers[0].issuer" -> "auth.providers[0]" -> "auth.providers" -> "auth" -> "".
std::string_view parent(std::string_view path) {
  const std::size_t cut = path.find_last_of(".[");
  return cut == std::string_view::npos ? std::string_view{} : path.substr(0, cut);
}

}  // namespace

void Report::locate(const std::string& path, Position position) {
  positions_[path] = std::move(position);
}

bool Report::is_wrong(std::string_view path) const {
  for (std::string_view above = path; !above.empty();) {
    above = parent(above);
    if (wrong_.contains(above)) return true;
  }
  // Whatever is inside of a key sorts after it, and everything that begins with it is together.
  for (auto at = wrong_.lower_bound(path); at != wrong_.end() && at->starts_with(path); ++at) {
    const std::string_view rest = std::string_view(*at).substr(path.size());
    if (rest.empty() || rest.front() == '.' || rest.front() == '[') return true;
  }
  return false;
}

void Report::add(std::string_view path, std::string message) {
  wrong_.emplace(path);
  if (const auto exact = positions_.find(path); exact != positions_.end()) {
    // A variable that holds the whole value says it all; its key is the reader's, not the user's.
    const bool variable = exact->second.line == 0 && !exact->second.source.empty();
    const std::string_view key = variable && !path.empty() ? std::string_view{} : path;
    return add({exact->second, std::string(key), std::move(message)});
  }
  std::string_view above = parent(path);
  auto at = positions_.find(above);
  while (at == positions_.end() && !above.empty()) {
    above = parent(above);
    at = positions_.find(above);
  }
  Position position = at == positions_.end() ? Position{} : at->second;
  // What is missing from the top level is missing from the whole file.
  if (above.empty()) position.line = 0;
  add({std::move(position), std::string(path), std::move(message)});
}

std::vector<Problem> Report::take() {
  std::vector<std::string> sources;
  const auto rank = [&](const Problem& problem) {
    return std::find(sources.begin(), sources.end(), problem.at.source) - sources.begin();
  };
  for (const Problem& problem : problems_) {
    if (rank(problem) == static_cast<std::ptrdiff_t>(sources.size())) {
      sources.push_back(problem.at.source);
    }
  }
  const auto place = [&](const Problem& problem) {
    return std::tuple(rank(problem), problem.at.line, problem.at.column);
  };
  std::stable_sort(problems_.begin(), problems_.end(),
                   [&](const Problem& a, const Problem& b) { return place(a) < place(b); });
  wrong_.clear();
  return std::exchange(problems_, {});
}

}  // namespace sealbus::config
