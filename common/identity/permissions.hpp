#pragma once
// Permissions: opaque strings that a caller has and a contract requires.

#include <string>
#include <string_view>
#include <vector>

namespace sealbus::identity {

// Non-empty, at most 256 bytes of UTF-8, without a comma, a space or a control byte.
bool is_valid_permission(std::string_view permission);

// What a contract asks for: all of `all_of`, and one of `any_of` if that is not empty.
// Both empty: any authenticated caller.
struct Requirement {
  std::vector<std::string> all_of;
  std::vector<std::string> any_of;
  bool operator==(const Requirement&) const = default;
};

// Does a wildcard count? Without, `*` is an ordinary permission that matches only itself.
enum class Wildcards : bool { off, on };

// Is `required` among `granted`? With wildcards on, `*` grants all and `users:*` all that begins
// with `users:`.
bool grants(const std::vector<std::string>& granted, Wildcards wildcards,
            std::string_view required);

// What is lacking, in the order of the requirement: each missing one of all_of; the whole of any_of
// when none of it is there. Empty: the requirement is met.
std::vector<std::string> missing(const Requirement& requirement,
                                 const std::vector<std::string>& granted, Wildcards wildcards);

}  // namespace sealbus::identity
