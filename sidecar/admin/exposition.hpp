#pragma once
// Metrics as Prometheus reads them: its text format, version 0.0.4.

#include <string>
#include <vector>

#include "sidecar/admin/metric.hpp"

namespace sealbus::admin {

// Families without samples are left out.
std::string exposition(const std::vector<Family>& families);

}  // namespace sealbus::admin
