#include "common/base/uuid.hpp"

#include <gtest/gtest.h>

#include "tests/support/counting_random.hpp"

namespace sealbus::base {
namespace {

class FixedRandom final : public Random {
 public:
  void fill(std::span<std::byte> out) override {
    for (std::byte& b : out) b = std::byte{0xff};
  }
};

TEST(UuidV7, CarriesTheTimeTheVersionAndTheVariant) {
  FixedRandom random;
  // RFC 9562, appendix A.6: 2022-02-22 19:22:22 UTC is 0x017F22E279B0 ms.
  const Uuid uuid = make_uuid_v7(from_millis(0x017F22E279B0), random);
  EXPECT_EQ(to_string(uuid), "017f22e2-79b0-7fff-bfff-ffffffffffff");
}

TEST(UuidV7, SortsByTime) {
  test::CountingRandom random;
  EXPECT_LT(make_uuid_v7(from_millis(1), random), make_uuid_v7(from_millis(2), random));
  EXPECT_LT(make_uuid_v7(from_millis(255), random), make_uuid_v7(from_millis(256), random));
}

TEST(Uuid, IsReadFromTheTextThatItWrites) {
  test::CountingRandom random;
  const Uuid uuid = make_uuid_v7(from_millis(1'767'225'600'000), random);
  EXPECT_EQ(parse_uuid(to_string(uuid)), uuid);
}

TEST(Uuid, RefusesAnyOtherText) {
  for (const char* text :
       {"", "017f22e2-79b0-7fff-bfff-fffffffffff", "017f22e2-79b0-7fff-bfff-fffffffffffff",
        "017f22e279b0-7fff-bfff-ffffffffffff-", "017f22e2-79b0-7fff-bfff-fffffffffffg",
        "017f22e2x79b0-7fff-bfff-ffffffffffff", "017f22e279b07fffbfffffffffffffff0000"}) {
    EXPECT_FALSE(parse_uuid(text)) << text;
  }
}

TEST(Uuid, HasOneTextOnlyInLowerCase) {
  EXPECT_TRUE(parse_uuid("017f22e2-79b0-7fff-bfff-ffffffffffff"));
  EXPECT_FALSE(parse_uuid("017F22E2-79B0-7FFF-BFFF-FFFFFFFFFFFF"));
  EXPECT_FALSE(parse_uuid("017f22e2-79b0-7fff-bfff-fffffffffffF"));
}

TEST(UuidV7, DoesNotLetTheTimeOverflowIntoTheRest) {
  FixedRandom random;
  EXPECT_EQ(to_string(make_uuid_v7(from_millis(0xffffffffffff), random)),
            "ffffffff-ffff-7fff-bfff-ffffffffffff");
  EXPECT_EQ(to_string(make_uuid_v7(from_millis(0), random)),
            "00000000-0000-7fff-bfff-ffffffffffff");
}

TEST(Uuid, IsMadeFromSixteenBytesOnly) {
  EXPECT_TRUE(uuid_from(Bytes(16)));
  EXPECT_FALSE(uuid_from(Bytes(15)));
  EXPECT_FALSE(uuid_from(Bytes(17)));
}

}  // namespace
}  // namespace sealbus::base
