#pragma once
// Environment variables as a configuration: each stands for a key, and takes its place in the tree
// before the tree is read.

#include <map>
#include <set>
#include <string>

#include "common/config/report.hpp"
#include "common/config/value.hpp"

namespace sealbus::settings {

enum class Role : std::uint8_t { ingress, sidecar };

using Environment = std::map<std::string, std::string>;

// That of this process. Call before other threads exist.
Environment process_environment();

// `root` (not null) with what the variables say. Unknown SEALBUS_* variables, those of the other
// role, empty ones, and pairs that contradict each other are reported.
config::ValuePtr overlay(config::ValuePtr root, const Environment& environment, Role role,
                         config::Report& report);

// The names of all variables of this role.
std::set<std::string, std::less<>> known_variables(Role role);

}  // namespace sealbus::settings
