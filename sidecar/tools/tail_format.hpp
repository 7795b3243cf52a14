#pragma once
// One message of a tap as one line. Everything in it came from outside: nothing gets through that a
// terminal would obey or that could be taken for another field.

#include <cstdint>
#include <string>

#include "common/tap/message.hpp"

namespace sealbus::tools {

enum class Payloads : std::uint8_t { hidden, shown };

// TIME DECISION CONTRACT user=… permissions=… method=… request=…, without what is not there, and
// payload=… at the end: text, or `hex:` and bytes, cut after the first 4,096 of it.
[[nodiscard]] std::string as_line(const tap::Message& message, Payloads payloads);

// {"time", "decision", "contract", "kind", "user", "permissions", "wildcards", "method", "id",
// "requestId"}; of a refused message without permissions, wildcards and method. With payloads also
// "payload", or "payloadBase64url" if it is not UTF-8; all of it.
[[nodiscard]] std::string as_json(const tap::Message& message, Payloads payloads);

}  // namespace sealbus::tools
