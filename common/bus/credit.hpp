#pragma once
// How much a sender may send before the receiver says more. Credit is absolute, "up to so many
// messages and so many bytes since the session began", so a grant that is lost, doubled or late
// does no harm: only the highest counts. Pure; each object belongs to one session and one thread.

#include <cstddef>
#include <cstdint>

#include "common/base/bytes.hpp"

namespace sealbus::bus {

// Counted from the beginning of the session.
struct Credit {
  std::uint64_t messages = 0;
  base::ByteCount bytes;
  bool operator==(const Credit&) const = default;
};

// The sender's side.
class CreditLedger {
 public:
  // What the receiver announced. What would take back credit is ignored, each part for itself.
  void grant(const Credit& up_to);

  // May a message of this size go out now? One that is larger than what is left of the bytes may
  // when nothing is under way: else a message larger than the whole window could never be sent.
  [[nodiscard]] bool can_send(base::ByteCount size) const;
  // It goes out.
  void take(base::ByteCount size);
  // One that went out is done with: answered, refused, given up; at once if no answer is expected.
  void settle();

  [[nodiscard]] std::uint64_t outstanding() const { return outstanding_; }
  [[nodiscard]] const Credit& sent() const { return sent_; }
  [[nodiscard]] const Credit& granted() const { return granted_; }

 private:
  Credit granted_;
  Credit sent_;
  std::uint64_t outstanding_ = 0;
};

// One session's part of a capacity that `sessions` share: equal parts, at least one message and one
// byte each.
[[nodiscard]] Credit fair_share(const Credit& capacity, std::size_t sessions);

// The receiver's side.
class CreditWindow {
 public:
  // At most `share` may be under way: sent to us and not handled yet.
  explicit CreditWindow(const Credit& share) : share_(share) {}

  // Sessions came or went. Less than before takes effect as what was granted is used up.
  void set_share(const Credit& share) { share_ = share; }

  // A message of this size is done with, and its room is free again.
  void handled(base::ByteCount size);

  // What to announce: what was handled and the share, never less than was announced.
  [[nodiscard]] Credit grant() const;
  // Is the grant ahead of the last announcement by half the share, in messages or bytes? At first
  // it is. A sender that has used up its credit always gets more once everything is handled.
  [[nodiscard]] bool worth_announcing() const;
  // `grant()` was announced.
  void announced() { announced_ = grant(); }

 private:
  Credit share_;
  Credit handled_;
  Credit announced_;
};

}  // namespace sealbus::bus
