#pragma once
// What is wrong with a configuration: where, under which key, and in which words. Problems are
// collected and reported all at once. They never hold a secret.

#include <compare>
#include <string>
#include <string_view>

namespace sealbus::config {

// A place in a configuration. `source` is a file, as its name was given, or an environment
// variable. Line and column count from 1; line 0 is the source as a whole.
struct Position {
  std::string source;
  unsigned line = 0;
  unsigned column = 0;
  bool operator==(const Position&) const = default;
};

struct Problem {
  Position at;          // an empty source: nowhere in particular
  std::string key;      // auth.providers[0].issuer; empty when the place says it all
  std::string message;  // what is wrong, what was found, what was expected
  bool operator==(const Problem&) const = default;
};

// "ingress.yaml:12:5", "JWT_SECRET"; empty for a position without a source.
std::string to_string(const Position& position);

// "ingress.yaml:12:5: auth.providres: unknown key; did you mean 'providers'?", on one line and free
// of terminal codes.
std::string to_string(const Problem& problem);

}  // namespace sealbus::config
