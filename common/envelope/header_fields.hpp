#pragma once
// The fields of the header (FORMAT.md §5.2), one by one: how each is read, bounded and written. For
// codec.cpp, which knows the types of messages and what each of them has.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "common/envelope/header.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/writer.hpp"

namespace sealbus::envelope {

// In the order of FORMAT.md, in which they are written too.
inline constexpr auto kFieldKeys = std::to_array<std::string_view>(
    {"type",        "id",          "issued",   "expires", "service", "instance", "nonce",
     "echo",        "heartbeat",   "contract", "kind",    "auth",    "proof",    "correlationId",
     "traceparent", "contentType", "method",   "path",    "params",  "query",    "headers",
     "attempt",     "answers",     "status",   "code",    "subject", "reason",   "missing",
     "delay",       "permissions", "upTo",     "bytes",   "ready"});

// What is written: a header and, for the field `auth`, these bytes instead of the header's.
struct Outgoing {
  const Header& header;
  base::ByteView auth;
};

struct Field {
  std::string_view key;
  void (*read)(wire::Reader&, Header&);
  bool (*is_there)(const Outgoing&);
  // False if the value is not within its bound; nothing that was written is of use then.
  bool (*write)(wire::Writer&, const Outgoing&);
};

// One for each key, in the order of kFieldKeys.
std::span<const Field> header_fields();

}  // namespace sealbus::envelope
