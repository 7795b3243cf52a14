#include "sidecar/ingress/route_table.hpp"

#include <algorithm>

namespace sealbus::ingress {

RouteTable::RouteTable(std::vector<Route> routes) : routes_(std::move(routes)) {
  for (const Route& route : routes_) insert(route);
}

void RouteTable::insert(const Route& route) {
  Node* node = &root_;
  for (const contract::PathPattern::Step& step : route.path.steps()) {
    auto& next = step.literal ? node->literals[*step.literal] : node->capture;
    if (next == nullptr) next = std::make_unique<Node>();
    node = next.get();
  }
  node->routes.push_back(&route);
}

const Route* RouteTable::find(const Node& node, std::string_view method,
                              const std::vector<std::string>& segments, std::size_t at,
                              std::vector<std::string>& allowed) {
  if (at == segments.size()) {
    for (const Route* route : node.routes) {
      if (route->method == method) return route;
      allowed.push_back(route->method);
    }
    return nullptr;
  }
  if (const auto literal = node.literals.find(segments[at]); literal != node.literals.end()) {
    if (const Route* found = find(*literal->second, method, segments, at + 1, allowed))
      return found;
  }
  if (node.capture == nullptr || segments[at].empty()) return nullptr;
  return find(*node.capture, method, segments, at + 1, allowed);
}

Match RouteTable::match(std::string_view method, const std::vector<std::string>& segments) const {
  Match match;
  const Route* route = find(root_, method, segments, 0, match.allowed);
  if (route == nullptr) {
    std::sort(match.allowed.begin(), match.allowed.end());
    match.allowed.erase(std::unique(match.allowed.begin(), match.allowed.end()),
                        match.allowed.end());
    return match;
  }
  match.allowed.clear();
  match.contract = route->contract;
  if (auto parameters = route->path.match(segments)) match.parameters = std::move(*parameters);
  return match;
}

}  // namespace sealbus::ingress
