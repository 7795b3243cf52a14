#include "sidecar/delivery/authorise.hpp"

#include <gtest/gtest.h>

#include "common/envelope/handshake.hpp"
#include "tests/support/counting_random.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/unit/sidecar/ingress/identities.hpp"

namespace sealbus::delivery {
namespace {

using base::Refusal;
using ingress::test_identity::development;
using ingress::test_identity::user;

// A message on its way through a real session, from an ingress's half to a sidecar's.
class AuthoriseTest : public testing::Test {
 protected:
  AuthoriseTest() {
    auto contract = contract::make_contract("CreateUser", contract::Kind::command);
    contract.required.all_of = {"users:create"};
    auto open = contract::make_contract("Open", contract::Kind::query);
    open.is_public = true;
    contract::Subscription placed{"orders.OrderPlaced", {}, false};
    placed.required.all_of = {"orders:read"};
    policy_ = {{contract, open}, {placed}, DevelopmentIdentities::accepted};
    header_.type = envelope::MessageType::message;
    header_.issued = clock_.wall();
    header_.id = base::make_uuid_v7(header_.issued, random_);
    header_.expires = header_.issued + std::chrono::seconds(5);
    header_.contract = "CreateUser";
    header_.kind = "command";
    header_.attempt = 1;
  }

  base::Result<identity::Identity, Denied> authorise(const identity::Identity& identity) {
    const auto root = envelope::RootKey::parse("sealbus-root-v1:" + std::string(43, 'A')).value();
    auto key = std::make_shared<const envelope::ServiceKey>(root.derive("users"));
    const envelope::ClientHandshake client(key, {}, clock_, random_);
    const auto& hello = client.hello();
    auto answer = envelope::answer_hello({hello.seal, hello.header.bytes(), {}}, *key, {}, clock_,
                                         random_, {})
                      .value();
    auto session =
        client.finish({answer.welcome.seal, answer.welcome.header.bytes(), {}}, {}).value();
    const auto encoded = envelope::encode_message(header_, identity).value();
    const auto seal = answer.session->sealer.seal(encoded, {});
    const auto opened = session.verifier.open({seal, encoded.bytes(), {}}, clock_.wall(), {});
    return delivery::authorise(*opened, policy_);
  }
  Refusal refusal(const identity::Identity& identity) {
    const auto result = authorise(identity);
    EXPECT_FALSE(result.has_value());
    return result ? Refusal::internal : result.error().failure.refusal;
  }

  void become_event() {
    header_.contract = "orders.OrderPlaced";
    header_.kind = "event";
  }

  test::ManualClock clock_;
  test::CountingRandom random_;
  Policy policy_;
  envelope::Header header_;
};

TEST_F(AuthoriseTest, DeliversWhatTheServicesOwnContractAllows) {
  const auto identity = authorise(user(clock_, "user-123", "users:create"));
  ASSERT_TRUE(identity.has_value());
  EXPECT_EQ(identity->context().user_id, "user-123");
}

TEST_F(AuthoriseTest, RefusesAUserWhoLacksWhatTheServicesOwnContractRequires) {
  const auto result = authorise(user(clock_, "user-123", "users:read"));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().failure.refusal, Refusal::permission_denied);
  EXPECT_EQ(result.error().missing, std::vector<std::string>{"users:create"});
}

TEST_F(AuthoriseTest, RefusesAContractThatTheServiceDoesNotHave) {
  header_.contract = "DeleteUser";
  EXPECT_EQ(refusal(user(clock_, "u", "*")), Refusal::unknown_contract);
}

TEST_F(AuthoriseTest, RefusesAContractUnderAnotherKind) {
  header_.kind = "query";
  EXPECT_EQ(refusal(user(clock_, "u", "*")), Refusal::unknown_contract);
}

TEST_F(AuthoriseTest, RefusesADevelopmentIdentityUnlessItIsAccepted) {
  policy_.development = DevelopmentIdentities::refused;
  EXPECT_EQ(refusal(user(clock_, "u", "*")), Refusal::development_refused);
}

TEST_F(AuthoriseTest, RefusesAnAnonymousCallerOfAContractThatIsNotPublic) {
  policy_.contracts[0].required.all_of.clear();
  EXPECT_EQ(refusal(development(clock_).anonymous()), Refusal::permission_denied);
}

TEST_F(AuthoriseTest, DeliversAnEventThatTheServiceSubscribesTo) {
  become_event();
  EXPECT_TRUE(authorise(user(clock_, "u", "orders:read")).has_value());
}

TEST_F(AuthoriseTest, RefusesAnEventWhoseUserLacksWhatTheSubscriptionRequires) {
  become_event();
  const auto result = authorise(user(clock_, "u", "users:create"));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().failure.refusal, Refusal::permission_denied);
  EXPECT_EQ(result.error().missing, std::vector<std::string>{"orders:read"});
}

TEST_F(AuthoriseTest, RefusesAnEventThatTheServiceDoesNotSubscribeTo) {
  become_event();
  header_.contract = "orders.OrderPaid";
  EXPECT_EQ(refusal(user(clock_, "u", "orders:read")), Refusal::unknown_contract);
}

TEST_F(AuthoriseTest, RefusesTheServicesOwnEventUnlessItSubscribesToIt) {
  become_event();
  policy_.contracts.push_back(contract::make_contract("Made", contract::Kind::event));
  header_.contract = "Made";
  EXPECT_EQ(refusal(user(clock_, "u", "orders:read")), Refusal::unknown_contract);
}

TEST_F(AuthoriseTest, RefusesASubscriptionUnderAnotherKind) {
  become_event();
  header_.kind = "command";
  EXPECT_EQ(refusal(user(clock_, "u", "orders:read")), Refusal::unknown_contract);
}

TEST_F(AuthoriseTest, RefusesTheEventOfADevelopmentIdentityUnlessItIsAccepted) {
  become_event();
  policy_.subscriptions[0].required = {};
  EXPECT_TRUE(authorise(user(clock_, "u", "*")).has_value());
  policy_.development = DevelopmentIdentities::refused;
  EXPECT_EQ(refusal(user(clock_, "u", "*")), Refusal::development_refused);
}

TEST_F(AuthoriseTest, DeliversTheEventOfAnAnonymousCallerOnlyIfTheSubscriptionSaysSo) {
  become_event();
  policy_.subscriptions[0].required = {};
  EXPECT_EQ(refusal(development(clock_).anonymous()), Refusal::permission_denied);
  policy_.subscriptions[0].is_public = true;
  EXPECT_TRUE(authorise(development(clock_).anonymous()).has_value());
}

TEST_F(AuthoriseTest, DeliversAnAnonymousCallerOfAPublicContract) {
  header_.contract = "Open";
  header_.kind = "query";
  EXPECT_TRUE(authorise(development(clock_).anonymous()).has_value());
}

}  // namespace
}  // namespace sealbus::delivery
