#include "sidecar/config/environment.hpp"

#include "tests/unit/sidecar/config/fixture.hpp"

namespace sealbus::settings {
namespace {

const Environment kIngress = {{"DEVELOPMENT_AUTH_ENABLED", "true"},
                              {"SEALBUS_BUS", "tcp://127.0.0.1:5570"},
                              {"SEALBUS_KEY", kRootKey},
                              {"SEALBUS_REGISTRATION", "open"}};
const Environment kSidecar = {{"SEALBUS_SERVICE", "users"},
                              {"SEALBUS_BUS", "tcp://127.0.0.1:1, tcp://127.0.0.1:2"},
                              {"SEALBUS_KEY", kUsersKey},
                              {"SEALBUS_DELIVER", "ipc:///run/users"}};

Environment with(Environment environment, const Environment& more) {
  for (const auto& [name, text] : more) environment[name] = text;
  return environment;
}

class EnvironmentTest : public LoadTest {
 protected:
  LoadResult<IngressConfig> ingress(const Environment& more = {}) {
    return load_ingress(environment(with(kIngress, more)));
  }
  LoadResult<SidecarConfig> sidecar(const Environment& more = {}) {
    return load_sidecar(environment(with(kSidecar, more)));
  }
};

TEST_F(EnvironmentTest, IsEnoughForAnIngress) {
  const auto loaded = ingress();
  ASSERT_TRUE(loaded) << testing::PrintToString(lines_of(loaded));
  EXPECT_TRUE(loaded->auth.development);
  EXPECT_EQ(loaded->bus.listen, "tcp://127.0.0.1:5570");
  EXPECT_EQ(loaded->registration, RegistrationMode::open);
  EXPECT_EQ(loaded->key.current.origin, "SEALBUS_KEY");
}

TEST_F(EnvironmentTest, IsEnoughForASidecar) {
  const auto loaded = sidecar({{"SEALBUS_CONTRACTS", "[{name: A}]"},
                               {"SEALBUS_SUBSCRIBE", "[{event: orders.OrderPlaced}]"},
                               {"SEALBUS_ACCEPT_DEVELOPMENT", "true"}});
  ASSERT_TRUE(loaded) << testing::PrintToString(lines_of(loaded));
  EXPECT_EQ(loaded->service, "users");
  EXPECT_EQ(loaded->bus.connect,
            (std::vector<std::string>{"tcp://127.0.0.1:1", "tcp://127.0.0.1:2"}));
  EXPECT_EQ(loaded->contracts.at(0).name, "A");
  EXPECT_EQ(loaded->subscribe.at(0).event, "orders.OrderPlaced");
  EXPECT_TRUE(loaded->accept_development);
}

TEST_F(EnvironmentTest, WinsOverTheFile) {
  const std::string text =
      "http: {listen: 0.0.0.0:1}\nauth: {development: true, error_detail: full}\n"
      "bus: {listen: tcp://127.0.0.1:1}\nkey: {file: none.key}\nservices: {a: {}}\nlog: {level: "
      "debug}\n";
  const auto loaded = load_ingress(file(text, {{"SEALBUS_HTTP", "127.0.0.1:2"},
                                               {"SEALBUS_BUS", "tcp://127.0.0.1:2"},
                                               {"SEALBUS_KEY", kRootKey},
                                               {"SEALBUS_ERROR_DETAIL", "minimal"},
                                               {"SEALBUS_SERVICES", "{b: {routes: /b}}"},
                                               {"SEALBUS_LOG_LEVEL", "error"},
                                               {"SEALBUS_LOG_FORMAT", "json"},
                                               {"SEALBUS_ADMIN", "127.0.0.1:9"},
                                               {"SEALBUS_DRAIN", "1s"}}));
  ASSERT_TRUE(loaded) << testing::PrintToString(lines_of(loaded));
  EXPECT_EQ(loaded->http.listen.port, 2);
  EXPECT_EQ(loaded->bus.listen, "tcp://127.0.0.1:2");
  EXPECT_EQ(loaded->key.current.origin, "SEALBUS_KEY");
  EXPECT_EQ(loaded->auth.error_detail, ErrorDetail::minimal);
  EXPECT_TRUE(loaded->services.contains("b"));
  EXPECT_FALSE(loaded->services.contains("a"));
  EXPECT_EQ(loaded->log.level, log::Level::error);
  EXPECT_EQ(loaded->log.format, log::Format::json);
  EXPECT_EQ(loaded->admin.port, 9);
  EXPECT_EQ(loaded->drain, std::chrono::seconds(1));
}

TEST_F(EnvironmentTest, EveryKnownVariableChangesSomething) {
  files_["a.key"] = kRootKey;
  files_["secret"] = kSecret;
  const std::map<std::string, std::string> others = {{"SEALBUS_ADMIN", "127.0.0.1:9"},
                                                     {"SEALBUS_ADMIN_HOSTS", "a,b"},
                                                     {"SEALBUS_AUDIT_FILE", "a.jsonl"},
                                                     {"SEALBUS_BUS_PLAINTEXT", "true"},
                                                     {"SEALBUS_DRAIN", "1s"},
                                                     {"SEALBUS_LOG_FORMAT", "json"},
                                                     {"SEALBUS_LOG_LEVEL", "off"},
                                                     {"SEALBUS_KEY_FILE", "a.key"},
                                                     {"SEALBUS_ERROR_DETAIL", "minimal"},
                                                     {"SEALBUS_HTTP", "127.0.0.1:9"},
                                                     {"SEALBUS_STATE_DIR", "/x"},
                                                     {"SEALBUS_SERVICES", "{a: {}}"},
                                                     {"JWT_SECRET", kSecret},
                                                     {"JWT_SECRET_FILE", "secret"},
                                                     {"SEALBUS_ACCEPT_DEVELOPMENT", "true"},
                                                     {"SEALBUS_CONTRACTS", "[{name: A}]"},
                                                     {"SEALBUS_SUBSCRIBE", "[{event: a.B}]"},
                                                     {"SEALBUS_TAP", "ipc:///run/users.tap"}};
  // Set in the starting environment, needing another variable, or refused: tested on their own.
  const std::set<std::string> elsewhere = {
      "DEVELOPMENT_AUTH_ENABLED", "SEALBUS_BUS",   "SEALBUS_KEY",  "SEALBUS_REGISTRATION",
      "SEALBUS_SERVICE",          "JWT_ISSUER",    "JWT_AUDIENCE", "JWKS_URI",
      "SEALBUS_DELIVER",          "SEALBUS_CONFIG"};
  const std::string before_ingress = describe(*ingress());
  const std::string before_sidecar = describe(*sidecar());
  for (const Role role : {Role::ingress, Role::sidecar}) {
    for (const std::string& name : known_variables(role)) {
      if (elsewhere.contains(name)) continue;
      ASSERT_TRUE(others.contains(name)) << name << " needs a value in this test";
      Environment environment = role == Role::ingress ? kIngress : kSidecar;
      if (name == "SEALBUS_KEY_FILE") environment.erase("SEALBUS_KEY");
      files_["a.key"] = role == Role::ingress ? kRootKey : kUsersKey;
      environment[name] = others.at(name);
      if (role == Role::ingress) {
        const auto loaded = load_ingress(this->environment(environment));
        ASSERT_TRUE(loaded) << name << testing::PrintToString(lines_of(loaded));
        EXPECT_NE(describe(*loaded), before_ingress) << name;
      } else {
        const auto loaded = load_sidecar(this->environment(environment));
        ASSERT_TRUE(loaded) << name << testing::PrintToString(lines_of(loaded));
        EXPECT_NE(describe(*loaded), before_sidecar) << name;
      }
    }
  }
}

TEST_F(EnvironmentTest, RefusesUnknownVariablesOfOurs) {
  EXPECT_EQ(lines_of(ingress({{"SEALBUS_HTPT", "x"},
                              {"SEALBUS_COLOUR_SCHEME_OF_LOGS", "red"},
                              {"PATH", "/bin"},
                              {"JWT_SECRETS", "x"}})),
            (Lines{"SEALBUS_COLOUR_SCHEME_OF_LOGS: unknown variable",
                   "SEALBUS_HTPT: unknown variable; did you mean 'SEALBUS_HTTP'?"}));
}

TEST_F(EnvironmentTest, RefusesVariablesOfTheOtherRole) {
  EXPECT_EQ(lines_of(ingress({{"SEALBUS_DELIVER", "ipc:///x"}})),
            Lines{"SEALBUS_DELIVER: only a sidecar has this variable, and this is an ingress"});
  EXPECT_EQ(lines_of(sidecar({{"SEALBUS_STATE_DIR", "/x"}})),
            Lines{"SEALBUS_STATE_DIR: only an ingress has this variable, and this is a sidecar"});
}

TEST_F(EnvironmentTest, RefusesVariablesThatAreSetButEmpty) {
  for (const char* name : {"JWT_SECRET", "JWT_AUDIENCE", "JWT_ISSUER", "JWKS_URI", "SEALBUS_HTTP",
                           "DEVELOPMENT_AUTH_ENABLED"}) {
    const Lines lines = lines_of(ingress({{name, ""}}));
    ASSERT_FALSE(lines.empty()) << name;
    EXPECT_EQ(lines[0],
              std::string(name) + ": is set but empty; give it a value, or do not set it");
  }
}

TEST_F(EnvironmentTest, RefusesBothFormsOfOneSetting) {
  EXPECT_EQ(lines_of(ingress({{"SEALBUS_KEY_FILE", "conf/root.key"}})),
            Lines{"SEALBUS_KEY: SEALBUS_KEY_FILE is set as well; keep one"});
  files_["secret"] = kSecret;
  EXPECT_EQ(lines_of(ingress({{"JWT_SECRET", kSecret}, {"JWT_SECRET_FILE", "secret"}})),
            Lines{"JWT_SECRET: JWT_SECRET_FILE is set as well; keep one"});
}

TEST_F(EnvironmentTest, NamesTheVariableThatIsWrong) {
  EXPECT_EQ(lines_of(ingress({{"DEVELOPMENT_AUTH_ENABLED", "yes"}})),
            Lines{"DEVELOPMENT_AUTH_ENABLED: expected true or false; found 'yes'"});
  EXPECT_EQ(lines_of(sidecar({{"SEALBUS_DELIVER", "tcp://0.0.0.0:1"}})).at(0).substr(0, 17),
            "SEALBUS_DELIVER: ");
}

TEST_F(EnvironmentTest, GivesPlacesInsideOfInlineYaml) {
  EXPECT_EQ(lines_of(sidecar({{"SEALBUS_CONTRACTS", "[{name: A, pubic: true}]"}})),
            Lines{"SEALBUS_CONTRACTS:1:12: contracts[0].pubic: unknown key; did you mean "
                  "'public'?"});
  EXPECT_EQ(lines_of(sidecar({{"SEALBUS_CONTRACTS", "[{name: A"}})).at(0).substr(0, 18),
            "SEALBUS_CONTRACTS:");
  EXPECT_EQ(lines_of(sidecar({{"SEALBUS_CONTRACTS", "name: A"}})),
            Lines{"SEALBUS_CONTRACTS:1:1: contracts: expected a list of maps; found a map"});
}

TEST_F(EnvironmentTest, DescribesOneProvider) {
  const auto loaded =
      ingress({{"JWT_SECRET", kSecret}, {"JWT_ISSUER", "https://x/"}, {"JWT_AUDIENCE", "me"}});
  ASSERT_TRUE(loaded) << testing::PrintToString(lines_of(loaded));
  ASSERT_EQ(loaded->auth.providers.size(), 1U);
  const ProviderConfig& provider = loaded->auth.providers[0];
  EXPECT_EQ(provider.issuer, "https://x/");
  EXPECT_EQ(provider.audience, std::vector<std::string>{"me"});
  EXPECT_EQ(provider.secret_origin, "JWT_SECRET");
  EXPECT_EQ(base::as_text(provider.secret->reveal()), kSecret);
}

TEST_F(EnvironmentTest, SpeaksOfTheFilesOnlyProvider) {
  const auto loaded = load_ingress(
      file("auth: {providers: [{issuer: a, secret: {file: none}, require_exp: true}]}\nservices: "
           "{a: {}}",
           {{"SEALBUS_KEY", kRootKey}, {"SEALBUS_BUS", "ipc:///b"}, {"JWT_SECRET", kSecret}}));
  ASSERT_TRUE(loaded) << testing::PrintToString(lines_of(loaded));
  EXPECT_EQ(loaded->auth.providers.at(0).issuer, "a");
  EXPECT_TRUE(loaded->auth.providers.at(0).require_exp);
  EXPECT_EQ(loaded->auth.providers.at(0).secret_origin, "JWT_SECRET");
}

TEST_F(EnvironmentTest, CannotChooseAmongSeveralProviders) {
  const std::string provider = "secret: " + kSecret + "}";
  const Lines lines = lines_of(load_ingress(
      file("auth: {providers: [{issuer: a, " + provider + ", {issuer: b, " + provider +
               "]}\nservices: {a: {}}",
           {{"SEALBUS_KEY", kRootKey}, {"SEALBUS_BUS", "ipc:///b"}, {"JWT_AUDIENCE", "x"}})));
  EXPECT_EQ(lines, Lines{"JWT_AUDIENCE: auth.providers has several entries; a variable can only "
                         "speak of one"});
}

TEST_F(EnvironmentTest, DoesNotHideWhatIsWrongInTheFile) {
  EXPECT_EQ(lines_of(load_ingress(file("bus: text\n", kIngress))),
            Lines{"conf/x.yaml:1:6: bus: expected a map of keys; found text"});
  EXPECT_FALSE(load_ingress(file("[]\n", kIngress)));
}

TEST_F(EnvironmentTest, NamesTheFile) {
  files_["conf/x.yaml"] = "drain: 7s\n";
  const auto loaded = ingress({{"SEALBUS_CONFIG", "conf/x.yaml"}});
  ASSERT_TRUE(loaded) << testing::PrintToString(lines_of(loaded));
  EXPECT_EQ(loaded->drain, std::chrono::seconds(7));
}

TEST_F(EnvironmentTest, TellsTheRole) {
  EXPECT_EQ(role_of(environment(kSidecar)), Role::sidecar);
  EXPECT_EQ(role_of(environment(kIngress)), Role::ingress);
  EXPECT_EQ(role_of(file("service: users\n")), Role::sidecar);
  EXPECT_EQ(role_of(file("services: {}\n")), Role::ingress);
  EXPECT_EQ(role_of(file("[[[\n")), Role::ingress);
}

TEST(ProcessEnvironment, HoldsWhatThisProcessWasGiven) {
  ASSERT_EQ(::setenv("SEALBUS_TEST_OF_ENVIRONMENT", "a=b", 1), 0);
  EXPECT_EQ(process_environment().at("SEALBUS_TEST_OF_ENVIRONMENT"), "a=b");
  ::unsetenv("SEALBUS_TEST_OF_ENVIRONMENT");
}

}  // namespace
}  // namespace sealbus::settings
