#include "common/base/log.hpp"

#include <algorithm>
#include <atomic>
#include <sstream>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "common/base/bytes.hpp"
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

// Each digit as a zero, so that lines can be compared whatever the time.
std::string zeroed(std::string line) {
  for (char& c : line) c = c >= '0' && c <= '9' ? '0' : c;
  return line;
}

TEST_F(LogTest, WritesTheTimeInUtcTheLevelAndTheMessageOnOneLine) {
  EXPECT_EQ(zeroed(written([] { info("user {}", 7); })),
            "0000-00-00T00:00:00.000Z info    user 0\n");
}

TEST_F(LogTest, WritesJsonWhenAsked) {
  configure(Level::info, Format::json);
  EXPECT_EQ(zeroed(written([] { warning("a \"quoted\" word"); })),
            R"({"time":"0000-00-00T00:00:00.000Z","level":"warning","message":"a \"quoted\" word"})"
            "\n");
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

TEST(Escaped, CutsBetweenCharactersOnly) {
  EXPECT_EQ(escaped("aé", 3), "aé");
  EXPECT_EQ(escaped("aé", 2), "a…");
  EXPECT_EQ(escaped("😀b", 4), "😀…");
  EXPECT_EQ(escaped("😀b", 3), "…");
  EXPECT_EQ(escaped("a", 0), "…");
  EXPECT_EQ(escaped("", 0), "");
}

TEST(Escaped, EscapesEachCharacterThatCouldEndALineOrRuleATerminal) {
  for (unsigned byte = 0; byte < 0x80; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    const bool harmless = byte >= 0x20 && byte != 0x7f && byte != '"' && byte != '\\';
    EXPECT_EQ(escaped(text), harmless ? text : fmt::format("\\x{:02x}", byte)) << byte;
  }
  for (unsigned low = 0x80; low <= 0xbf; ++low) {
    const std::string text{'\xc2', static_cast<char>(low)};
    EXPECT_EQ(escaped(text), low >= 0xa0 ? text : fmt::format("\\xc2\\x{:02x}", low)) << low;
  }
  for (const char* text : {"\u2028", "\u2029", "\u202a", "\u202e", "\u2066", "\u2069"}) {
    EXPECT_TRUE(escaped(text).starts_with("\\xe2\\x8")) << text;
  }
  for (const char* text : {"\u2027", "\u202f", "\u2065", "\u206a"}) EXPECT_EQ(escaped(text), text);
}

TEST(Escaped, GivesWellFormedTextWhateverItIsGiven) {
  std::string bytes;
  for (unsigned i = 0; i < 4'096; ++i) bytes.push_back(static_cast<char>(i * i * 17 + i / 256));
  for (std::size_t from = 0; from < bytes.size(); from += 3) {
    const std::string shown = escaped(std::string_view(bytes).substr(from), 97);
    EXPECT_TRUE(base::is_utf8(shown)) << from;
    EXPECT_EQ(shown.find('\n'), std::string::npos) << from;
  }
}

TEST_F(LogTest, StaysWellFormedJsonWhateverTheMessageHolds) {
  configure(Level::info, Format::json);
  const std::string line = written([] { info("{}", "a\nb\xff\x1b\""); });
  EXPECT_NE(line.find("a\\u000ab\xef\xbf\xbd\\u001b\\\""), std::string::npos) << line;
  EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST_F(LogTest, NamesTheRequestThatItIsAboutInJsonAndOnlyThere) {
  const auto about = [] {
    const RequestScope scope("req-\"1", "0af7");
    info("x");
  };
  EXPECT_EQ(zeroed(written(about)), "0000-00-00T00:00:00.000Z info    x\n");
  configure(Level::info, Format::json);
  EXPECT_NE(written(about).find(R"("message":"x","request_id":"req-\"1","trace_id":"0af7"})"),
            std::string::npos);
}

TEST_F(LogTest, IsAboutTheOuterRequestAgainWhenTheInnerOneIsDone) {
  configure(Level::info, Format::json);
  const std::string lines = written([] {
    const RequestScope outer("outer", "");
    { const RequestScope inner("inner", ""); }
    info("x");
    std::thread([] { info("y"); }).join();
  });
  EXPECT_NE(lines.find(R"("message":"x","request_id":"outer"})"), std::string::npos) << lines;
  EXPECT_NE(lines.find(R"("message":"y"})"), std::string::npos) << lines;
}

TEST_F(LogTest, AppendsALineWithItsOwnTime) {
  std::string out = "before\n";
  append_line(out, Level::info, base::from_millis(1'767'225'600'123), "x");
  EXPECT_EQ(out, "before\n2026-01-01T00:00:00.123Z info    x\n");
}

TEST_F(LogTest, WritesWholeLinesHoweverManyAndHoweverLong) {
  std::string lines;
  for (int i = 0; i < 500; ++i) lines += std::string(static_cast<std::size_t>(i), 'x') + "\n";
  lines += std::string(10'000, 'y') + "\nlast";
  EXPECT_EQ(written([&] { write_lines(lines); }), lines);
}

TEST(LevelNames, AreFoundAgain) {
  for (const Level level : {Level::debug, Level::info, Level::warning, Level::error, Level::off}) {
    EXPECT_EQ(level_named(name(level)), level);
  }
  EXPECT_FALSE(level_named("INFO"));
  EXPECT_FALSE(level_named(""));
}

TEST_F(LogTest, WritesWholeLinesFromManyThreads) {
  const std::string lines = written([] {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([t] {
        for (int i = 0; i < 200; ++i) info("thread {} says {}", t, std::string(100, 'x'));
      });
    }
  });
  std::istringstream in(lines);
  std::size_t count = 0;
  for (std::string line; std::getline(in, line); ++count) {
    ASSERT_TRUE(line.ends_with(" says " + std::string(100, 'x'))) << line;
    ASSERT_EQ(line.find('Z'), 23U) << line;
  }
  EXPECT_EQ(count, 800U);
}

TEST(Limiter, CountsOnceWhatManyThreadsCause) {
  test::ManualClock clock;
  Limiter limiter(clock, 3, 10s);
  std::atomic<int> written{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 1'000; ++i) written += limiter.admit() ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(written, 3);
  clock.advance(10s);
  EXPECT_EQ(limiter.admit(), 3'997U);
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
