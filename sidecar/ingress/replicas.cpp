#include "sidecar/ingress/replicas.hpp"

#include <algorithm>

namespace sealbus::ingress {
namespace {

// Messages that one session may owe an answer for, however much credit it gives.
constexpr std::size_t kMostInFlight = 65'536;

}  // namespace

LiveSession* Replicas::choose(const std::string& contract, base::ByteCount size) {
  const std::size_t count = sessions_.size();
  for (std::size_t i = 0; i < count; ++i) {
    LiveSession* session = sessions_[(next_ + i) % count];
    const bool able = session->ready && session->in_flight.size() < kMostInFlight &&
                      session->credit.can_send(size) &&
                      registry_.holds(service_, contract, session->session.id);
    if (!able) continue;
    next_ = (next_ + i + 1) % count;
    return session;
  }
  return nullptr;
}

bool Replicas::has(const std::string& contract) const {
  return std::any_of(sessions_.begin(), sessions_.end(), [&](const LiveSession* session) {
    return session->ready && registry_.holds(service_, contract, session->session.id);
  });
}

bool Replicas::any_ready() const {
  return std::any_of(sessions_.begin(), sessions_.end(),
                     [](const LiveSession* session) { return session->ready; });
}

bool Replicas::has_credit() const {
  return std::any_of(sessions_.begin(), sessions_.end(), [](const LiveSession* session) {
    return session->ready && session->credit.can_send({1});
  });
}

}  // namespace sealbus::ingress
