#pragma once
// "Did you mean …?"

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

namespace sealbus::config {

// How many insertions, deletions, replacements and swaps of neighbours turn one into the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The known word that `word` was probably meant to be; empty when none is near.
std::string_view nearest(std::string_view word, const std::set<std::string, std::less<>>& known);

}  // namespace sealbus::config
