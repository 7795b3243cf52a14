#include "sidecar/ingress/admitted_keys.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "sidecar/ingress/service_keys.hpp"
#include "tests/support/manual_clock.hpp"

namespace sealbus::ingress {
namespace {

using settings::RegistrationMode;

envelope::RootKey root(char filled_with) {
  return envelope::RootKey::parse("sealbus-root-v1:" + std::string(42, filled_with) + "A").value();
}

class AdmittedKeysTest : public testing::Test {
 protected:
  static bus::CurveKey key(std::uint8_t filled_with) {
    bus::CurveKey bytes;
    bytes.fill(std::byte{filled_with});
    return bytes;
  }
  test::ManualClock clock_;
  base::RefusalCounters counters_;
};

TEST_F(AdmittedKeysTest, AreThoseOfTheListAndNoOthers) {
  const AdmittedKeys keys({RegistrationMode::granted, {key(1), key(2)}}, counters_, clock_);
  EXPECT_TRUE(keys.admits(key(1)));
  EXPECT_TRUE(keys.admits(key(2)));
  EXPECT_FALSE(keys.admits(key(3)));
}

TEST_F(AdmittedKeysTest, AreNoneOfAnEmptyList) {
  const AdmittedKeys keys({RegistrationMode::granted, {}}, counters_, clock_);
  EXPECT_FALSE(keys.admits(key(1)));
}

TEST_F(AdmittedKeysTest, AreAllOfThemWithOpenRegistration) {
  const AdmittedKeys keys({RegistrationMode::open, {}}, counters_, clock_);
  EXPECT_TRUE(keys.admits(key(1)));
}

TEST_F(AdmittedKeysTest, AreReplacedAsAWhole) {
  AdmittedKeys keys({RegistrationMode::granted, {key(1)}}, counters_, clock_);
  keys.replace({RegistrationMode::granted, {key(2)}});
  EXPECT_FALSE(keys.admits(key(1)));
  EXPECT_TRUE(keys.admits(key(2)));
}

TEST_F(AdmittedKeysTest, AreReplacedWhileTheyAreAskedFor) {
  AdmittedKeys keys({RegistrationMode::granted, {key(1), key(2)}}, counters_, clock_);
  std::thread other([&] {
    for (int i = 0; i < 1'000; ++i) {
      keys.replace({RegistrationMode::granted, {key(1), key(i % 2 == 0 ? 3 : 2)}});
    }
  });
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(keys.admits(key(1)));
  other.join();
}

TEST_F(AdmittedKeysTest, CountsWhomItTurnedAwayByName) {
  AdmittedKeys keys({RegistrationMode::granted, {}}, counters_, clock_);
  keys.turned_away("10.0.0.1", "no service here has this CURVE key");
  keys.turned_away("", "");
  EXPECT_EQ(counters_.of(base::Refusal::unknown_key), 2U);
}

TEST_F(AdmittedKeysTest, OfServicesAreTheirsUnderEveryRoot) {
  std::vector<envelope::RootKey> roots;
  roots.push_back(root('A'));
  roots.push_back(root('B'));
  ServiceKeys services(std::move(roots));
  services.add("users");
  services.add("orders");
  const auto all = services.curve_keys();
  EXPECT_EQ(all.size(), 4U);
  for (const char filled_with : {'A', 'B'}) {
    for (const char* service : {"users", "orders"}) {
      EXPECT_TRUE(all.contains(root(filled_with).derive(service).curve_public_key()));
    }
  }
  EXPECT_FALSE(all.contains(root('C').derive("users").curve_public_key()));
  EXPECT_FALSE(all.contains(root('A').derive("strangers").curve_public_key()));
}

}  // namespace
}  // namespace sealbus::ingress
