#include "common/base/secret.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <sodium.h>

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

Secret::Secret(Secret&& other) noexcept
    : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  size_ = std::exchange(other.size_, 0);
  bytes_ = std::move(other.bytes_);
  return *this;
}

void Secret::Free::operator()(std::byte* bytes) const { sodium_free(bytes); }

bool equal_in_constant_time(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  if (a.size() != crypto_verify_32_BYTES) return sodium_memcmp(a.data(), b.data(), a.size()) == 0;
  // The size of every tag and key: the same promise, several times as fast.
  return crypto_verify_32(reinterpret_cast<const unsigned char*>(a.data()),
                          reinterpret_cast<const unsigned char*>(b.data())) == 0;
}

void wipe(std::span<std::byte> bytes) { sodium_memzero(bytes.data(), bytes.size()); }

void wipe(std::string& text) {
  sodium_memzero(text.data(), text.size());
  text.clear();
}

}  // namespace sealbus::base
