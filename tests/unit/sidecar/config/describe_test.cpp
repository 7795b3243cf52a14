#include "sidecar/config/describe.hpp"

#include "sidecar/config/address.hpp"
#include "tests/unit/sidecar/config/fixture.hpp"

namespace sealbus::settings {
namespace {

class DescribeTest : public LoadTest {};

TEST_F(DescribeTest, SaysOfSecretsOnlyHowLongTheyAreAndWhereTheyCameFrom) {
  const auto loaded = load_ingress(environment({{"JWT_SECRET", kSecret},
                                                {"SEALBUS_KEY_FILE", "conf/root.key"},
                                                {"SEALBUS_BUS", "ipc:///b"},
                                                {"SEALBUS_REGISTRATION", "open"}}));
  ASSERT_TRUE(loaded) << testing::PrintToString(lines_of(loaded));
  const std::string text = describe(*loaded);
  EXPECT_NE(text.find("key: set (59 bytes, from conf/root.key)\n"), std::string::npos) << text;
  EXPECT_NE(text.find("auth.providers[0].secret: set (32 bytes, from JWT_SECRET)\n"),
            std::string::npos);
  EXPECT_EQ(text.find(kSecret), std::string::npos);
  EXPECT_EQ(text.find("AQEB"), std::string::npos);
}

TEST_F(DescribeTest, KeepsEachSettingOnItsLine) {
  IngressConfig config;
  config.bus.listen = "a\nb\x1b[31m";
  for (const Setting& setting : effective(config)) {
    EXPECT_EQ(setting.value.find_first_of("\n\x1b"), std::string::npos) << setting.key;
  }
}

TEST_F(DescribeTest, WritesValuesAsTheyAreWrittenInAFile) {
  const std::vector<Setting> settings = effective(IngressConfig{});
  EXPECT_EQ(value_of(settings, "http.listen"), "0.0.0.0:3000");
  EXPECT_EQ(value_of(settings, "http.max_header"), "16KiB");
  EXPECT_EQ(value_of(settings, "auth.clock_skew"), "30s");
  EXPECT_EQ(value_of(settings, "auth.error_detail"), "full");
  EXPECT_EQ(value_of(settings, "auth.providers"), "[]");
  EXPECT_EQ(value_of(settings, "services"), "{}");
  EXPECT_EQ(value_of(settings, "state_dir"), "none");
}

// No test can see a field that no list of fields visits; this one does not compile when a struct
// has grown. Give the new field a key in ingress_fields.hpp or sidecar_fields.hpp, then count here.
TEST(Fields, AreAsManyAsTheListsOfFieldsVisit) {
  [[maybe_unused]] const auto& [a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12] =
      IngressConfig{};
  [[maybe_unused]] const auto& [b1, b2, b3, b4, b5, b6, b7, b8, b9, b10] = HttpConfig{};
  [[maybe_unused]] const auto& [c1, c2, c3, c4] = AuthConfig{};
  [[maybe_unused]] const auto& [d1, d2, d3, d4, d5, d6, d7] = ProviderConfig{};
  [[maybe_unused]] const auto& [e1, e2, e3, e4, e5, e6, e7, e8, e9, e10] = IngressBusConfig{};
  [[maybe_unused]] const auto& [f1, f2, f3] = GrantConfig{};
  [[maybe_unused]] const auto& [g1, g2, g3, g4, g5, g6, g7, g8, g9, g10, g11, g12] =
      SidecarConfig{};
  [[maybe_unused]] const auto& [h1, h2, h3, h4, h5, h6, h7] = SidecarBusConfig{};
  [[maybe_unused]] const auto& [i1, i2] = DeliverConfig{};
  [[maybe_unused]] const auto& [j1, j2] = LogConfig{};
  [[maybe_unused]] const auto& [o1] = AuditConfig{};
  [[maybe_unused]] const auto& [k1, k2] = PermissionsConfig{};
  [[maybe_unused]] const auto& [l1, l2, l3, l4, l5, l6, l7, l8, l9, l10, l11] =
      contract::Contract{};
  [[maybe_unused]] const auto& [m1, m2, m3, m4] = contract::Retry{};
  [[maybe_unused]] const auto& [n1, n2, n3] = contract::Subscription{};
  // The keys that these fields make, leaves only.
  EXPECT_EQ(known_ingress_keys().size(), 46U);
  EXPECT_EQ(known_sidecar_keys().size(), 38U);
}

template <typename Config>
std::vector<std::string> names(const Config& config) {
  std::vector<std::string> names;
  for (const Loosened& loosened : loosened(config)) {
    EXPECT_FALSE(loosened.meaning.empty());
    names.push_back(loosened.setting);
  }
  return names;
}

TEST(LoosenedIngress, IsNothingByDefault) { EXPECT_EQ(names(IngressConfig{}), Lines{}); }

TEST(LoosenedIngress, NamesEachSettingThatLoosens) {
  IngressConfig config;
  config.auth.development = true;
  config.auth.clock_skew = std::chrono::seconds(31);
  config.auth.providers.resize(2);
  config.auth.providers[1].permissions.wildcards = true;
  config.bus.plaintext = true;
  config.bus.clock_skew = std::chrono::seconds(31);
  config.admin.host = "0.0.0.0";
  config.registration = RegistrationMode::open;
  EXPECT_EQ(names(config),
            (Lines{"auth.development", "auth.clock_skew", "auth.providers[1].permissions.wildcards",
                   "bus.plaintext", "bus.clock_skew", "admin.listen", "registration"}));
}

TEST(LoosenedIngress, DoesNotNameWhatIsTighter) {
  IngressConfig config;
  config.auth.clock_skew = std::chrono::seconds(1);
  config.auth.error_detail = ErrorDetail::minimal;
  EXPECT_EQ(names(config), Lines{});
}

TEST(LoosenedSidecar, NamesEachSettingThatLoosens) {
  SidecarConfig config;
  EXPECT_EQ(names(config), Lines{});
  config.accept_development = true;
  config.bus.plaintext = true;
  config.bus.clock_skew = std::chrono::seconds(31);
  config.admin.host = "10.0.0.1";
  EXPECT_EQ(names(config),
            (Lines{"accept_development", "bus.plaintext", "bus.clock_skew", "admin.listen"}));
}

TEST(Addresses, AreReadAndWritten) {
  for (const char* text : {"0.0.0.0:3000", "localhost:0", "[::1]:65535", "my-host.example:1"}) {
    const auto address = parse_listen_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(to_text(*address), text);
  }
  for (const char* text : {"", ":", "3000", "host", "host:", ":3000", "host:65536", "host:-1",
                           "::1:3000", "[::1]", "[]:1", "[x]:1", "a b:1", "*:3000", "h:1 "}) {
    EXPECT_FALSE(parse_listen_address(text)) << text;
  }
}

TEST(Addresses, AreLoopbackOnlyWhenTheySurelyAre) {
  for (const char* host : {"127.0.0.1", "127.255.255.255", "::1", "localhost"}) {
    EXPECT_TRUE(is_loopback(host)) << host;
  }
  for (const char* host : {"", "0.0.0.0", "128.0.0.1", "127.1", "::", "::2", "localhost.example",
                           "127.0.0.1.example", "*", "ingress"}) {
    EXPECT_FALSE(is_loopback(host)) << host;
  }
}

}  // namespace
}  // namespace sealbus::settings
