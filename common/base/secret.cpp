#include "common/base/secret.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace sealbus::base {
namespace {

std::byte* allocate(std::size_t size) {
  static const int initialised = sodium_init();
  void* memory = initialised < 0 || size == 0 ? nullptr : sodium_malloc(size);
  if (memory == nullptr && size != 0) std::abort();  // out of locked memory: nothing safe is left
  return static_cast<std::byte*>(memory);
}

}  // namespace

Secret::Secret(std::size_t size) : bytes_(allocate(size)), size_(size) {
  std::fill_n(bytes_.get(), size_, std::byte{0});
}

Secret::Secret(ByteView bytes) : bytes_(allocate(bytes.size())), size_(bytes.size()) {
  std::copy(bytes.begin(), bytes.end(), bytes_.get());
}

void Secret::Free::operator()(std::byte* bytes) const { sodium_free(bytes); }

bool equal_in_constant_time(ByteView a, ByteView b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

void wipe(std::span<std::byte> bytes) { sodium_memzero(bytes.data(), bytes.size()); }

void wipe(std::string& text) {
  sodium_memzero(text.data(), text.size());
  text.clear();
}

}  // namespace sealbus::base
