#include "common/contract/contract.hpp"

#include <gtest/gtest.h>

namespace sealbus::contract {
namespace {

TEST(KebabCase, SetsADashBeforeEachWord) {
  EXPECT_EQ(kebab_case("CreateUser"), "create-user");
  EXPECT_EQ(kebab_case("Endpoint"), "endpoint");
  EXPECT_EQ(kebab_case("createUser"), "create-user");
  EXPECT_EQ(kebab_case("GetUser2"), "get-user2");
  EXPECT_EQ(kebab_case("Get2Users"), "get2-users");
}

TEST(KebabCase, KeepsAnAcronymTogether) {
  EXPECT_EQ(kebab_case("HTTPPing"), "http-ping");
  EXPECT_EQ(kebab_case("PingHTTP"), "ping-http");
  EXPECT_EQ(kebab_case("ABC"), "abc");
  EXPECT_EQ(kebab_case("A"), "a");
}

TEST(KebabCase, TakesAnUnderscoreForADash) {
  EXPECT_EQ(kebab_case("create_user"), "create-user");
  EXPECT_EQ(kebab_case("Create_User"), "create-user");
}

TEST(ServiceName, IsAWordInLowerCase) {
  for (const auto* good : {"users", "a", "my-service", "a1", "a-"}) {
    EXPECT_TRUE(is_service_name(good)) << good;
  }
  EXPECT_TRUE(is_service_name(std::string(63, 'a')));
  EXPECT_FALSE(is_service_name(std::string(64, 'a')));
  for (const auto* bad : {"", "Users", "1a", "-a", "us_ers", "us.ers", "us ers", "é", "a\n"}) {
    EXPECT_FALSE(is_service_name(bad)) << bad;
  }
}

TEST(ContractName, IsAWordOfLettersDigitsAndUnderscores) {
  for (const auto* good : {"CreateUser", "a", "A_1"}) EXPECT_TRUE(is_contract_name(good)) << good;
  EXPECT_TRUE(is_contract_name(std::string(64, 'a')));
  EXPECT_FALSE(is_contract_name(std::string(65, 'a')));
  for (const auto* bad : {"", "1a", "_a", "a-b", "a.b", "a b", "é", "a\n"}) {
    EXPECT_FALSE(is_contract_name(bad)) << bad;
  }
}

TEST(Method, IsOneOfSevenInUpperCase) {
  for (const auto* good : {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}) {
    EXPECT_TRUE(is_method(good)) << good;
  }
  for (const auto* bad : {"", "get", "TRACE", "CONNECT", "GET "})
    EXPECT_FALSE(is_method(bad)) << bad;
}

TEST(Contract, HasAMethodAndAPathFromItsNameAndKind) {
  const Contract command = make_contract("CreateUser", Kind::command);
  EXPECT_EQ(command.methods, std::vector<std::string>{"POST"});
  EXPECT_EQ(command.path.text(), "/api/create-user");
  EXPECT_EQ(make_contract("FindUser", Kind::query).methods, std::vector<std::string>{"GET"});
  EXPECT_EQ(make_contract("UserCreated", Kind::event).methods, std::vector<std::string>{"POST"});
}

TEST(Contract, AsksForAnyAuthenticatedCallerUnlessToldOtherwise) {
  const Contract contract = make_contract("CreateUser", Kind::command);
  EXPECT_FALSE(contract.is_public);
  EXPECT_EQ(contract.required, identity::Requirement{});
  EXPECT_EQ(contract.timeout, milliseconds(5'000));
}

TEST(Contract, HasAPathForEveryNameThereIs) {
  for (const auto& name : {std::string(64, 'A'), std::string("a_"), std::string("A_9_")}) {
    ASSERT_TRUE(is_contract_name(name));
    EXPECT_FALSE(make_contract(name, Kind::command).path.text().empty());
  }
}

TEST(Words, AreTheSameAfterTheirNames) {
  for (const auto kind : {Kind::command, Kind::query, Kind::event}) {
    EXPECT_EQ(kind_named(name(kind)), kind);
  }
  for (const auto delivery : {Delivery::stored, Delivery::memory}) {
    EXPECT_EQ(delivery_named(name(delivery)), delivery);
  }
  for (const auto auth_at : {AuthAt::ingress, AuthAt::delivery}) {
    EXPECT_EQ(auth_at_named(name(auth_at)), auth_at);
  }
  EXPECT_FALSE(kind_named("Command"));
  EXPECT_FALSE(delivery_named(""));
  EXPECT_FALSE(auth_at_named("stored"));
}

}  // namespace
}  // namespace sealbus::contract
