#include "sidecar/ingress/registry.hpp"

#include <gtest/gtest.h>

namespace sealbus::ingress {
namespace {

using base::Refusal;
using contract::Contract;
using contract::Kind;
using contract::PathPattern;

class RegistryTest : public testing::Test {
 protected:
  static Registry::Session session(int n) {
    Registry::Session id{};
    id[0] = static_cast<std::byte>(n);
    return id;
  }
  static settings::GrantConfig routes(const std::vector<std::string>& patterns) {
    settings::GrantConfig grant;
    for (const auto& pattern : patterns) {
      grant.routes.push_back(PathPattern::parse(pattern).value());
    }
    return grant;
  }
  static Contract contract(const std::string& name, const std::string& path,
                           std::vector<std::string> permissions = {}) {
    Contract made = contract::make_contract(name, Kind::command);
    made.path = PathPattern::parse(path).value();
    made.required.all_of = std::move(permissions);
    return made;
  }
  static Match find(const Registry& registry, const std::vector<std::string>& segments) {
    return registry.build()->match("POST", segments);
  }

  Registry registry_{settings::RegistrationMode::granted,
                     {{"users", routes({"/api/users/**", "/api/create-user"})},
                      {"orders", routes({"/api/orders/**", "/api/users/**"})}}};
};

TEST_F(RegistryTest, AdmitsOnlyServicesThatHaveAGrant) {
  EXPECT_TRUE(registry_.admits("users"));
  EXPECT_FALSE(registry_.admits("billing"));
}

TEST_F(RegistryTest, OpenRegistrationAdmitsAnyService) {
  EXPECT_TRUE(Registry(settings::RegistrationMode::open, {}).admits("billing"));
}

TEST_F(RegistryTest, TakesAContractWhosePathIsGranted) {
  EXPECT_TRUE(
      registry_.add("users", session(1), {{contract("C", "/api/create-user")}, {}}).empty());
  EXPECT_NE(find(registry_, {"api", "create-user"}).contract, nullptr);
}

TEST_F(RegistryTest, RefusesAContractWhosePathIsNotGranted) {
  const auto refused =
      registry_.add("users", session(1), {{contract("C", "/api/delete-user")}, {}});
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].refusal, Refusal::not_granted);
  EXPECT_EQ(refused[0].subject, "C");
  EXPECT_EQ(find(registry_, {"api", "delete-user"}).contract, nullptr);
}

TEST_F(RegistryTest, RefusesACaptureThatReachesPastTheGrant) {
  const auto refused = registry_.add("users", session(1), {{contract("C", "/api/{any}")}, {}});
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].refusal, Refusal::not_granted);
}

TEST_F(RegistryTest, RefusesTheLaterOfTwoServicesWhoseRoutesOverlap) {
  registry_.add("users", session(1), {{contract("C", "/api/users/{id}")}, {}});
  const auto refused = registry_.add("orders", session(2), {{contract("O", "/api/users/me")}, {}});
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].refusal, Refusal::route_conflict);
  EXPECT_EQ(find(registry_, {"api", "users", "me"}).contract->service, "users");
}

TEST_F(RegistryTest, TakesTheSamePathForAnotherMethodOfAnotherService) {
  registry_.add("users", session(1), {{contract("C", "/api/users/{id}")}, {}});
  Contract get = contract("O", "/api/users/me");
  get.methods = {"GET"};
  EXPECT_TRUE(registry_.add("orders", session(2), {{get}, {}}).empty());
}

TEST_F(RegistryTest, RefusesASubscriptionThatIsNotGranted) {
  const auto refused = registry_.add("users", session(1), {{}, {{"orders.OrderPlaced", {}}}});
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].subject, "orders.OrderPlaced");
  EXPECT_EQ(refused[0].refusal, Refusal::not_granted);
}

TEST_F(RegistryTest, RefusesAStoredEventForWantOfAStoreAndSaysWhatToSet) {
  Contract event = contract::make_contract("Placed", Kind::event);
  event.path = PathPattern::parse("/api/orders/placed").value();
  auto refused = registry_.add("orders", session(1), {{event}, {}});
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].refusal, Refusal::not_granted);
  EXPECT_NE(refused[0].reason.find("delivery: memory"), std::string::npos);
  EXPECT_EQ(find(registry_, {"api", "orders", "placed"}).contract, nullptr);
  event.delivery = contract::Delivery::memory;
  EXPECT_TRUE(registry_.add("orders", session(2), {{event}, {}}).empty());
  EXPECT_EQ(find(registry_, {"api", "orders", "placed"}).contract->sent_as, "orders.Placed");
}

TEST_F(RegistryTest, RefusesTheLaterOfTwoReplicasThatHaveAContractInDifferentKinds) {
  registry_.add("users", session(1), {{contract("C", "/api/create-user")}, {}});
  Contract query = contract("C", "/api/create-user");
  query.kind = Kind::query;
  const auto refused = registry_.add("users", session(2), {{query}, {}});
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].refusal, Refusal::route_conflict);
  EXPECT_EQ(refused[0].reason, "another replica has it as a command, and here it is query");
  EXPECT_FALSE(registry_.holds("users", "C", session(2)));
  // With the older one gone, it may come back as what it is now.
  registry_.remove("users", session(1));
  registry_.remove("users", session(2));
  EXPECT_TRUE(registry_.add("users", session(3), {{query}, {}}).empty());
}

TEST_F(RegistryTest, GivesARouteToTheNextServiceOnceItsOwnerCameBackWithoutIt) {
  registry_.add("users", session(1), {{contract("C", "/api/users/{id}")}, {}});
  registry_.remove("users", session(1));
  const contract::Registration later{{contract("O", "/api/users/me")}, {}};
  EXPECT_EQ(registry_.add("orders", session(2), later).size(), 1U) << "it may only be away";
  registry_.add("users", session(3), {{contract("D", "/api/users/d")}, {}});
  EXPECT_TRUE(registry_.add("orders", session(4), later).empty());
  EXPECT_EQ(find(registry_, {"api", "users", "me"}).contract->service, "orders");
}

TEST_F(RegistryTest, SaysHowManyDefinitionsDifferAmongLiveReplicas) {
  const auto definitions = [&] { return registry_.view()[0].contracts[0]->definitions; };
  registry_.add("users", session(1), {{contract("C", "/api/create-user")}, {}});
  registry_.add("users", session(2), {{contract("C", "/api/create-user")}, {}});
  EXPECT_EQ(definitions(), 1U);
  Contract slower = contract("C", "/api/create-user");
  slower.timeout = std::chrono::seconds(9);
  registry_.add("users", session(3), {{slower}, {}});
  EXPECT_EQ(definitions(), 2U);
  EXPECT_EQ(registry_.view()[0].contracts[0]->definition.timeout, slower.timeout) << "the newest";
  registry_.remove("users", session(3));
  EXPECT_EQ(definitions(), 1U);
  registry_.remove("users", session(2));
  registry_.remove("users", session(1));
  EXPECT_EQ(definitions(), 1U) << "what is remembered";
}

TEST_F(RegistryTest, RoutesTheMethodsOfEveryLiveDefinition) {
  registry_.add("users", session(1), {{contract("C", "/api/create-user")}, {}});
  Contract put = contract("C", "/api/create-user");
  put.methods = {"PUT"};
  registry_.add("users", session(2), {{put}, {}});
  const auto table = registry_.build();
  EXPECT_NE(table->match("POST", {"api", "create-user"}).contract, nullptr);
  EXPECT_NE(table->match("PUT", {"api", "create-user"}).contract, nullptr);
}

TEST_F(RegistryTest, TakesASubscriptionThatIsGrantedAndKnowsWhichSessionHoldsIt) {
  Registry registry{settings::RegistrationMode::granted, {{"users", {{}, {"orders.Placed"}, {}}}}};
  EXPECT_EQ(registry.subscribers("orders.Placed"), std::vector<std::string>{"users"})
      << "connected or not";
  EXPECT_TRUE(registry.subscribers("orders.Paid").empty());
  EXPECT_TRUE(registry.add("users", session(1), {{}, {{"orders.Placed", {}}}}).empty());
  EXPECT_TRUE(registry.holds("users", "orders.Placed", session(1)));
  EXPECT_FALSE(registry.holds("users", "orders.Placed", session(2)));
  EXPECT_FALSE(registry.holds("users", "orders.Paid", session(1)));
  EXPECT_EQ(registry.view()[0].subscriptions, std::vector<std::string>{"orders.Placed"});
  registry.remove("users", session(1));
  EXPECT_FALSE(registry.holds("users", "orders.Placed", session(1)));
  EXPECT_EQ(registry.subscribers("orders.Placed"), std::vector<std::string>{"users"});
}

TEST_F(RegistryTest, WithOpenRegistrationSubscribersAreThoseWithALiveSession) {
  Registry registry{settings::RegistrationMode::open, {}};
  registry.add("users", session(1), {{}, {{"orders.Placed", {}}}});
  registry.add("users", session(2), {{}, {{"orders.Placed", {}}}});
  registry.add("billing", session(3), {{}, {{"orders.Placed", {}}}});
  EXPECT_EQ(registry.subscribers("orders.Placed"), (std::vector<std::string>{"billing", "users"}));
  registry.remove("users", session(1));
  EXPECT_EQ(registry.subscribers("orders.Placed").size(), 2U);
  registry.remove("users", session(2));
  EXPECT_EQ(registry.subscribers("orders.Placed"), std::vector<std::string>{"billing"});
  registry.remove("billing", session(3));
  EXPECT_TRUE(registry.subscribers("orders.Placed").empty());
}

TEST_F(RegistryTest, WhileReplicasDifferDemandsWhatEveryLiveDefinitionDemands) {
  registry_.add("users", session(1), {{contract("C", "/api/create-user", {"a"})}, {}});
  registry_.add("users", session(2), {{contract("C", "/api/create-user", {"b"})}, {}});
  EXPECT_EQ(find(registry_, {"api", "create-user"}).contract->requirements.size(), 2U);
  registry_.remove("users", session(1));
  const auto left = find(registry_, {"api", "create-user"}).contract;
  ASSERT_EQ(left->requirements.size(), 1U);
  EXPECT_EQ(left->requirements[0].all_of, std::vector<std::string>{"b"});
}

TEST_F(RegistryTest, AfterARollbackDemandsAndRoutesOnlyWhatIsLive) {
  registry_.add("users", session(1), {{contract("C", "/api/create-user", {"a"})}, {}});
  registry_.add("users", session(2), {{contract("C", "/api/users/new", {"b"})}, {}});
  EXPECT_TRUE(registry_.remove("users", session(2)));
  EXPECT_EQ(find(registry_, {"api", "users", "new"}).contract, nullptr);
  const auto left = find(registry_, {"api", "create-user"}).contract;
  ASSERT_EQ(left->requirements.size(), 1U);
  EXPECT_EQ(left->requirements[0].all_of, std::vector<std::string>{"a"});
}

TEST_F(RegistryTest, SaysWhetherTheSessionHadRegistered) {
  registry_.add("users", session(1), {{}, {}});
  EXPECT_FALSE(registry_.remove("users", session(2)));
  EXPECT_TRUE(registry_.remove("users", session(1)));
  EXPECT_FALSE(registry_.remove("users", session(1)));
}

TEST_F(RegistryTest, IsPublicOnlyIfEveryLiveDefinitionSaysSo) {
  Contract open = contract("C", "/api/create-user");
  open.is_public = true;
  registry_.add("users", session(1), {{contract("C", "/api/create-user")}, {}});
  registry_.add("users", session(2), {{open}, {}});
  EXPECT_FALSE(find(registry_, {"api", "create-user"}).contract->is_public);
  registry_.remove("users", session(1));
  EXPECT_TRUE(find(registry_, {"api", "create-user"}).contract->is_public);
}

TEST_F(RegistryTest, RemembersContractsWhileTheWholeServiceIsAway) {
  registry_.add("users", session(1), {{contract("C", "/api/create-user")}, {}});
  registry_.remove("users", session(1));
  EXPECT_NE(find(registry_, {"api", "create-user"}).contract, nullptr);
  EXPECT_FALSE(registry_.holds("users", "C", session(1)));
}

TEST_F(RegistryTest, ForgetsAContractThatTheReturningServiceNoLongerHas) {
  registry_.add("users", session(1), {{contract("C", "/api/create-user")}, {}});
  registry_.remove("users", session(1));
  registry_.add("users", session(2), {{contract("D", "/api/users/d")}, {}});
  EXPECT_EQ(find(registry_, {"api", "create-user"}).contract, nullptr);
}

TEST_F(RegistryTest, ForgetsAContractThatTheLastReplicaWithItTookAlong) {
  registry_.add("users", session(1), {{contract("C", "/api/create-user")}, {}});
  registry_.add("users", session(2), {{contract("D", "/api/users/d")}, {}});
  registry_.remove("users", session(1));
  EXPECT_EQ(find(registry_, {"api", "create-user"}).contract, nullptr);
}

TEST_F(RegistryTest, RoutesBothPathsWhileReplicasDifferInThem) {
  registry_.add("users", session(1), {{contract("C", "/api/create-user")}, {}});
  registry_.add("users", session(2), {{contract("C", "/api/users/new")}, {}});
  EXPECT_NE(find(registry_, {"api", "create-user"}).contract, nullptr);
  EXPECT_NE(find(registry_, {"api", "users", "new"}).contract, nullptr);
}

TEST_F(RegistryTest, KnowsWhichSessionHoldsWhichContract) {
  registry_.add("users", session(1), {{contract("C", "/api/create-user")}, {}});
  registry_.add("users", session(2), {{contract("D", "/api/users/d")}, {}});
  EXPECT_TRUE(registry_.holds("users", "C", session(1)));
  EXPECT_FALSE(registry_.holds("users", "C", session(2)));
}

TEST_F(RegistryTest, CountsAContractUnderOneSeriesThatOutlivesItsSessions) {
  const auto series = [&] { return find(registry_, {"api", "create-user"}).contract->series; };
  registry_.add("users", session(1), {{contract("C", "/api/create-user")}, {}});
  const auto first = series();
  EXPECT_EQ(find(registry_, {"api", "create-user"}).contract->full_name, "users.C");
  EXPECT_EQ(metrics::label_of(first, registry_.series_names()), "users.C");
  registry_.remove("users", session(1));
  registry_.add("users", session(2),
                {{contract("D", "/api/users/d"), contract("C", "/api/create-user")}, {}});
  EXPECT_EQ(series(), first);
  EXPECT_NE(find(registry_, {"api", "users", "d"}).contract->series, first);
}

}  // namespace
}  // namespace sealbus::ingress
