#include "common/bus/credit.hpp"

#include <algorithm>
#include <limits>

namespace sealbus::bus {
namespace {

// Stays at the highest number instead of beginning again.
std::uint64_t add(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - a;
  return a + std::min(b, room);
}

std::uint64_t minus(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : 0; }

void count(Credit& credit, base::ByteCount size) {
  credit.messages = add(credit.messages, 1);
  credit.bytes.value = add(credit.bytes.value, size.value);
}

std::uint64_t half(std::uint64_t share) { return std::max<std::uint64_t>(1, share / 2); }

}  // namespace

void CreditLedger::grant(const Credit& up_to) {
  granted_.messages = std::max(granted_.messages, up_to.messages);
  granted_.bytes = std::max(granted_.bytes, up_to.bytes);
}

bool CreditLedger::can_send(base::ByteCount size) const {
  if (sent_.messages >= granted_.messages) return false;
  return size.value <= minus(granted_.bytes.value, sent_.bytes.value) || outstanding_ == 0;
}

void CreditLedger::take(base::ByteCount size) {
  count(sent_, size);
  ++outstanding_;
}

void CreditLedger::settle() { outstanding_ = minus(outstanding_, 1); }

Credit fair_share(const Credit& capacity, std::size_t sessions) {
  const std::uint64_t parts = std::max<std::uint64_t>(1, sessions);
  return {std::max<std::uint64_t>(1, capacity.messages / parts),
          {std::max<std::uint64_t>(1, capacity.bytes.value / parts)}};
}

void CreditWindow::handled(base::ByteCount size) { count(handled_, size); }

Credit CreditWindow::grant() const {
  return {std::max(announced_.messages, add(handled_.messages, share_.messages)),
          {std::max(announced_.bytes.value, add(handled_.bytes.value, share_.bytes.value))}};
}

bool CreditWindow::worth_announcing() const {
  const Credit now = grant();
  return now.messages - announced_.messages >= half(share_.messages) ||
         now.bytes.value - announced_.bytes.value >= half(share_.bytes.value);
}

}  // namespace sealbus::bus
