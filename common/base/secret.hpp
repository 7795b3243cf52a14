#pragma once
// Bytes that must not be seen: kept in locked memory between guard pages, wiped when dropped, not
// copyable, not printable, compared in constant time only.

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "common/base/bytes.hpp"

namespace sealbus::base {

class Secret {
 public:
  Secret() = default;
  // Takes a copy; wiping the original is up to the caller (see wipe).
  explicit Secret(ByteView bytes);
  // Zeros, to be filled through `writable`.
  explicit Secret(std::size_t size);
  // What was moved from is empty.
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() = default;

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  // For handing to a cryptographic primitive, and nothing else. Lives as long as this secret.
  [[nodiscard]] ByteView reveal() const { return {bytes_.get(), size_}; }
  [[nodiscard]] std::span<std::byte> writable() { return {bytes_.get(), size_}; }

  // A second secret with the same bytes: copying has to be asked for by name.
  [[nodiscard]] Secret duplicate() const { return Secret(reveal()); }

 private:
  struct Free {
    void operator()(std::byte* bytes) const;
  };
  std::unique_ptr<std::byte, Free> bytes_;
  std::size_t size_ = 0;
};

// Are they the same, byte for byte? Takes the same time wherever they differ.
[[nodiscard]] bool equal_in_constant_time(ByteView a, ByteView b);

// Overwrites with zeros in a way that the compiler does not remove.
void wipe(std::span<std::byte> bytes);
void wipe(std::string& text);

}  // namespace sealbus::base
