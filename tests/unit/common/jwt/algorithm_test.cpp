#include "common/jwt/algorithm.hpp"

#include <gtest/gtest.h>

namespace sealbus::jwt {
namespace {

TEST(Algorithm, EveryNameLeadsBackToItsAlgorithm) {
  for (std::size_t i = 0; i < kAlgorithms; ++i) {
    const auto algorithm = static_cast<Algorithm>(i);
    EXPECT_EQ(algorithm_named(name(algorithm)), algorithm) << name(algorithm);
  }
}

TEST(Algorithm, BelongsToTheFamilyOfItsFirstLetters) {
  EXPECT_EQ(family(Algorithm::hs512), Family::hmac);
  EXPECT_EQ(family(Algorithm::rs256), Family::rsa_pkcs1);
  EXPECT_EQ(family(Algorithm::ps384), Family::rsa_pss);
  EXPECT_EQ(family(Algorithm::es512), Family::ecdsa);
  EXPECT_EQ(family(Algorithm::eddsa), Family::eddsa);
}

TEST(Algorithm, NothingButTheExactNameIsKnown) {
  for (const std::string_view other :
       {"none", "None", "nOnE", "NONE", "none ", "", "hs256", "Hs256", "HS256 ", " HS256", "HS2560",
        "HS25", "HS", "EDDSA", "RS1", "ES256K", "HS256\n"}) {
    EXPECT_FALSE(algorithm_named(other)) << other;
  }
  EXPECT_FALSE(algorithm_named(std::string_view("HS256\0", 6)));
}

TEST(AlgorithmSet, ContainsWhatWasAddedAndNothingElse) {
  AlgorithmSet set;
  EXPECT_TRUE(set.empty());
  set.add(Algorithm::eddsa);
  set.add(Algorithm::hs256);
  for (std::size_t i = 0; i < kAlgorithms; ++i) {
    const auto algorithm = static_cast<Algorithm>(i);
    const bool added = algorithm == Algorithm::eddsa || algorithm == Algorithm::hs256;
    EXPECT_EQ(set.contains(algorithm), added) << name(algorithm);
  }
  EXPECT_EQ(names(set), "HS256, EdDSA");
}

}  // namespace
}  // namespace sealbus::jwt
