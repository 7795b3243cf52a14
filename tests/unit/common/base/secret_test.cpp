#include "common/base/secret.hpp"

#include <ostream>
#include <type_traits>

#include <gtest/gtest.h>

namespace sealbus::base {
namespace {

template <typename T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};

TEST(Secret, CanBeNeitherCopiedNorPrintedNorCompared) {
  static_assert(!std::is_copy_constructible_v<Secret>);
  static_assert(!std::is_copy_assignable_v<Secret>);
  static_assert(!Printable<Secret>);
  static_assert(!std::equality_comparable<Secret>);
}

TEST(Secret, HoldsACopyOfItsBytes) {
  std::string text = "a secret";
  const Secret secret(as_bytes(text));
  text.assign("overwritten");
  EXPECT_EQ(as_text(secret.reveal()), "a secret");
}

TEST(Secret, BeginsAsZerosWhenOnlyItsSizeIsGiven) {
  const Secret secret(std::size_t{4});
  EXPECT_EQ(to_hex(secret.reveal()), "00000000");
}

TEST(Secret, IsEmptyAfterItWasMovedAway) {
  Secret from(as_bytes("a secret"));
  const Secret to(std::move(from));
  EXPECT_EQ(as_text(to.reveal()), "a secret");
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): that is what is asked
}

TEST(Secret, TakesAnothersPlaceAndLeavesThatEmpty) {
  Secret from(as_bytes("a secret"));
  Secret to(as_bytes("an older and longer one"));
  to = std::move(from);
  EXPECT_EQ(as_text(to.reveal()), "a secret");
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): that is what is asked
  EXPECT_TRUE(from.reveal().empty());
  Secret& itself = to;
  to = std::move(itself);
  EXPECT_EQ(as_text(to.reveal()), "a secret");
}

TEST(Secret, OfNoBytesIsEmptyAndEqualToNoBytes) {
  EXPECT_TRUE(Secret().empty());
  EXPECT_TRUE(Secret(ByteView{}).duplicate().empty());
  EXPECT_TRUE(equal_in_constant_time(Secret().reveal(), {}));
}

TEST(Secret, IsDuplicatedOnlyByName) {
  const Secret one(as_bytes("a secret"));
  const Secret two = one.duplicate();
  EXPECT_TRUE(equal_in_constant_time(one.reveal(), two.reveal()));
  EXPECT_NE(one.reveal().data(), two.reveal().data());
}

TEST(ConstantTime, ComparesLengthAndEveryByte) {
  const std::string text(32, 'a');
  EXPECT_TRUE(equal_in_constant_time(as_bytes(text), as_bytes(text)));
  EXPECT_FALSE(equal_in_constant_time(as_bytes(text), as_bytes(text).first(31)));
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string other = text;
    other[i] = 'b';
    EXPECT_FALSE(equal_in_constant_time(as_bytes(text), as_bytes(other))) << i;
  }
}

TEST(Wipe, LeavesNothingOfTheText) {
  std::string text = "a secret that is longer than what fits into the string itself";
  wipe(text);
  EXPECT_TRUE(text.empty());
  Bytes bytes = to_bytes("abc");
  wipe(bytes);
  EXPECT_EQ(bytes, Bytes(3));
}

}  // namespace
}  // namespace sealbus::base
