#include "common/jwt/limits.hpp"

#include <algorithm>

namespace sealbus::jwt {

bool is_plain(std::string_view text, std::size_t longest) {
  if (text.empty() || text.size() > longest) return false;
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

}  // namespace sealbus::jwt
