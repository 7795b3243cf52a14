#include "common/wire/writer.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace sealbus::wire {
namespace {

std::string hex(Writer& writer) { return base::to_hex(writer.take()); }

TEST(Writer, WritesIntegersInTheirShortestForm) {
  Writer writer;
  EXPECT_EQ(hex(writer.unsigned_integer(0)), "00");
  EXPECT_EQ(hex(writer.unsigned_integer(127)), "7f");
  EXPECT_EQ(hex(writer.unsigned_integer(128)), "cc80");
  EXPECT_EQ(hex(writer.unsigned_integer(256)), "cd0100");
  EXPECT_EQ(hex(writer.unsigned_integer(65'536)), "ce00010000");
  EXPECT_EQ(hex(writer.unsigned_integer(std::numeric_limits<std::uint64_t>::max())),
            "cfffffffffffffffff");
  EXPECT_EQ(hex(writer.integer(5)), "05");
  EXPECT_EQ(hex(writer.integer(200)), "ccc8");
  EXPECT_EQ(hex(writer.integer(-32)), "e0");
  EXPECT_EQ(hex(writer.integer(-33)), "d0df");
  EXPECT_EQ(hex(writer.integer(-129)), "d1ff7f");
}

TEST(Writer, WritesTextAsStrAndBytesAsBin) {
  Writer writer;
  EXPECT_EQ(hex(writer.text("a")), "a161");
  EXPECT_EQ(hex(writer.bin(base::as_bytes("a"))), "c40161");
  EXPECT_EQ(hex(writer.text("")), "a0");
  EXPECT_EQ(hex(writer.bin({})), "c400");
}

TEST(Writer, WritesTheRest) {
  Writer writer;
  EXPECT_EQ(hex(writer.nil().boolean(true).boolean(false)), "c0c3c2");
  EXPECT_EQ(hex(writer.map(1).text("a").array(2).nil().nil()), "81a16192c0c0");
  EXPECT_EQ(hex(writer.array(15)), "9f");
  EXPECT_EQ(hex(writer.array(16)), "dc0010");
  EXPECT_EQ(hex(writer.map(16)), "de0010");
  EXPECT_EQ(hex(writer.encoded(base::as_bytes("\x05"))), "05");
}

TEST(Writer, IsEmptyAfterItWasTaken) {
  Writer writer;
  writer.nil();
  EXPECT_EQ(writer.take().size(), 1U);
  EXPECT_EQ(writer.take().size(), 0U);
}

}  // namespace
}  // namespace sealbus::wire
