#pragma once
// Where a service's log lines go.

#include <functional>
#include <string_view>

namespace sealbus {

enum class Severity { debug, info, warning, error };

// Called on any thread, by several at once. A line has no line break, and what a peer wrote is
// escaped in it; it never holds a payload or a claim. It must not throw.
using Log = std::function<void(Severity, std::string_view)>;

// To standard error, all but debug.
void log_to_standard_error(Severity severity, std::string_view line);

}  // namespace sealbus
