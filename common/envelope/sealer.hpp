#pragma once
// Seals messages of one session in one direction. Not thread-safe: one thread owns it.

#include "common/base/secret.hpp"
#include "common/envelope/header.hpp"
#include "common/envelope/mac.hpp"
#include "common/envelope/seal.hpp"

namespace sealbus::envelope {

class Sealer {
 public:
  // `purpose` is up or down, and `key` the traffic key of that direction.
  Sealer(Purpose purpose, const KeyId& key_id, const SessionId& session, const base::Secret& key);

  // The seal of the next message. Header and payload go into the other two frames as they are. A
  // header that does not fit the direction, or a payload where the type has none, is a defect of
  // the caller and aborts.
  SealBytes seal(const EncodedHeader& header, base::ByteView payload);

 private:
  Seal next_;
  HmacSha256 mac_;
};

// Handshake messages have no session and no sequence. `purpose` is hello or welcome.
SealBytes seal_handshake(Purpose purpose, const KeyId& key_id, const base::Secret& key,
                         const EncodedHeader& header);

}  // namespace sealbus::envelope
