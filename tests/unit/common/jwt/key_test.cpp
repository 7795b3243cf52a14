#include "common/jwt/key.hpp"

#include <gtest/gtest.h>

#include "tests/support/token_maker.hpp"

namespace sealbus::jwt {
namespace {

using base::Refusal;
using test::shared_secret;
using test::symmetric_key;

std::string allowed(std::size_t bytes) {
  return names(symmetric_key(std::string(bytes, 'k')).algorithms());
}

KeySet key_set(std::vector<VerificationKey> keys) { return KeySet::make(std::move(keys)).value(); }

TEST(SymmetricKey, AllowsEachAlgorithmFromTheLengthOfItsHash) {
  EXPECT_EQ(allowed(32), "HS256");
  EXPECT_EQ(allowed(47), "HS256");
  EXPECT_EQ(allowed(48), "HS256, HS384");
  EXPECT_EQ(allowed(63), "HS256, HS384");
  EXPECT_EQ(allowed(64), "HS256, HS384, HS512");
  EXPECT_EQ(allowed(1'000), "HS256, HS384, HS512");
}

TEST(SymmetricKey, ASecretOf31BytesIsAnError) {
  const auto key = VerificationKey::symmetric(shared_secret(std::string(31, 'k')));
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().message, "the secret has 31 bytes; at least 32 are needed");
}

TEST(SymmetricKey, AnEmptyOrAbsentSecretIsAnError) {
  EXPECT_FALSE(VerificationKey::symmetric(shared_secret("")));
  EXPECT_FALSE(VerificationKey::symmetric(nullptr));
}

TEST(SymmetricKey, ThePublicKeyOfSomebodyIsNoSecret) {
  const std::string body(64, 'A');
  for (const std::string& text :
       {"-----BEGIN PUBLIC KEY-----\n" + body, " \n\t-----BEGIN RSA PUBLIC KEY-----\n" + body,
        "-----BEGIN CERTIFICATE-----\n" + body, "ssh-rsa " + body, "ssh-ed25519 " + body,
        "ecdsa-sha2-nistp256 " + body, "{\"kty\":\"RSA\",\"n\":\"" + body + "\"}"}) {
    EXPECT_FALSE(VerificationKey::symmetric(shared_secret(text))) << text;
  }
}

TEST(SymmetricKey, AnUnusableKidIsAnError) {
  EXPECT_TRUE(VerificationKey::symmetric(shared_secret(), std::string(256, 'k')));
  EXPECT_FALSE(VerificationKey::symmetric(shared_secret(), std::string(257, 'k')));
  EXPECT_FALSE(VerificationKey::symmetric(shared_secret(), "a\nb"));
}

TEST(KeySet, TheSameKidTwiceIsAnError) {
  EXPECT_FALSE(KeySet::make(
      {symmetric_key(test::kSecretText, "a"), symmetric_key(std::string(32, 'x'), "a")}));
}

TEST(KeySet, FindsTheKeyOfTheKid) {
  const KeySet keys =
      key_set({symmetric_key(std::string(32, 'x'), "a"), symmetric_key(std::string(32, 'y'), "b")});
  const auto key = keys.find(Algorithm::hs256, "b");
  ASSERT_TRUE(key);
  EXPECT_EQ((*key)->kid(), "b");
}

TEST(KeySet, AKidThatNoKeyHasIsUnknown) {
  const KeySet keys = key_set({symmetric_key(test::kSecretText, "a")});
  for (const std::string_view kid :
       {"b", "A", "a ", "../../dev/null", "/dev/null", "a' OR '1'='1", "a\"", "|id"}) {
    const auto key = keys.find(Algorithm::hs256, kid);
    ASSERT_FALSE(key) << kid;
    EXPECT_EQ(key.error().refusal, Refusal::unknown_key) << kid;
  }
}

TEST(KeySet, AKeyWithoutAKidAnswersToEveryKid) {
  const KeySet keys = key_set({symmetric_key()});
  EXPECT_TRUE(keys.find(Algorithm::hs256, ""));
  EXPECT_TRUE(keys.find(Algorithm::hs256, "anything"));
}

TEST(KeySet, ATokenWithoutAKidTakesTheOnlyKeyThatFits) {
  const KeySet keys = key_set(
      {symmetric_key(std::string(64, 'x'), "long"), symmetric_key(std::string(32, 'y'), "short")});
  const auto key = keys.find(Algorithm::hs512, "");
  ASSERT_TRUE(key);
  EXPECT_EQ((*key)->kid(), "long");
}

TEST(KeySet, ATokenWithoutAKidIsUnknownWhereSeveralKeysFit) {
  const KeySet keys = key_set(
      {symmetric_key(std::string(64, 'x'), "long"), symmetric_key(std::string(32, 'y'), "short")});
  const auto key = keys.find(Algorithm::hs256, "");
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().refusal, Refusal::unknown_key);
}

TEST(KeySet, AnAlgorithmThatNoKeyAllowsIsInvalid) {
  const KeySet keys = key_set({symmetric_key(std::string(32, 'x'))});
  for (const Algorithm algorithm :
       {Algorithm::hs384, Algorithm::rs256, Algorithm::ps256, Algorithm::es256, Algorithm::eddsa}) {
    const auto key = keys.find(algorithm, "");
    ASSERT_FALSE(key) << name(algorithm);
    EXPECT_EQ(key.error().refusal, Refusal::invalid_algorithm) << name(algorithm);
  }
}

TEST(KeySet, AnAlgorithmThatOnlyAnotherKeyAllowsIsInvalid) {
  const KeySet keys = key_set(
      {symmetric_key(std::string(64, 'x'), "long"), symmetric_key(std::string(32, 'y'), "short")});
  const auto key = keys.find(Algorithm::hs512, "short");
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().refusal, Refusal::invalid_algorithm);
}

TEST(KeySet, AnEmptySetKnowsNoKey) {
  const auto key = key_set({}).find(Algorithm::hs256, "");
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().refusal, Refusal::unknown_key);
}

}  // namespace
}  // namespace sealbus::jwt
