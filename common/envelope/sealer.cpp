#include "common/envelope/sealer.hpp"

#include <algorithm>
#include <cstdlib>

namespace sealbus::envelope {
namespace {

// The defects that a sender must not have: a receiver would refuse what it seals.
void require(bool holds) {
  if (!holds) std::abort();
}

SealBytes seal_with(HmacSha256& mac, const Seal& seal, const EncodedHeader& header,
                    base::ByteView payload) {
  require(fits(header.type(), seal.purpose));
  require(payload.empty() || takes_payload(header.type()));
  SealBytes out = encode(seal);
  const Tag tag =
      compute_tag(mac, base::ByteView(out).first(kTaggedSealSize), header.bytes(), payload);
  std::copy(tag.begin(), tag.end(), out.begin() + kTaggedSealSize);
  return out;
}

}  // namespace

Sealer::Sealer(Purpose purpose, const KeyId& key_id, const SessionId& session,
               const base::Secret& key)
    : next_{.purpose = purpose, .key_id = key_id, .session = session, .sequence = 1, .tag = {}},
      mac_(key) {
  require(purpose == Purpose::up || purpose == Purpose::down);
}

SealBytes Sealer::seal(const EncodedHeader& header, base::ByteView payload) {
  require(next_.sequence != 0);  // the last number was used: a new session had to begin
  const SealBytes out = seal_with(mac_, next_, header, payload);
  ++next_.sequence;
  return out;
}

SealBytes seal_handshake(Purpose purpose, const KeyId& key_id, const base::Secret& key,
                         const EncodedHeader& header) {
  require(purpose == Purpose::hello || purpose == Purpose::welcome);
  HmacSha256 mac(key);
  return seal_with(mac, Seal{.purpose = purpose, .key_id = key_id, .session = {}, .tag = {}},
                   header, {});
}

}  // namespace sealbus::envelope
