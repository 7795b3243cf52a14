#pragma once
// Collects every problem of one configuration, and remembers where each key stood, so that a rule
// about several keys can be reported at the right place after all of them were read.

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/problem.hpp"

namespace sealbus::config {

class Report {
 public:
  // The value of the key `path` is at `position`.
  void locate(const std::string& path, Position position);
  [[nodiscard]] bool located(std::string_view path) const { return positions_.contains(path); }

  // Something is wrong with the key `path`: at its place, or at that of what it is missing from.
  void add(std::string_view path, std::string message);
  // Was that called for this key, for one inside of it, or for one that it is inside of?
  [[nodiscard]] bool is_wrong(std::string_view path) const;

  // A problem that is no key's.
  void add(Problem problem) { problems_.push_back(std::move(problem)); }

  [[nodiscard]] bool clean() const { return problems_.empty(); }
  // By source in the order of their first problem, and by place within each; clean afterwards.
  [[nodiscard]] std::vector<Problem> take();

 private:
  std::map<std::string, Position, std::less<>> positions_;
  std::set<std::string, std::less<>> wrong_;
  std::vector<Problem> problems_;
};

}  // namespace sealbus::config
