#include "common/jwt/limits.hpp"

#include <algorithm>

namespace sealbus::jwt {

bool is_plain(std::string_view text, std::size_t longest) {
  if (text.empty() || text.size() > longest) return false;
  unsigned char before = 0;
  return std::none_of(text.begin(), text.end(), [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    const bool c1 = before == 0xc2 && byte >= 0x80 && byte <= 0x9f;
    before = byte;
    return byte < 0x20 || byte == 0x7f || c1;
  });
}

}  // namespace sealbus::jwt
