#pragma once
// `sealbus check`: is this configuration good, what does it amount to, and what does it loosen?
// Opens no port and no file but those that the configuration names.

#include <iosfwd>

#include "sidecar/config/load.hpp"
#include "sidecar/tools/output_format.hpp"

namespace sealbus::tools {

// Writes either everything that is wrong or the effective configuration. As JSON it is one object,
// {"valid", "role", "settings": {key: value}, "loosened": [{"setting", "meaning"}], "notes":
// [{"setting", "meaning"}], "errors": [{"source", "line", "column", "key", "message"}]}. Returns
// the exit code.
int check(const settings::Input& input, OutputFormat format, std::ostream& out);

}  // namespace sealbus::tools
