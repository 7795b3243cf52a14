#pragma once
// How a request ends: with the service's reply, or with a refusal that says why.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/envelope/header.hpp"

namespace sealbus::ingress {

// A refusal, with what else the caller is told about it.
struct Rejection {
  base::Failure failure;
  std::vector<std::string> missing;                 // permissions, for 403
  std::vector<std::string> allowed;                 // methods, for 405
  std::optional<std::chrono::seconds> retry_after;  // for 503
};

inline Rejection reject(base::Refusal refusal) {
  return {{refusal, std::string(base::sentence(refusal))}, {}, {}, {}};
}

// A refusal that a later attempt need not meet.
inline Rejection unavailable(base::Refusal refusal) {
  constexpr auto kRetrySoon = std::chrono::seconds(1);
  Rejection rejection = reject(refusal);
  rejection.retry_after = kRetrySoon;
  return rejection;
}

// A service's reply; views that live during the call that hands it over.
struct ReplyView {
  std::uint16_t status = 200;
  std::string_view content_type;
  const envelope::TextPairs& headers;
  base::ByteView body;
};

// Whoever waits for the outcome. Exactly one of the two is called, once, from any thread.
class Caller {
 public:
  virtual ~Caller() = default;
  virtual void reply(const ReplyView& reply) = 0;
  virtual void reject(Rejection rejection) = 0;
};

}  // namespace sealbus::ingress
