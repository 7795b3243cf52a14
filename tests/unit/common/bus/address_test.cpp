#include "common/bus/address.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace sealbus::bus {
namespace {

class GoodEndpoints : public testing::TestWithParam<const char*> {};

TEST_P(GoodEndpoints, AreTheSameAfterTakingThemApart) {
  const auto address = parse_address(GetParam());
  ASSERT_TRUE(address) << address.error().message;
  EXPECT_EQ(to_endpoint(*address), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Table, GoodEndpoints,
                         testing::Values("tcp://127.0.0.1:5570", "tcp://0.0.0.0:0", "tcp://*:*",
                                         "tcp://[::1]:5570", "tcp://ingress:65535",
                                         "ipc:///run/sealbus/users", "ipc://relative"));

class BadEndpoints : public testing::TestWithParam<const char*> {};

TEST_P(BadEndpoints, AreErrorsThatShowThem) {
  const auto address = parse_address(GetParam());
  ASSERT_FALSE(address);
  EXPECT_NE(address.error().message.find(GetParam()), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Table, BadEndpoints,
                         testing::Values("", "tcp://", "tcp://host", "tcp://host:", "tcp://:1",
                                         "tcp://host:65536", "tcp://host:-1", "tcp://host:1x",
                                         "tcp://::1:5570", "tcp://[]:1", "udp://host:1",
                                         "inproc://x", "ipc://", "ipc://@abstract", "ipc://*",
                                         "host:5570", "tcp:"));

TEST(Resolve, LeavesNumbersAndFilesAsTheyAre) {
  for (const char* endpoint : {"tcp://127.0.0.1:1", "tcp://[::1]:1", "tcp://*:0", "ipc:///tmp/x"}) {
    const auto resolved = resolve(endpoint);
    ASSERT_TRUE(resolved) << resolved.error().message;
    EXPECT_EQ(*resolved, std::vector<std::string>{endpoint});
  }
}

TEST(Resolve, LooksUpAName) {
  const auto resolved = resolve("tcp://localhost:5570");
  ASSERT_TRUE(resolved) << resolved.error().message;
  const auto has = [&](const char* endpoint) {
    return std::find(resolved->begin(), resolved->end(), endpoint) != resolved->end();
  };
  EXPECT_TRUE(has("tcp://127.0.0.1:5570") || has("tcp://[::1]:5570"));
}

TEST(Resolve, SaysWhichNameHasNoAddress) {
  const auto resolved = resolve("tcp://no-such-host.invalid:1");
  ASSERT_FALSE(resolved);
  EXPECT_NE(resolved.error().message.find("no-such-host.invalid"), std::string::npos);
}

}  // namespace
}  // namespace sealbus::bus
