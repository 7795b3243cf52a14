#pragma once
// One decision, as the audit log tells it: who was allowed or refused what, and how it can be found
// again in other logs. Never a token, a secret, a claim but the user's id, or a payload.

#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.hpp"
#include "common/base/log.hpp"
#include "common/base/refusal.hpp"

namespace sealbus::audit {

// What is not known is empty, and left out of the line.
struct Entry {
  base::WallTime time{};
  std::string user_id;                   // as it is; escaped in the line
  std::string_view method;               // how the identity was established; static text
  std::string contract;                  // users.CreateUser
  std::optional<base::Refusal> refusal;  // nothing: allowed
  unsigned status = 0;                   // of the HTTP response
  std::string source;                    // the address that it came from
  std::string request_id;
  std::string message_id;
  std::string trace_id;
};

// A line of the audit file, with its line break:
//   {"time":…,"decision":"allowed","code":"none","status":200,"user_id":…,"method":…,…}
void append_json(std::string& out, const Entry& entry);

// A line of the process's log at level info, with its line break: the same fields, as text after
// "Audit:" (decision=allowed code=none …), or as an object with "level" and "message".
void append_log_line(std::string& out, const Entry& entry, log::Format format);

}  // namespace sealbus::audit
