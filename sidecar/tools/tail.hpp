#pragma once
// `sealbus tail`: shows what a sidecar decided about, as it happens, from its tap (door 2). Reads
// only: it listens like any other subscriber and is in nobody's way.

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "sidecar/config/load.hpp"
#include "sidecar/tools/output_format.hpp"
#include "sidecar/tools/tail_format.hpp"

namespace sealbus::tools {

struct TailRequest {
  std::string address;                 // empty: that of the sidecar's configuration
  std::vector<std::string> contracts;  // beginnings of names, with the service; empty: all
  std::vector<std::string> users;      // empty: all
  Payloads payloads = Payloads::hidden;
  OutputFormat format = OutputFormat::text;
  std::uint64_t count = 0;  // lines to show; 0: no end
};

// Writes a line for each message to `out`, at once, and what happens to the connection to `notes`.
// Waits for a sidecar that is not there, and for one that comes back. Returns the exit code: after
// `count` lines, or at SIGINT or SIGTERM, which it takes from its beginning to its end.
int tail(const TailRequest& request, const settings::Input& input, std::ostream& out,
         std::ostream& notes);

}  // namespace sealbus::tools
