#pragma once
// `sealbus check`: is this configuration good, what does it amount to, and what does it loosen?
// Opens no port and no file but those that the configuration names.

#include <cstdint>
#include <iosfwd>

#include "sidecar/config/load.hpp"

namespace sealbus::tools {

// json: one object, {"valid", "role", "settings": {key: value}, "loosened": [{"setting",
// "meaning"}], "errors": [{"source", "line", "column", "key", "message"}]}.
enum class OutputFormat : std::uint8_t { text, json };

// Writes either everything that is wrong or the effective configuration. Returns the exit code.
int check(const settings::Input& input, OutputFormat format, std::ostream& out);

}  // namespace sealbus::tools
