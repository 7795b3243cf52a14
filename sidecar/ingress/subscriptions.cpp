#include "sidecar/ingress/subscriptions.hpp"

#include <algorithm>

namespace sealbus::ingress {

Subscriptions::Subscriptions(settings::RegistrationMode mode, const Grants& grants) : mode_(mode) {
  if (mode == settings::RegistrationMode::open) return;
  for (const auto& [service, grant] : grants) {
    for (const std::string& event : grant.subscribe) {
      auto& subscribers = events_[event].subscribers;
      const bool twice = !subscribers.empty() && subscribers.back() == service;
      if (!twice) subscribers.push_back(service);
    }
  }
}

bool Subscriptions::granted(const std::string& service, const std::string& event) const {
  if (mode_ == settings::RegistrationMode::open) return true;
  const auto& all = subscribers(event);
  return std::find(all.begin(), all.end(), service) != all.end();
}

void Subscriptions::add(const std::string& event, const std::string& service,
                        const Session& session) {
  Event& held = events_[event];
  held.sessions[service].insert(session);
  follow(held);
}

void Subscriptions::remove(const Session& session) {
  for (auto& [name, event] : events_) {
    for (auto& [service, sessions] : event.sessions) sessions.erase(session);
    const auto gone =
        std::erase_if(event.sessions, [](const auto& item) { return item.second.empty(); });
    if (gone > 0) follow(event);
  }
  std::erase_if(events_, [](const auto& item) {
    return item.second.sessions.empty() && item.second.subscribers.empty();
  });
}

void Subscriptions::follow(Event& event) const {
  if (mode_ != settings::RegistrationMode::open) return;
  event.subscribers.clear();
  for (const auto& [service, sessions] : event.sessions) event.subscribers.push_back(service);
}

const std::vector<std::string>& Subscriptions::subscribers(const std::string& event) const {
  static const std::vector<std::string> kNobody;
  const auto found = events_.find(event);
  return found == events_.end() ? kNobody : found->second.subscribers;
}

bool Subscriptions::holds(const std::string& event, const std::string& service,
                          const Session& session) const {
  const auto held = events_.find(event);
  if (held == events_.end()) return false;
  const auto sessions = held->second.sessions.find(service);
  return sessions != held->second.sessions.end() && sessions->second.contains(session);
}

std::vector<std::string> Subscriptions::of_service(const std::string& service) const {
  std::vector<std::string> events;
  for (const auto& [name, event] : events_) {
    if (event.sessions.contains(service)) events.push_back(name);
  }
  return events;
}

}  // namespace sealbus::ingress
