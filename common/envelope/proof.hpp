#pragma once
// The proof that a service was given an authContext with a message (FORMAT.md §7).

#include <string_view>

#include "common/base/clock.hpp"
#include "common/base/uuid.hpp"
#include "common/envelope/mac.hpp"

namespace sealbus::envelope {

using Proof = std::array<std::byte, kProofSize>;

// `mac` is keyed with K_proof.
Proof make_proof(HmacSha256& mac, std::string_view service, const base::Uuid& message,
                 base::WallTime expiry, base::ByteView auth);

// bad_proof unless `proof` was made for exactly these; expired from its expiry on.
[[nodiscard]] base::Result<base::WallTime> verify_proof(HmacSha256& mac, base::ByteView proof,
                                                        std::string_view service,
                                                        const base::Uuid& message,
                                                        base::ByteView auth, base::WallTime now);

}  // namespace sealbus::envelope
