#include "sidecar/ingress/route_table.hpp"

#include <gtest/gtest.h>

namespace sealbus::ingress {
namespace {

using Segments = std::vector<std::string>;

// A table from lines like "GET /api/users/{id} -> users.GetUser".
class RouteTableTest : public testing::Test {
 protected:
  void route(const std::string& method, const std::string& path, const std::string& name) {
    auto contract = std::make_shared<RoutedContract>();
    contract->service = "users";
    contract->definition = contract::make_contract(name, contract::Kind::command);
    routes_.push_back({method, contract::PathPattern::parse(path).value(), contract});
  }
  [[nodiscard]] Match match(std::string_view method, const Segments& segments) const {
    return RouteTable(routes_).match(method, segments);
  }
  [[nodiscard]] std::string name_of(std::string_view method, const Segments& segments) const {
    const Match found = match(method, segments);
    return found.contract ? found.contract->definition.name : "";
  }

  std::vector<Route> routes_;
};

TEST_F(RouteTableTest, FindsALiteralPath) {
  route("POST", "/api/create-user", "CreateUser");
  EXPECT_EQ(name_of("POST", {"api", "create-user"}), "CreateUser");
}

TEST_F(RouteTableTest, FindsNothingForAPathThatIsOneSegmentLongerOrShorter) {
  route("POST", "/api/create-user", "CreateUser");
  EXPECT_EQ(name_of("POST", {"api"}), "");
  EXPECT_EQ(name_of("POST", {"api", "create-user", "x"}), "");
  EXPECT_EQ(name_of("POST", {"api", "create-user", ""}), "");
}

TEST_F(RouteTableTest, ComparesCase) {
  route("POST", "/api/create-user", "CreateUser");
  EXPECT_EQ(name_of("POST", {"api", "Create-User"}), "");
}

TEST_F(RouteTableTest, CapturesSegmentsUnderTheirNames) {
  route("GET", "/api/users/{id}/orders/{order}", "GetOrder");
  const Match found = match("GET", {"api", "users", "7", "orders", "a b"});
  const contract::Parameters expected = {{"id", "7"}, {"order", "a b"}};
  EXPECT_EQ(found.parameters, expected);
}

TEST_F(RouteTableTest, PrefersALiteralToACapture) {
  route("GET", "/api/users/{id}", "GetUser");
  route("GET", "/api/users/me", "GetMe");
  EXPECT_EQ(name_of("GET", {"api", "users", "me"}), "GetMe");
  EXPECT_EQ(name_of("GET", {"api", "users", "you"}), "GetUser");
}

TEST_F(RouteTableTest, FallsBackToACaptureWhenTheLiteralBranchLeadsNowhere) {
  route("GET", "/api/users/{id}/orders", "GetOrders");
  route("GET", "/api/users/me/profile", "GetProfile");
  EXPECT_EQ(name_of("GET", {"api", "users", "me", "orders"}), "GetOrders");
}

TEST_F(RouteTableTest, FallsBackToACaptureThatTakesTheMethod) {
  route("GET", "/api/users/me", "GetMe");
  route("DELETE", "/api/users/{id}", "DeleteUser");
  EXPECT_EQ(name_of("DELETE", {"api", "users", "me"}), "DeleteUser");
}

TEST_F(RouteTableTest, NamesTheMethodsThatThePathTakes) {
  route("POST", "/api/users", "CreateUser");
  route("GET", "/api/users", "ListUsers");
  const Match found = match("DELETE", {"api", "users"});
  EXPECT_EQ(found.contract, nullptr);
  EXPECT_EQ(found.allowed, (std::vector<std::string>{"GET", "POST"}));
}

TEST_F(RouteTableTest, NamesNoMethodsForAnUnknownPath) {
  route("POST", "/api/users", "CreateUser");
  EXPECT_TRUE(match("POST", {"api", "other"}).allowed.empty());
}

TEST_F(RouteTableTest, CapturesNoEmptySegment) {
  route("GET", "/api/users/{id}", "GetUser");
  EXPECT_EQ(name_of("GET", {"api", "users", ""}), "");
}

TEST_F(RouteTableTest, MatchesTheRootPath) {
  route("GET", "/", "Root");
  EXPECT_EQ(name_of("GET", {}), "Root");
}

}  // namespace
}  // namespace sealbus::ingress
