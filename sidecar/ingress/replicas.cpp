#include "sidecar/ingress/replicas.hpp"

#include <algorithm>

namespace sealbus::ingress {
namespace {

// Messages that one session may owe an answer for, however much credit it gives.
constexpr std::size_t kMostInFlight = 65'536;

}  // namespace

bool Replicas::serves(const LiveSession& session, const std::string& contract, Sessions but) const {
  const envelope::SessionId& id = session.session.id;
  return session.ready && registry_.holds(service_, contract, id) &&
         std::find(but.begin(), but.end(), id) == but.end();
}

LiveSession* Replicas::choose(const std::string& contract, base::ByteCount size, Sessions but) {
  LiveSession* chosen = nullptr;
  std::size_t after = next_;
  const std::size_t count = sessions_.size();
  for (std::size_t i = 0; i < count; ++i) {
    LiveSession* session = sessions_[(next_ + i) % count];
    const std::size_t owed = session->in_flight.size();
    const std::size_t fewest = chosen == nullptr ? kMostInFlight : chosen->in_flight.size();
    const bool better =
        owed < fewest && session->credit.can_send(size) && serves(*session, contract, but);
    if (!better) continue;
    chosen = session;
    after = (next_ + i + 1) % count;
  }
  next_ = after;
  return chosen;
}

bool Replicas::has(const std::string& contract, Sessions but) const {
  return std::any_of(sessions_.begin(), sessions_.end(),
                     [&](const LiveSession* session) { return serves(*session, contract, but); });
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
