#include "common/bus/frame.hpp"

#include <thread>
#include <utility>

#include <gtest/gtest.h>

namespace sealbus::bus {
namespace {

TEST(Frame, OfNoBytesIsEmpty) {
  EXPECT_EQ(Frame().size(), 0U);
  EXPECT_EQ(Frame::copy({}).size(), 0U);
  EXPECT_EQ(Frame::sized(0).size(), 0U);
}

TEST(Frame, HoldsACopyWhateverItsSize) {
  for (const std::size_t size : {1U, 32U, 33U, 34U, 64U, 8'192U, 1'000'000U}) {
    std::string text(size, 'x');
    const Frame frame = Frame::copy(base::as_bytes(text));
    text.assign(size, 'y');
    EXPECT_EQ(base::as_text(frame.view()), std::string(size, 'x'));
  }
}

TEST(Frame, IsWrittenInPlace) {
  Frame frame = Frame::sized(3);
  frame.writable()[0] = std::byte{'a'};
  frame.writable()[1] = std::byte{'b'};
  frame.writable()[2] = std::byte{'c'};
  EXPECT_EQ(base::as_text(frame.view()), "abc");
}

TEST(Frame, LeavesAnEmptyOneBehindWhenItIsMoved) {
  for (const char* text : {"short", "longer than what fits into the message itself, by far"}) {
    Frame from = Frame::copy(base::as_bytes(text));
    Frame to = std::move(from);
    EXPECT_EQ(base::as_text(to.view()), text);
    EXPECT_EQ(from.size(), 0U);  // NOLINT(bugprone-use-after-move): that is what is tested
    from = std::move(to);
    EXPECT_EQ(base::as_text(from.view()), text);
    Frame& self = from;
    from = std::move(self);
    EXPECT_EQ(base::as_text(from.view()), text);
  }
}

TEST(Frame, MayBeMadeInOneThreadAndDroppedInAnother) {
  Frame frame = Frame::copy(base::as_bytes(std::string(1'000, 'x')));
  std::thread([taken = std::move(frame)] { EXPECT_EQ(taken.size(), 1'000U); }).join();
}

TEST(Message, IsMadeOfCopiesInTheirOrder) {
  const Message message =
      message_of({base::as_bytes("seal"), base::as_bytes(""), base::as_bytes("payload")});
  ASSERT_EQ(message.size(), 3U);
  EXPECT_EQ(base::as_text(message[0].view()), "seal");
  EXPECT_EQ(base::as_text(message[1].view()), "");
  EXPECT_EQ(base::as_text(message[2].view()), "payload");
  EXPECT_EQ(size_of(message).value, 11U);
}

}  // namespace
}  // namespace sealbus::bus
