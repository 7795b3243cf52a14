#include "common/http/chunked.hpp"

#include <gtest/gtest.h>

namespace sealbus::http {
namespace {

using base::ByteCount;
using base::Refusal;

constexpr std::string_view kMessage = "5\r\nhello\r\n1\r\n,\r\n00A\r\n 123456789\r\n0\r\n\r\n";

TEST(Chunked, JoinsTheChunks) {
  ChunkedDecoder decoder(ByteCount{100});
  std::string body;
  const auto used = decoder.decode(kMessage, body);
  ASSERT_TRUE(used);
  EXPECT_EQ(*used, kMessage.size());
  EXPECT_TRUE(decoder.done());
  EXPECT_EQ(body, "hello, 123456789");
}

TEST(Chunked, DoesNotCareWhereReadsEnd) {
  for (std::size_t step = 1; step < kMessage.size(); ++step) {
    ChunkedDecoder decoder(ByteCount{100});
    std::string body;
    for (std::size_t at = 0; at < kMessage.size(); at += step) {
      EXPECT_FALSE(decoder.done());
      ASSERT_TRUE(decoder.decode(kMessage.substr(at, step), body));
    }
    EXPECT_TRUE(decoder.done());
    EXPECT_EQ(body, "hello, 123456789") << step;
  }
}

TEST(Chunked, LeavesWhatFollowsTheMessage) {
  ChunkedDecoder decoder(ByteCount{100});
  std::string body;
  const auto used = decoder.decode(std::string(kMessage) + "GET / HTTP/1.1", body);
  ASSERT_TRUE(used);
  EXPECT_EQ(*used, kMessage.size());
}

TEST(Chunked, AcceptsABodyOfExactlyTheLimit) {
  ChunkedDecoder decoder(ByteCount{16});
  std::string body;
  EXPECT_TRUE(decoder.decode(kMessage, body));
  EXPECT_TRUE(decoder.done());
}

TEST(Chunked, RefusesOneByteMoreAsSoonAsItIsAnnounced) {
  ChunkedDecoder decoder(ByteCount{15});
  std::string body;
  const auto used = decoder.decode("5\r\nhello\r\n1\r\n,\r\n00A\r\n", body);
  ASSERT_FALSE(used);
  EXPECT_EQ(used.error().refusal, Refusal::payload_too_large);
  EXPECT_EQ(body, "hello,");
}

TEST(Chunked, RefusesSizesThatWouldOverflow) {
  ChunkedDecoder decoder(ByteCount{UINT64_MAX});
  std::string body;
  const auto used = decoder.decode("fffffffff\r\n", body);
  ASSERT_FALSE(used);
  EXPECT_EQ(used.error().refusal, Refusal::bad_request);
}

TEST(Chunked, EveryByteOfTheFramingMatters) {
  // Not the data, and not digits that only make another size.
  for (const std::size_t at :
       {1U, 2U, 8U, 9U, 11U, 12U, 14U, 15U, 19U, 20U, 31U, 32U, 34U, 35U, 36U, 37U}) {
    std::string changed(kMessage);
    changed[at] = '!';
    ChunkedDecoder decoder(ByteCount{100});
    std::string body;
    EXPECT_FALSE(decoder.decode(changed, body)) << at;
  }
}

}  // namespace
}  // namespace sealbus::http
