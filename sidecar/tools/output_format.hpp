#pragma once
// How a command writes its results.

#include <cstdint>

namespace sealbus::tools {

enum class OutputFormat : std::uint8_t { text, json };

}  // namespace sealbus::tools
