#pragma once
// Which contract a request is for. A table is immutable once built: the registry builds a new one
// when something changes and every HTTP worker gets it handed over, so looking up takes no lock.

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/contract/contract.hpp"
#include "common/metrics/contract_series.hpp"

namespace sealbus::ingress {

// A contract as the ingress knows it: all live definitions taken together.
struct RoutedContract {
  std::string service;
  contract::Contract definition;  // the newest
  // What every live definition demands; each must be met.
  std::vector<identity::Requirement> requirements;
  bool is_public = false;                         // every live definition says so
  std::string full_name;                          // users.CreateUser
  std::string sent_as;                            // in an envelope: CreateUser; an event: full_name
  std::size_t definitions = 1;                    // how many differ among the live ones
  metrics::Series series = metrics::kNoContract;  // where it is counted
};

inline bool is_event(const RoutedContract& contract) {
  return contract.definition.kind == contract::Kind::event;
}

struct Route {
  std::string method;
  contract::PathPattern path;
  std::shared_ptr<const RoutedContract> contract;
};

struct Match {
  std::shared_ptr<const RoutedContract> contract;  // null: no contract has this path and method
  contract::Parameters parameters;
  std::vector<std::string> allowed;  // when null: the methods that the path does take, sorted
};

class RouteTable {
 public:
  RouteTable() = default;
  explicit RouteTable(std::vector<Route> routes);

  // `segments` are percent-decoded. Of several routes that fit, the most particular one.
  [[nodiscard]] Match match(std::string_view method,
                            const std::vector<std::string>& segments) const;

 private:
  // A tree over segments; captures share one branch, whatever they are called.
  struct Node {
    std::unordered_map<std::string, std::unique_ptr<Node>> literals;
    std::unique_ptr<Node> capture;
    std::vector<const Route*> routes;  // that end here
  };
  void insert(const Route& route);
  static const Route* find(const Node& node, std::string_view method,
                           const std::vector<std::string>& segments, std::size_t at,
                           std::vector<std::string>& allowed);

  std::vector<Route> routes_;
  Node root_;
};

}  // namespace sealbus::ingress
