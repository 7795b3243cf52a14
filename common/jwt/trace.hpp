#pragma once
// What was checked of a token, in order, and what came of it: the text of `sealbus explain`.
//
// A trace is for the person who holds the token: it may name the algorithm, the kid, times, issuer
// and audience, escaped and cut. It never holds the token, a key, the subject or any other claim.
// Requests are validated without one.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sealbus::jwt {

enum class Outcome : std::uint8_t { passed, failed, skipped };

struct Check {
  std::string_view name;  // a literal: "form", "signature", "exp"
  Outcome outcome;
  std::string expected;  // empty: nothing in particular
  std::string found;     // empty: nothing, or nothing that may be shown
};

// One token, one thread.
class Trace {
 public:
  void add(Check check) { checks_.push_back(std::move(check)); }

  // Notes each name of `order` that has no check yet as skipped: what a refusal left unread.
  // `order` must be of literals.
  void skip_missing(std::span<const std::string_view> order);

  [[nodiscard]] const std::vector<Check>& checks() const { return checks_; }

 private:
  std::vector<Check> checks_;
};

struct Finding {
  std::string expected;
  std::string found;
};

// Adds a check if there is a trace; only then are its texts made, by `describe`, which returns a
// Finding.
template <typename Describe>
void note(Trace* trace, std::string_view check, Outcome outcome, Describe describe) {
  if (trace == nullptr) return;
  Finding finding = describe();
  trace->add({check, outcome, std::move(finding.expected), std::move(finding.found)});
}

}  // namespace sealbus::jwt
