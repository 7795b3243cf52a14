#pragma once
// How a function says that it could not: by value. A function that returns a Result is declared
// [[nodiscard]] (an alias cannot carry the attribute).

#include <string>
#include <utility>

#include <tl/expected.hpp>

#include "common/base/refusal.hpp"

namespace sealbus::base {

// A refusal, and what a person needs to know beyond its name. `detail` may be logged and returned:
// it never holds a token, a secret, a claim or a payload.
struct Failure {
  Refusal refusal;
  std::string detail;
};

template <typename T, typename E = Failure>
using Result = tl::expected<T, E>;

inline tl::unexpected<Failure> refuse(Refusal refusal) {
  return tl::make_unexpected(Failure{refusal, std::string(sentence(refusal))});
}
inline tl::unexpected<Failure> refuse(Refusal refusal, std::string detail) {
  return tl::make_unexpected(Failure{refusal, std::move(detail)});
}

// An error that is no refusal of a peer: a file that cannot be read, a port that is taken.
struct Error {
  std::string message;
};

template <typename T>
using OrError = tl::expected<T, Error>;

inline tl::unexpected<Error> error(std::string message) {
  return tl::make_unexpected(Error{std::move(message)});
}

}  // namespace sealbus::base
