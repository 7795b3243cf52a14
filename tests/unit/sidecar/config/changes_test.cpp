#include "sidecar/config/changes.hpp"

#include "tests/unit/sidecar/config/fixture.hpp"

namespace sealbus::settings {
namespace {

using Keys = std::vector<std::string>;

const std::string kIngress =
    "auth: {providers: [{issuer: a, secret: {file: jwt.secret}}]}\n"
    "bus: {listen: tcp://127.0.0.1:5570}\n"
    "key: {file: root.key}\n"
    "services: {users: {routes: [/api/**]}}\n";

class ChangesTest : public LoadTest {
 protected:
  ChangesTest() { files_["conf/jwt.secret"] = std::string(48, 's'); }

  IngressConfig ingress(const std::string& text) {
    auto loaded = load_ingress(file(text));
    EXPECT_TRUE(loaded) << testing::PrintToString(lines_of(loaded));
    return std::move(*loaded);
  }
  static std::string with(std::string text, const std::string& old, const std::string& now) {
    const auto at = text.find(old);
    EXPECT_NE(at, std::string::npos) << old;
    return text.replace(at, old.size(), now);
  }
};

TEST_F(ChangesTest, NothingIsDifferentFromItself) {
  IngressConfig in_force = ingress(kIngress);
  const Changes changes = take_over(in_force, ingress(kIngress));
  EXPECT_EQ(changes.taken, Keys{});
  EXPECT_EQ(changes.restart, Keys{});
}

TEST_F(ChangesTest, GrantsAndProvidersAreTakenOver) {
  IngressConfig in_force = ingress(kIngress);
  const std::string more = with(kIngress, "[/api/**]", "[/api/users/**]");
  const Changes changes =
      take_over(in_force, ingress(with(more, "issuer: a", "issuer: b, audience: x")));
  EXPECT_EQ(changes.taken, (Keys{"auth.providers[0].issuer", "auth.providers[0].audience",
                                 "services.users.routes"}));
  EXPECT_EQ(changes.restart, Keys{});
  EXPECT_EQ(in_force.services.at("users").routes.at(0).text(), "/api/users/**");
  EXPECT_EQ(in_force.auth.providers.at(0).issuer, "b");
}

TEST_F(ChangesTest, AServiceThatIsNotGrantedAnyMoreIsAChange) {
  IngressConfig in_force = ingress(with(kIngress, "}}\n", "}, b: {routes: [/b]}}\n"));
  const Changes changes = take_over(in_force, ingress(kIngress));
  EXPECT_NE(std::find(changes.taken.begin(), changes.taken.end(), "services.b.routes"),
            changes.taken.end());
  EXPECT_FALSE(in_force.services.contains("b"));
}

TEST_F(ChangesTest, ASecretAndAKeyOfTheSameLengthAreAChangeThoughNothingOfThemIsShown) {
  IngressConfig in_force = ingress(kIngress);
  files_["conf/jwt.secret"] = std::string(48, 't');
  files_["conf/root.key"] = "sealbus-root-v1:" + std::string(43, 'C');
  const Changes changes = take_over(in_force, ingress(kIngress));
  EXPECT_EQ(changes.taken, (Keys{"key", "auth.providers[0].secret"}));
  EXPECT_EQ(base::as_text(in_force.auth.providers.at(0).secret->reveal()), std::string(48, 't'));
  EXPECT_TRUE(base::as_text(in_force.key.current.text->reveal()).ends_with("CCC"));
}

TEST_F(ChangesTest, WhatNeedsARestartIsNamedAndLeft) {
  IngressConfig in_force = ingress(kIngress);
  const Changes changes = take_over(in_force, ingress(kIngress + "drain: 5s\n"));
  EXPECT_EQ(changes.taken, Keys{});
  EXPECT_EQ(changes.restart, Keys{"drain"});
  EXPECT_EQ(in_force.drain, milliseconds(30'000));
}

TEST_F(ChangesTest, ASidecarTakesOverItsKeysAlone) {
  const std::string text =
      "service: users\nkey: {file: users.key}\nbus: {connect: [tcp://127.0.0.1:5570]}\n"
      "deliver: {listen: [ipc:///tmp/x]}\ncontracts: [{name: A}]\n";
  auto in_force = load_sidecar(file(text));
  ASSERT_TRUE(in_force) << testing::PrintToString(lines_of(in_force));
  auto fresh = load_sidecar(file(with(
      with(text, "key: {file: users.key}", "key: {file: users.key, previous: [{file: users.key}]}"),
      "name: A", "name: B")));
  ASSERT_TRUE(fresh) << testing::PrintToString(lines_of(fresh));
  const Changes changes = take_over(*in_force, *fresh);
  EXPECT_EQ(changes.taken, (Keys{"key.previous[0]", "key"}));
  EXPECT_FALSE(changes.restart.empty());
  EXPECT_EQ(in_force->key.previous.size(), 1U);
  EXPECT_EQ(in_force->contracts.at(0).name, "A");
}

}  // namespace
}  // namespace sealbus::settings
