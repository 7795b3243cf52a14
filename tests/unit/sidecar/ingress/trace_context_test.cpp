#include "sidecar/ingress/trace_context.hpp"

#include <gtest/gtest.h>

#include "tests/support/counting_random.hpp"

namespace sealbus::ingress {
namespace {

const std::string kTrace = "0af7651916cd43dd8448eb211c80319c";
const std::string kParent = "b7ad6b7169203331";
const std::string kGood = "00-" + kTrace + "-" + kParent + "-01";

std::string with(std::size_t at, const std::string& text) {
  std::string changed = kGood;
  return changed.replace(at, text.size(), text);
}

// What goes on of a header, with the parent id left out.
std::string passed_on(const std::string& header) {
  test::CountingRandom random;
  const auto received = parse_traceparent(header);
  if (!received) return "";
  const std::string out = to_traceparent(go_on(received, random));
  return out.substr(0, 36) + out.substr(52);
}

TEST(Traceparent, IsReadAndWritten) {
  const auto context = parse_traceparent(kGood);
  ASSERT_TRUE(context);
  EXPECT_EQ(to_traceparent(*context), kGood);
  EXPECT_EQ(trace_id_of(*context), kTrace);
  EXPECT_EQ(context->flags, 1U);
}

TEST(Traceparent, KeepsTraceAndFlagsAndNamesANewParent) {
  test::CountingRandom random;
  const auto received = parse_traceparent(kGood);
  const TraceContext on = go_on(received, random);
  EXPECT_EQ(on.trace_id, received->trace_id);
  EXPECT_EQ(on.flags, received->flags);
  EXPECT_NE(on.parent_id, received->parent_id);
  EXPECT_NE(go_on(received, random).parent_id, on.parent_id);
}

TEST(Traceparent, IsRefusedWhenItIsTooShortOrTooLong) {
  for (std::size_t size = 0; size < kGood.size(); ++size) {
    EXPECT_FALSE(parse_traceparent(kGood.substr(0, size))) << size;
  }
  EXPECT_FALSE(parse_traceparent(kGood + "-"));
  EXPECT_FALSE(parse_traceparent(kGood + "-what-the-future-will-be-like"));
  EXPECT_FALSE(parse_traceparent(kGood + "."));
  EXPECT_FALSE(parse_traceparent(" " + kGood.substr(1)));
}

TEST(Traceparent, IsRefusedWhenAnyCharacterIsAnother) {
  for (std::size_t at = 0; at < kGood.size(); ++at) {
    EXPECT_FALSE(parse_traceparent(with(at, "."))) << at;
    EXPECT_FALSE(parse_traceparent(with(at, "g"))) << at;
    EXPECT_FALSE(parse_traceparent(with(at, "A"))) << at;  // in upper case
    EXPECT_FALSE(parse_traceparent(with(at, std::string(1, '\0')))) << at;
  }
}

TEST(Traceparent, IsRefusedWithAnIdOfZeros) {
  EXPECT_FALSE(parse_traceparent(with(3, std::string(32, '0'))));
  EXPECT_FALSE(parse_traceparent(with(36, std::string(16, '0'))));
  EXPECT_TRUE(parse_traceparent(with(3, std::string(31, '0') + "1")));
  EXPECT_TRUE(parse_traceparent(with(36, std::string(15, '0') + "1")));
}

TEST(Traceparent, IsRefusedInTheVersionThatThereWillNeverBe) {
  EXPECT_FALSE(parse_traceparent(with(0, "ff")));
  EXPECT_TRUE(parse_traceparent(with(0, "fe")));
}

TEST(Traceparent, OfALaterVersionIsTakenForWhatIsKnownOfIt) {
  const std::string later = with(0, "cc");
  const std::string expected = "00-" + kTrace + "--01";
  EXPECT_EQ(passed_on(later), expected);
  EXPECT_EQ(passed_on(later + "-"), expected);
  EXPECT_EQ(passed_on(later + "-what-the-future-will-be-like"), expected);
  EXPECT_FALSE(parse_traceparent(later + "."));
  EXPECT_FALSE(parse_traceparent(later + "what-the-future-will-not-be-like"));
  EXPECT_FALSE(parse_traceparent(later.substr(0, 54)));
}

TEST(Traceparent, PassesOnOnlyFlagsThatHaveAMeaning) {
  EXPECT_EQ(passed_on(with(53, "00")).substr(37), "00");
  EXPECT_EQ(passed_on(with(53, "03")).substr(37), "03");
  EXPECT_EQ(passed_on(with(53, "ff")).substr(37), "03");
}

TEST(Traceparent, OfATraceThatBeginsHereIsNotSampledAndHasIdsOfItsOwn) {
  test::CountingRandom random;
  const TraceContext first = go_on(std::nullopt, random);
  const TraceContext second = go_on(std::nullopt, random);
  EXPECT_EQ(first.flags, 0U);
  EXPECT_NE(first.trace_id, second.trace_id);
  EXPECT_NE(first.parent_id, second.parent_id);
  EXPECT_EQ(parse_traceparent(to_traceparent(first)), first);
}

class ZeroRandom final : public base::Random {
 public:
  void fill(std::span<std::byte> out) override { std::fill(out.begin(), out.end(), std::byte{0}); }
};

TEST(Traceparent, NeverHasAnIdOfZeros) {
  ZeroRandom random;
  EXPECT_TRUE(parse_traceparent(to_traceparent(go_on(std::nullopt, random))));
}

}  // namespace
}  // namespace sealbus::ingress
