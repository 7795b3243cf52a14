#include "common/bus/zap.hpp"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/common/bus/bus_fixture.hpp"

namespace sealbus::bus {
namespace {

using Texts = std::vector<std::string>;

CurveKey key_of(std::uint8_t filled_with) {
  CurveKey key;
  key.fill(std::byte{filled_with});
  return key;
}

class OneKey final : public Admission {
 public:
  bool admits(const CurveKey& key) const override { return key == key_of(7); }
  void turned_away(std::string_view, std::string_view) override {}
};

// A request that is admitted, to be changed in one place.
Texts good() { return {"1.0", "1", "sealbus", "10.0.0.1", "id", "CURVE", std::string(32, '\x07')}; }

ZapVerdict judge(const Texts& frames) {
  Message request;
  for (const std::string& frame : frames) request.push_back(Frame::copy(base::as_bytes(frame)));
  return judge_zap(request, OneKey());
}

// The status with which `change` makes a good request end.
std::string status_after(const std::function<void(Texts&)>& change) {
  Texts frames = good();
  change(frames);
  const ZapVerdict verdict = judge(frames);
  EXPECT_FALSE(verdict.why.empty());
  const Texts reply = test::texts(verdict.reply);
  EXPECT_EQ(reply.size(), 6U);
  EXPECT_EQ(reply[4], "") << "nobody is who was not admitted";
  return reply[2];
}

TEST(Zap, AdmitsAKeyThatIsAdmittedAndSaysWhoseItIs) {
  const ZapVerdict verdict = judge(good());
  EXPECT_EQ(verdict.why, "");
  EXPECT_EQ(test::texts(verdict.reply),
            (Texts{"1.0", "1", "200", "OK", user_id_of(key_of(7)), ""}));
}

TEST(Zap, AnswersUnderTheIdOfTheRequest) {
  Texts frames = good();
  frames[1] = std::string(255, 'r');
  EXPECT_EQ(test::texts(judge(frames).reply)[1], frames[1]);
  frames[5] = "NULL";
  EXPECT_EQ(test::texts(judge(frames).reply)[1], frames[1]);
}

TEST(Zap, TurnsAwayAnotherKey) {
  const auto change = [](Texts& frames) { frames[6].back() = '\x08'; };
  EXPECT_EQ(status_after(change), "400");
}

TEST(Zap, TurnsAwayEveryMechanismButCurve) {
  for (const char* mechanism : {"NULL", "PLAIN", "GSSAPI", "curve", "CURVE ", ""}) {
    EXPECT_EQ(status_after([&](Texts& frames) { frames[5] = mechanism; }), "400") << mechanism;
  }
  EXPECT_EQ(status_after([](Texts& frames) { frames = {"1.0", "1", "sealbus", "", "", "NULL"}; }),
            "500");
  EXPECT_EQ(status_after([](Texts& frames) {
              frames = {"1.0", "1", "sealbus", "", "", "PLAIN", "user", "password"};
            }),
            "400");
}

TEST(Zap, TurnsAwayAnotherDomain) {
  EXPECT_EQ(status_after([](Texts& frames) { frames[2] = ""; }), "400");
  EXPECT_EQ(status_after([](Texts& frames) { frames[2] = "sealbus2"; }), "400");
}

TEST(Zap, RefusesWhatIsNoRequest) {
  const std::vector<std::function<void(Texts&)>> changes = {
      [](Texts& frames) { frames.clear(); },
      [](Texts& frames) { frames.resize(1); },
      [](Texts& frames) { frames.pop_back(); },
      [](Texts& frames) { frames.push_back("x"); },
      [](Texts& frames) { frames[0] = "2.0"; },
      [](Texts& frames) { frames[0] = ""; },
      [](Texts& frames) { frames[0] = "1.0 "; },
      [](Texts& frames) { frames[1] = std::string(256, 'r'); },
      [](Texts& frames) { frames[3] = std::string(256, 'a'); },
      [](Texts& frames) { frames[4] = std::string(256, 'i'); },
      [](Texts& frames) { frames[6].pop_back(); },
      [](Texts& frames) { frames[6].push_back('\x07'); },
      [](Texts& frames) { frames[6].clear(); },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) EXPECT_EQ(status_after(changes[i]), "500") << i;
}

TEST(Zap, TakesTheLongestFields) {
  Texts frames = good();
  for (const std::size_t at : {1U, 3U, 4U}) frames[at] = std::string(255, 'x');
  EXPECT_EQ(judge(frames).why, "");
}

TEST(Zap, TellsTheAddressOfWhomItTurnedAway) {
  Texts frames = good();
  frames[6].back() = '\x08';
  EXPECT_EQ(judge(frames).address, "10.0.0.1");
}

TEST(UserId, IsAKeyAndBack) {
  const CurveKey key = key_of(0xab);
  EXPECT_EQ(key_of_user_id(user_id_of(key)), key);
  for (const std::string& text : {std::string(), std::string("ab"), std::string(63, 'a'),
                                  std::string(66, 'a'), std::string(64, 'g')}) {
    EXPECT_FALSE(key_of_user_id(text)) << text;
  }
}

}  // namespace
}  // namespace sealbus::bus
