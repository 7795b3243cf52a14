// On a bus with CURVE each connection belongs to one service: that whose CURVE key it proved to
// have.
#include <gtest/gtest.h>

#include "sidecar/ingress/admitted_keys.hpp"
#include "tests/unit/sidecar/ingress/fake_sidecar.hpp"

namespace sealbus::ingress {
namespace {

using namespace test_bus;
using base::Refusal;

class ConnectionKeyTest : public testing::Test {
 protected:
  static envelope::RootKey root(char filled_with = 'A') {
    return envelope::RootKey::parse("sealbus-root-v1:" + std::string(42, filled_with) + "A")
        .value();
  }
  Dispatcher& dispatcher() {
    if (!dispatcher_) {
      std::vector<envelope::RootKey> roots;
      roots.push_back(root());
      roots.push_back(root('B'));  // the previous one
      ServiceKeys keys(std::move(roots));
      keys.add("users");
      keys.add("orders");
      options_.sessions.security = security_;
      dispatcher_ = std::make_unique<Dispatcher>(
          options_, std::move(keys), bus_, [](const std::shared_ptr<const RouteTable>&) {},
          counters_, clock_, random_);
    }
    return *dispatcher_;
  }
  // Says HELLO with the key of `service` on a connection that proved to have the one of
  // `connection`.
  bool greets(const std::optional<envelope::ServiceKey>& connection, envelope::ServiceKey service) {
    FakeSidecar sidecar(dispatcher(), bus_, ++peer_,
                        std::make_shared<const envelope::ServiceKey>(std::move(service)), clock_,
                        random_);
    if (connection) sidecar.proved = connection->curve_public_key();
    return sidecar.shake_hands();
  }

  settings::BusSecurity security_ = settings::BusSecurity::curve;
  Dispatcher::Options options_;
  test::ManualClock clock_;
  test::CountingRandom random_;
  base::RefusalCounters counters_;
  FakeBus bus_;
  std::uint64_t peer_ = 0;
  std::unique_ptr<Dispatcher> dispatcher_;
};

TEST_F(ConnectionKeyTest, AHelloOnTheConnectionOfItsOwnKeyIsWelcome) {
  EXPECT_TRUE(greets(root().derive("users"), root().derive("users")));
  EXPECT_EQ(counters_.of(Refusal::unknown_key), 0U);
}

TEST_F(ConnectionKeyTest, AHelloOfAnotherServiceIsRefusedByName) {
  EXPECT_FALSE(greets(root().derive("orders"), root().derive("users")));
  EXPECT_EQ(counters_.of(Refusal::unknown_key), 1U);
}

TEST_F(ConnectionKeyTest, AHelloOnAConnectionWithoutAnyKeyIsRefused) {
  EXPECT_FALSE(greets(std::nullopt, root().derive("users")));
  EXPECT_EQ(counters_.of(Refusal::unknown_key), 1U);
}

TEST_F(ConnectionKeyTest, APreviousKeyIsWelcomeOnTheConnectionOfThatKeyAlone) {
  EXPECT_TRUE(greets(root('B').derive("users"), root('B').derive("users")));
  EXPECT_FALSE(greets(root().derive("users"), root('B').derive("users")));
  EXPECT_FALSE(greets(root('B').derive("users"), root().derive("users")));
  EXPECT_FALSE(greets(root('C').derive("users"), root('C').derive("users")));
  EXPECT_EQ(counters_.of(Refusal::unknown_key), 3U);
}

TEST_F(ConnectionKeyTest, OpenRegistrationAsksForTheKeyOfTheServiceThatTheHelloNames) {
  options_.sessions.registration = settings::RegistrationMode::open;
  EXPECT_TRUE(greets(root().derive("billing"), root().derive("billing")));
  EXPECT_FALSE(greets(root().derive("users"), root().derive("invoices")));
  EXPECT_EQ(counters_.of(Refusal::unknown_key), 1U);
}

TEST_F(ConnectionKeyTest, APlaintextBusHasNoKeysToCompare) {
  security_ = settings::BusSecurity::plaintext;
  EXPECT_TRUE(greets(std::nullopt, root().derive("users")));
}

TEST_F(ConnectionKeyTest, AFailedHandshakeIsCountedByName) {
  dispatcher().handshake_failed(bus::HandshakeFailure::other_mechanism);
  dispatcher().handshake_failed(bus::HandshakeFailure::wrong_key);
  dispatcher().handshake_failed(bus::HandshakeFailure::closed);
  EXPECT_EQ(counters_.of(Refusal::curve_failed), 3U);
}

TEST_F(ConnectionKeyTest, AFailedHandshakeSaysWhichSideToChange) {
  using settings::BusSecurity;
  const auto says = [](BusSecurity ours, std::string_view text) {
    return explain(bus::HandshakeFailure::other_mechanism, ours).find(text) !=
           std::string_view::npos;
  };
  EXPECT_TRUE(says(BusSecurity::curve, "remove bus.plaintext there"));
  EXPECT_TRUE(says(BusSecurity::plaintext, "remove bus.plaintext here"));
}

}  // namespace
}  // namespace sealbus::ingress
