#include "common/base/log.hpp"

#include <regex>

#include <gtest/gtest.h>

#include "common/base/refusal_log.hpp"
#include "tests/support/manual_clock.hpp"

namespace sealbus::log {
namespace {

using namespace std::chrono_literals;

class LogTest : public testing::Test {
 protected:
  ~LogTest() override { configure(Level::info, Format::text); }
  template <typename Write>
  static std::string written(Write write) {
    testing::internal::CaptureStderr();
    write();
    return testing::internal::GetCapturedStderr();
  }
};

TEST_F(LogTest, WritesTheTimeInUtcTheLevelAndTheMessageOnOneLine) {
  const std::string line = written([] { info("user {}", 7); });
  EXPECT_TRUE(std::regex_match(
      line, std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info    user 7\n)")))
      << line;
}

TEST_F(LogTest, WritesJsonWhenAsked) {
  configure(Level::info, Format::json);
  const std::string line = written([] { warning("a \"quoted\" word"); });
  EXPECT_TRUE(std::regex_match(
      line,
      std::regex(R"(\{"time":"[^"]+Z","level":"warning","message":"a \\"quoted\\" word"\}\n)")))
      << line;
}

TEST_F(LogTest, KeepsSilentBelowItsLevel) {
  configure(Level::warning, Format::text);
  EXPECT_EQ(written([] { info("x"); }), "");
  EXPECT_NE(written([] { warning("x"); }), "");
  configure(Level::off, Format::text);
  EXPECT_EQ(written([] { error("x"); }), "");
}

TEST(Escaped, LeavesReadableTextAlone) { EXPECT_EQ(escaped("Zoë|7 €"), "Zoë|7 €"); }

TEST(Escaped, MakesControlBytesQuotesAndBrokenTextVisible) {
  EXPECT_EQ(escaped("a\nb\r\x1b[31m\x7f\"\\"), R"(a\x0ab\x0d\x1b[31m\x7f\x22\x5c)");
  EXPECT_EQ(escaped("\xff\xc3"), R"(\xff\xc3)");
  EXPECT_EQ(escaped("\xc2\x9b"), R"(\xc2\x9b)");          // C1: a terminal's CSI
  EXPECT_EQ(escaped("\xe2\x80\xae"), R"(\xe2\x80\xae)");  // turns the direction of writing
}

TEST(Escaped, CutsWhatIsTooLong) {
  EXPECT_EQ(escaped("abcdef", 6), "abcdef");
  EXPECT_EQ(escaped("abcdefg", 6), "abcdef…");
}

TEST(Limiter, LetsABurstThroughAndThenCountsUntilTheIntervalIsOver) {
  const test::ManualClock clock;
  Limiter limiter(clock, 2, 10s);
  EXPECT_EQ(limiter.admit(), 0U);
  EXPECT_EQ(limiter.admit(), 0U);
  EXPECT_EQ(limiter.admit(), std::nullopt);
  EXPECT_EQ(limiter.admit(), std::nullopt);
}

TEST(Limiter, SaysAfterTheIntervalHowManyWereKeptSilent) {
  test::ManualClock clock;
  Limiter limiter(clock, 1, 10s);
  EXPECT_EQ(limiter.admit(), 0U);
  EXPECT_EQ(limiter.admit(), std::nullopt);
  clock.advance(9'999ms);
  EXPECT_EQ(limiter.admit(), std::nullopt);
  clock.advance(1ms);
  EXPECT_EQ(limiter.admit(), 2U);
}

TEST_F(LogTest, AFloodOfOneRefusalIsCountedWholeAndHidesNoOther) {
  const test::ManualClock clock;
  base::RefusalCounters counters;
  base::RefusalLog refusals("Bus", counters, clock);
  const std::string lines = written([&] {
    for (int i = 0; i < 100; ++i) refusals.add(base::Refusal::bad_tag, "message");
    refusals.add(base::Refusal::replayed, "message");
  });
  EXPECT_EQ(counters.of(base::Refusal::bad_tag), 100U);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 6);
  EXPECT_NE(lines.find("Bus: message refused: replayed: "), std::string::npos) << lines;
}

}  // namespace
}  // namespace sealbus::log
