#pragma once
// Opens messages of one session in one direction: checks 1 to 7 of FORMAT.md §9, in that order.

#include <chrono>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/envelope/header.hpp"
#include "common/envelope/mac.hpp"
#include "common/envelope/replay_window.hpp"
#include "common/envelope/seal.hpp"

namespace sealbus::envelope {

// A message whose seal verified. Only a Verifier makes one. Its views are into the frames that were
// opened, which the caller keeps.
class VerifiedEnvelope {
 public:
  [[nodiscard]] const Header& header() const { return header_; }
  [[nodiscard]] base::ByteView payload() const { return payload_; }
  [[nodiscard]] std::uint64_t sequence() const { return sequence_; }

 private:
  friend class Verifier;
  VerifiedEnvelope(base::ByteView payload, std::uint64_t sequence)
      : payload_(payload), sequence_(sequence) {}

  Header header_;
  base::ByteView payload_;
  std::uint64_t sequence_;
};

// What the receiver takes, whatever the session.
struct ReceiverLimits {
  std::size_t header_and_payload = kMostHeaderAndPayload;
  std::chrono::milliseconds skew{30'000};
};

// Check 1 and 2 for any message: the sizes, the seal, and that its purpose is one of the two that
// this side receives (`up` or `down` names the side's traffic). Gives the session to look up.
[[nodiscard]] base::Result<Seal> inspect(const FrameViews& frames, Purpose receives,
                                         const ReceiverLimits& limits);

// Check 6 for any message whose tag verified under `purpose`: the header is well-formed, its type
// travels under that purpose, and there is a payload only where the type takes one.
[[nodiscard]] base::Result<void> decode_opened(const FrameViews& frames, Purpose purpose,
                                               Header& header);

// A message that verified, and was refused after that: expired. It has an id to answer to.
struct LateRefusal {
  base::Failure failure;
  std::optional<base::Uuid> answers;  // set when the tag verified and the header was well-formed
};

// Not thread-safe: one thread owns it.
class Verifier {
 public:
  // `receives` is up or down, and `key` the traffic key of that direction.
  Verifier(Purpose receives, const KeyId& key_id, const SessionId& session,
           const base::Secret& key);

  // Checks 1 to 7. The window is touched only when the tag verified. That the first message up is
  // `register` and no later one is, is checked here too (part of check 6).
  [[nodiscard]] base::Result<VerifiedEnvelope, LateRefusal> open(const FrameViews& frames,
                                                                 base::WallTime now,
                                                                 const ReceiverLimits& limits);

 private:
  Purpose receives_;
  KeyId key_id_;
  SessionId session_;
  HmacSha256 mac_;
  ReplayWindow window_;
  bool registered_ = false;
};

}  // namespace sealbus::envelope
