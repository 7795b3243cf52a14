#pragma once
// How large and how slow a request may be.

#include <chrono>

#include "common/base/bytes.hpp"

namespace sealbus::http {

using std::chrono::milliseconds;

struct Limits {
  base::ByteCount max_header{16'384};  // request line and header fields
  base::ByteCount max_target{8'192};
  base::ByteCount max_body{1'048'576};
  unsigned max_fields = 100;
};

// Checked at each tick of the server, so a time-out comes up to two ticks late, never early.
struct Timeouts {
  milliseconds header{10'000};  // from the first byte to the end of the headers
  milliseconds body{30'000};
  milliseconds idle{60'000};   // between the requests of a kept-alive connection
  milliseconds write{30'000};  // from the first byte of a response to its last
  milliseconds linger{2'000};  // for the client to close after the last response
  // While the server drains: for one more request on an idle connection. A client may have sent it
  // before it could see the end, so it is answered before the connection closes.
  milliseconds drain{1'000};
};

}  // namespace sealbus::http
