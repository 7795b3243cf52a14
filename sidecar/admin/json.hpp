#pragma once
// The admin port's documents. Durations are written as the configuration takes them ("5s"), times
// as RFC 3339 in UTC.

#include <string>
#include <vector>

#include "sidecar/admin/status.hpp"

namespace sealbus::admin {

// {"ready":…,"conditions":[{"name","met","detail"}]}
std::string readiness_document(const Readiness& readiness);

// {"services":[…]}, each as in service_document.
std::string services_document(const std::vector<ServiceStatus>& services);

// {"service":…,"contracts":[{"name","kind","method","path","requiredPermissions",…}],
//  "replicas":[{"instance","since","ready","inFlight","credit"}],
//  "refused":[{"name","code","detail"}]}
// requiredPermissions is an array when all are needed, else {"anyOf":[…]} (and "allOf", if both).
std::string service_document(const ServiceStatus& service);

// The same without "refused".
std::string contracts_document(const ServiceStatus& service);

// RFC 9457, as the ingress writes them.
std::string problem_document(unsigned status, base::Refusal refusal, std::string_view error,
                             std::string_view detail);

}  // namespace sealbus::admin
