#pragma once
// Files that exist only in a test.

#include <map>
#include <string>

#include "sidecar/config/files.hpp"

namespace sealbus::test {

class MemoryFiles final : public settings::Files {
 public:
  MemoryFiles() = default;
  MemoryFiles(std::initializer_list<std::pair<const std::string, std::string>> content)
      : content_(content) {}

  std::string& operator[](const std::string& name) { return content_[name]; }

  [[nodiscard]] base::OrError<std::string> read(const std::filesystem::path& path,
                                                base::ByteCount most) const override {
    const auto at = content_.find(path.string());
    if (at == content_.end()) return base::error("No such file or directory");
    if (at->second.size() > most.value) return base::error("too large");
    return at->second;
  }

 private:
  std::map<std::string, std::string> content_;
};

}  // namespace sealbus::test
