#pragma once
// HMAC-SHA-256 and HKDF-SHA-256, from OpenSSL.

#include <initializer_list>
#include <memory>

#include "common/base/secret.hpp"
#include "common/envelope/seal.hpp"

namespace sealbus::envelope {

// One key, used over and over. Not thread-safe: one for each thread or session.
class HmacSha256 {
 public:
  // The key is 32 bytes; anything else is a defect and aborts.
  explicit HmacSha256(const base::Secret& key);
  HmacSha256(HmacSha256&&) noexcept;
  HmacSha256& operator=(HmacSha256&&) noexcept;
  ~HmacSha256();

  // Of the parts one after the other.
  Tag compute(std::initializer_list<base::ByteView> parts);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// The tag of FORMAT.md §3 over the first 40 bytes of `seal`, the header and the payload.
Tag compute_tag(HmacSha256& mac, base::ByteView tagged_seal, base::ByteView header,
                base::ByteView payload);
// In constant time.
[[nodiscard]] bool tag_matches(HmacSha256& mac, const FrameViews& frames);

// RFC 5869 with SHA-256 and 32 bytes of output; info is built from `info_parts` as FORMAT.md §1
// says: each with its length before it.
base::Secret hkdf(const base::Secret& key, base::ByteView salt,
                  std::initializer_list<base::ByteView> info_parts);

}  // namespace sealbus::envelope
