#pragma once
// `sealbus keys`: makes the root key of an installation, and each service's key from it. What they
// print is a secret in the clear, for a key file that only its owner can read.

#include <filesystem>
#include <iosfwd>
#include <string_view>

#include "common/base/random.hpp"
#include "sidecar/config/files.hpp"

namespace sealbus::tools {

// Writes a new root key, `sealbus-root-v1:…`, and a line break. Returns the exit code.
int keys_root(base::Random& random, std::ostream& out);

struct DeriveRequest {
  std::filesystem::path root;  // the file with the root key
  std::string_view service;
};

// Writes the service's key, `sealbus-svc-v1:users:…`, and a line break; or says on `errors` why it
// cannot. Returns the exit code.
int keys_derive(const DeriveRequest& request, const settings::Files& files, std::ostream& out,
                std::ostream& errors);

}  // namespace sealbus::tools
