#pragma once
// A configuration that is good, to be changed in one place.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sidecar/config/describe.hpp"
#include "sidecar/config/load.hpp"
#include "tests/support/memory_files.hpp"

namespace sealbus::settings {

using Lines = std::vector<std::string>;

inline const std::string kRootKey = "sealbus-root-v1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
inline const std::string kUsersKey =
    "sealbus-svc-v1:users:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE:"
    "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
inline const std::string kSecret = "0123456789abcdef0123456789abcdef";

template <typename Config>
Lines lines_of(const LoadResult<Config>& loaded) {
  Lines lines;
  if (loaded) return lines;
  for (const config::Problem& problem : loaded.error()) lines.push_back(to_string(problem));
  return lines;
}

class LoadTest : public testing::Test {
 protected:
  LoadTest() {
    files_["conf/root.key"] = kRootKey + "\n";
    files_["conf/users.key"] = kUsersKey + "\n";
  }

  // With this text as the configuration file.
  Input file(const std::string& text, Environment environment = {}) {
    files_["conf/x.yaml"] = text;
    return {"conf/x.yaml", std::move(environment), files_, {}};
  }
  Input environment(Environment environment) { return {{}, std::move(environment), files_, {}}; }

  static std::string value_of(const std::vector<Setting>& settings, const std::string& key) {
    for (const Setting& setting : settings) {
      if (setting.key == key) return setting.value;
    }
    return "(no such key)";
  }

  test::MemoryFiles files_;
};

}  // namespace sealbus::settings
