#include "common/envelope/keys.hpp"

#include <gtest/gtest.h>

#include "tests/support/counting_random.hpp"
#include "tests/unit/common/envelope/fixture.hpp"

namespace sealbus::envelope {
namespace {

SessionParties parties() {
  SessionParties out;
  out.service = "users";
  out.sidecar.bytes.fill(std::byte{1});
  out.ingress.bytes.fill(std::byte{2});
  out.sidecar_nonce.fill(std::byte{3});
  out.ingress_nonce.fill(std::byte{4});
  return out;
}

std::string hex(const base::Secret& secret) { return base::to_hex(secret.reveal()); }

TEST(RootKey, IsTheSameAfterItsText) {
  test::CountingRandom random;
  const RootKey root = RootKey::generate(random);
  const auto again = RootKey::parse(root.text());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->text(), root.text());
  EXPECT_EQ(again->derive("users").text(), root.derive("users").text());
}

TEST(RootKey, IsAnotherEachTime) {
  test::CountingRandom random;
  EXPECT_NE(RootKey::generate(random).text(), RootKey::generate(random).text());
}

TEST(ServiceKey, IsTheSameAfterItsText) {
  const auto key = service_key();
  const auto again = ServiceKey::parse(key->text() + "\n");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->service(), "users");
  EXPECT_EQ(again->id(), key->id());
  EXPECT_EQ(again->ingress_public_key(), root_key().curve_public_key());
  EXPECT_EQ(hex(again->secret()), hex(key->secret()));
}

TEST(ServiceKey, IsAnotherForEachServiceAndRoot) {
  EXPECT_NE(service_key("users")->id(), service_key("orders")->id());
  EXPECT_NE(root_key(0).derive("users").id(), root_key(1).derive("users").id());
}

TEST(ServiceKey, TellsWhoGivesItARootKeyWhatToDo) {
  const auto refused = ServiceKey::parse(root_key().text());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("root key"), std::string::npos);
  EXPECT_NE(refused.error().message.find("sealbus keys derive --root"), std::string::npos);
}

TEST(RootKey, TellsWhoGivesItAServiceKeyWhatToDo) {
  const auto refused = RootKey::parse(service_key()->text());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("sealbus keys root"), std::string::npos);
}

TEST(Keys, DoNotAppearInWhatIsSaidAboutThem) {
  const std::string key = service_key()->text();
  const std::string half = key.substr(0, key.size() - 5);
  const std::string root = root_key().text();
  for (const auto& text : {half, root, root + "x", root.substr(0, root.size() - 2)}) {
    const auto service = ServiceKey::parse(text);
    const auto as_root = RootKey::parse(text);
    const std::string said =
        (service ? "" : service.error().message) + (as_root ? "" : as_root.error().message);
    EXPECT_EQ(said.find(text.substr(22, 20)), std::string::npos) << said;
  }
}

TEST(Keys, DifferByPurpose) {
  const auto key = service_key();
  const std::vector<std::string> all = {
      hex(key->secret()),
      hex(key->handshake_key(Purpose::hello)),
      hex(key->handshake_key(Purpose::welcome)),
      hex(traffic_key(*key, parties(), Purpose::up)),
      hex(traffic_key(*key, parties(), Purpose::down)),
      hex(root_key().proof_key()),
      hex(key->curve_secret()),
      base::to_hex(key->curve_public_key()),
      hex(root_key().curve_secret()),
      base::to_hex(root_key().curve_public_key()),
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(all[i], all[j]) << i << " and " << j;
  }
}

TEST(TrafficKeyAndSessionId, DependOnEverythingThatTheHandshakeSettled) {
  const auto key = service_key();
  const std::vector<std::function<void(SessionParties&)>> changes = {
      [](SessionParties& ends) { ends.service = "orders"; },
      [](SessionParties& ends) { ends.sidecar.bytes[15] ^= std::byte{1}; },
      [](SessionParties& ends) { ends.ingress.bytes[0] ^= std::byte{1}; },
      [](SessionParties& ends) { ends.sidecar_nonce[31] ^= std::byte{1}; },
      [](SessionParties& ends) { ends.ingress_nonce[0] ^= std::byte{1}; },
      [](SessionParties& ends) { std::swap(ends.sidecar, ends.ingress); },
      [](SessionParties& ends) { std::swap(ends.sidecar_nonce, ends.ingress_nonce); },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    SessionParties other = parties();
    changes[i](other);
    EXPECT_NE(session_id(*key, other), session_id(*key, parties())) << i;
    for (const Purpose purpose : {Purpose::up, Purpose::down}) {
      EXPECT_NE(hex(traffic_key(*key, other, purpose)), hex(traffic_key(*key, parties(), purpose)))
          << i;
    }
  }
}

}  // namespace
}  // namespace sealbus::envelope
