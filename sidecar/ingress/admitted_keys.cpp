#include "sidecar/ingress/admitted_keys.hpp"

#include <string>
#include <utility>

namespace sealbus::ingress {

AdmittedKeys::AdmittedKeys(List list, base::RefusalCounters& counters, const base::Clock& clock)
    : list_(std::make_shared<const List>(std::move(list))), refusals_("Bus", counters, clock) {}

void AdmittedKeys::replace(List list) {
  auto fresh = std::make_shared<const List>(std::move(list));
  const std::lock_guard lock(mutex_);
  list_.swap(fresh);
}

bool AdmittedKeys::admits(const bus::CurveKey& key) const {
  std::shared_ptr<const List> list;
  {
    const std::lock_guard lock(mutex_);
    list = list_;
  }
  return list->registration == settings::RegistrationMode::open || list->keys.contains(key);
}

void AdmittedKeys::turned_away(std::string_view address, std::string_view why) {
  refusals_.add({base::Refusal::unknown_key, std::string(why)},
                "connection from " + std::string(address));
}

std::string_view explain(bus::HandshakeFailure failure, settings::BusSecurity ours) {
  switch (failure) {
    case bus::HandshakeFailure::other_mechanism:
      return ours == settings::BusSecurity::curve
                 ? "the peer speaks plaintext and this bus CURVE; if it is a sidecar, remove "
                   "bus.plaintext there"
                 : "the peer speaks CURVE and this bus plaintext; remove bus.plaintext here, or "
                   "set it at that sidecar too";
    case bus::HandshakeFailure::wrong_key:
      return "the peer expects another CURVE key; if it is a sidecar, its key was derived from "
             "another root than this ingress's current one";
    case bus::HandshakeFailure::closed:
      return "the peer hung up before it had said who it is";
    case bus::HandshakeFailure::turned_away:
    case bus::HandshakeFailure::malformed:
      return "the peer does not speak ZeroMQ's protocol";
  }
  return {};
}

}  // namespace sealbus::ingress
