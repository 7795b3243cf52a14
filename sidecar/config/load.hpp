#pragma once
// From a file and the environment to a checked configuration, or to everything that is wrong with
// it, all at once. Nothing is opened but the files that the configuration names. The environment
// wins over the file. There is no configuration without a key and a way to authenticate.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "common/config/problem.hpp"
#include "sidecar/config/config.hpp"
#include "sidecar/config/environment.hpp"
#include "sidecar/config/files.hpp"

namespace sealbus::settings {

struct Input {
  // None: SEALBUS_CONFIG names it, else the environment has to say everything. Relative file names
  // in it are relative to its folder; those in variables, to where the program runs.
  std::optional<std::filesystem::path> file;
  Environment environment;
  // Must outlive the call.
  const Files& files;
  // Which of a file's YAML documents. None: there must be only one.
  std::optional<std::size_t> document;
};

// Never without a problem when there is no value.
template <typename Config>
using LoadResult = tl::expected<Config, std::vector<config::Problem>>;

[[nodiscard]] LoadResult<IngressConfig> load_ingress(const Input& input);
[[nodiscard]] LoadResult<SidecarConfig> load_sidecar(const Input& input);

// Where a role with this configuration listens for questions about its health: `admin.listen`,
// never port 0, which nobody else can know. No other key is looked at; those may be wrong.
[[nodiscard]] LoadResult<ListenAddress> load_admin_address(const Input& input);

// Whose configuration is this? A sidecar's says for which service it is (`service`,
// SEALBUS_SERVICE). What cannot be read counts as an ingress's: loading it says why.
Role role_of(const Input& input);

}  // namespace sealbus::settings
