#include "tests/unit/sidecar/config/fixture.hpp"

namespace sealbus::settings {
namespace {

const std::string kAuth = "auth: {development: true}\n";
const std::string kBus = "bus: {listen: tcp://127.0.0.1:5570}\n";
const std::string kKey = "key: {file: root.key}\n";
const std::string kServices = "services: {users: {routes: [/api/**]}}\n";
const std::string kGood = kAuth + kBus + kKey + kServices;

class LoadIngress : public LoadTest {
 protected:
  Lines errors(const std::string& text, Environment environment = {}) {
    return lines_of(load_ingress(file(text, std::move(environment))));
  }
};

TEST_F(LoadIngress, AcceptsTheGoodOne) {
  const auto loaded = load_ingress(file(kGood));
  ASSERT_TRUE(loaded) << testing::PrintToString(lines_of(loaded));
  EXPECT_TRUE(loaded->auth.development);
  EXPECT_EQ(loaded->key.current.origin, "conf/root.key");
  EXPECT_EQ(base::as_text(loaded->key.current.text->reveal()), kRootKey);
  EXPECT_EQ(loaded->services.at("users").routes.at(0).text(), "/api/**");
  EXPECT_EQ(loaded->http.listen, (ListenAddress{"0.0.0.0", 3000}));
}

TEST_F(LoadIngress, ReportsEveryErrorAtOnceAtItsPlace) {
  EXPECT_EQ(errors("http: {listen: nowhere}\n"
                   "auth:\n"
                   "  development: yes\n"
                   "  providres: []\n" +
                   kBus + "drain: 5\n"),
            (Lines{"conf/x.yaml: key: no key, and nothing runs without one; 'sealbus keys root > "
                   "root.key' makes it: set key.file or SEALBUS_KEY_FILE",
                   "conf/x.yaml: services: no service may do anything. Name what each may do "
                   "(services: {users: {routes: [/api/users/**]}}), or set registration: open "
                   "(SEALBUS_REGISTRATION=open) for development",
                   "conf/x.yaml:1:16: http.listen: expected host:port, such as 0.0.0.0:3000; found "
                   "'nowhere'",
                   "conf/x.yaml:3:16: auth.development: expected true or false; found 'yes'",
                   "conf/x.yaml:4:3: auth.providres: unknown key; did you mean 'providers'?",
                   "conf/x.yaml:6:8: drain: expected a duration (500ms, 5s, 2m, 1h) from 0ms to "
                   "1h; found '5'"}));
}

TEST_F(LoadIngress, RefusesToRunWithoutAModeAndNamesThree) {
  const Lines lines = errors(kBus + kKey + kServices);
  ASSERT_EQ(lines.size(), 1U);
  for (const char* way : {"DEVELOPMENT_AUTH_ENABLED=true", "JWT_SECRET", "auth.providers"}) {
    EXPECT_NE(lines[0].find(way), std::string::npos) << lines[0];
  }
  EXPECT_EQ(errors("auth: {development: false}\n" + kBus + kKey + kServices).size(), 1U);
  EXPECT_EQ(errors("auth: {providers: []}\n" + kBus + kKey + kServices).size(), 1U);
}

TEST_F(LoadIngress, NeedsAKey) {
  const Lines lines = errors(kAuth + kBus + kServices);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("sealbus keys root"), std::string::npos);
}

TEST_F(LoadIngress, SaysWhyAKeyFileIsNoUse) {
  files_["conf/empty.key"] = " \n";
  files_["conf/other.key"] = "-----BEGIN PRIVATE KEY-----";
  files_["conf/bare.key"] = "sealbus-root-v1:";
  const auto with_file = [&](const std::string& name) {
    return errors(kAuth + kBus + "key: {file: " + name + "}\n" + kServices);
  };
  EXPECT_EQ(with_file("missing.key"), Lines{"conf/x.yaml:3:13: key.file: cannot read "
                                            "conf/missing.key: No such file or directory"});
  EXPECT_EQ(with_file("empty.key"), Lines{"conf/x.yaml:3:13: key.file: conf/empty.key is empty"});
  const Lines no_root{
      "conf/x.yaml:3:13: key.file: this is no root key: expected text that begins "
      "with sealbus-root-v1:"};
  EXPECT_EQ(with_file("other.key"), no_root);
  EXPECT_EQ(with_file("bare.key"), no_root);
  EXPECT_EQ(with_file("users.key"), Lines{"conf/x.yaml:3:13: key.file: this is the key of the "
                                          "service 'users'; an ingress needs the root key"});
  EXPECT_EQ(with_file("''").size(), 1U);
}

TEST_F(LoadIngress, TakesKeysAsTextAndPreviousOnes) {
  const auto loaded =
      load_ingress(file(kAuth + kBus + kServices + "key:\n  text: " + kRootKey +
                        "\n  previous: [{file: root.key}, {text: " + kRootKey + "}]\n"));
  ASSERT_TRUE(loaded) << testing::PrintToString(lines_of(loaded));
  EXPECT_EQ(loaded->key.current.origin, "key.text");
  ASSERT_EQ(loaded->key.previous.size(), 2U);
  EXPECT_EQ(loaded->key.previous[0].origin, "conf/root.key");
  EXPECT_EQ(loaded->key.previous[1].origin, "key.previous[1].text");
}

TEST_F(LoadIngress, ChecksPreviousKeysToo) {
  const auto previous = [&](const std::string& item) {
    return errors(kAuth + kBus + kServices + "key: {file: root.key, previous: [" + item + "]}\n");
  };
  EXPECT_EQ(previous("{file: users.key}").size(), 1U);
  EXPECT_EQ(previous("{}").size(), 1U);
  EXPECT_EQ(previous("root.key").size(), 1U);
  EXPECT_EQ(previous("{file: root.key, text: x}").size(), 1U);
}

TEST_F(LoadIngress, NeverShowsAKeyOrSecretThatStandsInTheWrongPlace) {
  const std::string provider = "auth: {providers: [{secret: ";
  for (const std::string& text :
       {kAuth + "key: " + kRootKey + "\n", kAuth + "key: {file: " + kRootKey + "}\n",
        kAuth + "key: {previous: [" + kRootKey + "]}\n", kAuth + "key: {txt: " + kRootKey + "}\n",
        provider + kRootKey.substr(0, 31) + "}]}\n", provider + "[" + kRootKey + "]}]}\n"}) {
    const Lines lines = errors(text);
    EXPECT_FALSE(lines.empty());
    for (const std::string& line : lines) {
      EXPECT_EQ(line.find("AQEB"), std::string::npos) << line;
    }
  }
}

TEST_F(LoadIngress, RefusesASecretOf31BytesAndAcceptsOneOf32) {
  const auto with_secret = [&](const std::string& secret) {
    return errors(kBus + kKey + kServices, {{"JWT_SECRET", secret}});
  };
  EXPECT_EQ(with_secret(kSecret.substr(1)),
            Lines{"JWT_SECRET: 31 bytes; HS256 needs at least 32 (openssl rand -base64 48 makes "
                  "one)"});
  EXPECT_EQ(with_secret(kSecret), Lines{});
}

TEST_F(LoadIngress, ReadsSecretsFromFilesWithoutTheirLineBreak) {
  files_["conf/good"] = kSecret + "\r\n";
  files_["conf/short"] = kSecret.substr(1) + "\n";
  files_["run/secret"] = kSecret;
  const auto provider = [&](const std::string& name) {
    return load_ingress(
        file(kBus + kKey + kServices + "auth: {providers: [{secret: {file: " + name + "}}]}\n"));
  };
  const auto good = provider("good");
  ASSERT_TRUE(good);
  EXPECT_EQ(good->auth.providers.at(0).secret->size(), 32U);
  EXPECT_EQ(good->auth.providers.at(0).secret_origin, "conf/good");
  EXPECT_EQ(lines_of(provider("short")),
            Lines{"conf/x.yaml:4:36: auth.providers[0].secret.file: 31 bytes; HS256 needs at least "
                  "32 (openssl rand -base64 48 makes one)"});
  // A variable's file is not looked for beside the configuration.
  const auto from_variable =
      load_ingress(file(kBus + kKey + kServices, {{"JWT_SECRET_FILE", "run/secret"}}));
  ASSERT_TRUE(from_variable) << testing::PrintToString(lines_of(from_variable));
  EXPECT_EQ(from_variable->auth.providers.at(0).secret_origin, "run/secret");
  EXPECT_EQ(errors(kBus + kKey + kServices, {{"JWT_SECRET_FILE", "good"}}),
            Lines{"JWT_SECRET_FILE: cannot read good: No such file or directory"});
}

TEST_F(LoadIngress, SaysThatJwksAndDiscoveryAreNotThere) {
  const std::string rest = kBus + kKey + kServices;
  const auto only = [&](const Lines& lines, const std::string& start, const std::string& part) {
    ASSERT_EQ(lines.size(), 1U) << testing::PrintToString(lines);
    EXPECT_TRUE(lines[0].starts_with(start)) << lines[0];
    EXPECT_NE(lines[0].find(part), std::string::npos) << lines[0];
  };
  only(errors(rest, {{"JWKS_URI", "https://x/certs"}}), "JWKS_URI: ", "not in this version");
  only(errors(rest, {{"JWKS_URI", "https://x/certs"}, {"JWT_SECRET", kSecret}}),
       "JWKS_URI: ", "not in this version");
  only(errors(rest, {{"JWT_ISSUER", "https://x/"}}), "JWT_ISSUER: ", "OIDC discovery");
  only(errors(rest + kAuth, {{"JWT_ISSUER", "https://x/"}}), "JWT_ISSUER: ", "OIDC discovery");
  only(errors(rest + "auth: {providers: [{issuer: a, jwks_uri: b}]}\n"),
       "conf/x.yaml:4:32: ", "not in this version");
  only(errors(rest + "auth: {providers: [{issuer: a}]}\n"), "conf/x.yaml:4:20: ", "OIDC discovery");
}

TEST_F(LoadIngress, ChoosesAmongSeveralProvidersByTheirIssuer) {
  const auto providers = [&](const std::string& first, const std::string& second) {
    const std::string secret = "secret: " + kSecret;
    return errors(kBus + kKey + kServices + "auth: {providers: [{" + secret + first + "}, {" +
                  secret + second + "}]}\n");
  };
  EXPECT_EQ(providers(", issuer: a", ", issuer: b"), Lines{});
  EXPECT_EQ(providers(", issuer: a", "").size(), 1U);
  EXPECT_EQ(providers(", issuer: a", ", issuer: a").size(), 1U);
}

TEST_F(LoadIngress, ListensWhereItIsTold) {
  const std::string rest = kAuth + kKey + kServices;
  const auto bus = [&](const std::string& keys) { return errors(rest + "bus: {" + keys + "}\n"); };
  EXPECT_EQ(errors(rest), Lines{}) << "the default is every address, with CURVE";
  EXPECT_EQ(bus("listen: tcp://10.0.0.1:5570"), Lines{});
  EXPECT_EQ(bus("listen: 'tcp://*:5570'"), Lines{});
  EXPECT_EQ(bus("listen: tcp://10.0.0.1:5570, plaintext: true"), Lines{});
  EXPECT_EQ(bus("listen: tcp://127.0.0.1:0"), Lines{});
  EXPECT_EQ(bus("listen: 'tcp://[::1]:5570'"), Lines{});
  EXPECT_EQ(bus("listen: ipc:///run/sealbus/bus"), Lines{});
  EXPECT_EQ(bus("listen: udp://127.0.0.1:5570").size(), 1U);
}

TEST_F(LoadIngress, NeedsGrantsUnlessRegistrationIsOpen) {
  EXPECT_EQ(errors(kAuth + kBus + kKey).size(), 1U);
  EXPECT_EQ(errors(kAuth + kBus + kKey + "services:\n").size(), 1U);
  EXPECT_EQ(errors(kAuth + kBus + kKey + "registration: open\n"), Lines{});
  EXPECT_EQ(errors(kAuth + kBus + kKey + "registration: opne\n"),
            Lines{"conf/x.yaml:4:15: registration: expected granted or open; found 'opne'"});
}

TEST_F(LoadIngress, ChecksWhatIsGranted) {
  const auto grant = [&](const std::string& service, const std::string& what) {
    return errors(kAuth + kBus + kKey + "services: {" + service + ": {" + what + "}}\n").size();
  };
  EXPECT_EQ(grant("users", ""), 0U);
  EXPECT_EQ(grant("users", "subscribe: orders.OrderPlaced, publish: [users.*, users.Made]"), 0U);
  EXPECT_EQ(grant("Users", ""), 1U);
  EXPECT_EQ(grant("users", "routes: [api]"), 1U);
  EXPECT_EQ(grant("users", "routes: [/api/**/x]"), 1U);
  EXPECT_EQ(grant("users", "subscribe: orders.*"), 1U);
  EXPECT_EQ(grant("users", "subscribe: orders"), 1U);
  EXPECT_EQ(grant("users", "publish: '*'"), 1U);
  EXPECT_EQ(grant("users", "route: [/api/**]"), 1U);
}

TEST_F(LoadIngress, NeverForwardsCredentialsOrIdentity) {
  const auto forward = [&](const std::string& headers) {
    return load_ingress(file(kGood + "http: {forward_headers: " + headers + "}\n"));
  };
  EXPECT_EQ(forward("[X-Request-Source]")->http.forward_headers,
            std::vector<std::string>{"x-request-source"});
  EXPECT_TRUE(forward("[]")->http.forward_headers.empty());
  for (const char* header : {"Authorization", "Proxy-Authorization", "cookie", "X-User-Id",
                             "x_user_permissions", "X-Dev-User-Id", "a b", "''"}) {
    EXPECT_FALSE(forward(std::string("[") + header + "]")) << header;
  }
  EXPECT_FALSE(forward("[accept, Accept]"));
}

TEST_F(LoadIngress, KeepsABodyWithinAMessage) {
  EXPECT_EQ(errors(kGood + "http: {max_body: 4MiB}\n"), Lines{});
  EXPECT_EQ(errors(kGood + "http: {max_body: 5MiB}\n"),
            Lines{"conf/x.yaml:5:18: http.max_body: 5MiB is more than bus.max_message, which is "
                  "4MiB"});
}

TEST_F(LoadIngress, AcceptsBothEndsOfTheClockSkewAndNothingBeyond) {
  const auto skew = [&](const std::string& value) {
    return errors(kBus + kKey + kServices + "auth: {development: true, clock_skew: " + value +
                  "}\n");
  };
  EXPECT_EQ(skew("0s"), Lines{});
  EXPECT_EQ(skew("300s"), Lines{});
  EXPECT_EQ(skew("301s").size(), 1U);
}

TEST_F(LoadIngress, ReportsAFileThatCannotBeRead) {
  EXPECT_EQ(lines_of(load_ingress({"conf/none.yaml", {{"SEALBUS_HTPT", "x"}}, files_, {}})),
            (Lines{"conf/none.yaml: cannot be read: No such file or directory",
                   "SEALBUS_HTPT: unknown variable; did you mean 'SEALBUS_HTTP'?"}));
}

TEST_F(LoadIngress, GivesOneErrorForAFileThatIsNoYaml) {
  EXPECT_EQ(errors("http: {listen\n").size(), 1U);
  EXPECT_EQ(errors("just text\n"), Lines{"conf/x.yaml:1:1: expected a map of keys; found text"});
}

TEST_F(LoadIngress, ReportsAKeyThatIsThereTwice) {
  EXPECT_EQ(errors(kGood + "drain: 1s\ndrain: 2s\n"),
            Lines{"conf/x.yaml:6:1: drain: this key is there twice; first at line 5"});
}

TEST_F(LoadIngress, ReadsOneDocumentOnly) {
  EXPECT_EQ(errors(kGood + "---\n" + kGood),
            Lines{"conf/x.yaml:6:1: a second document; expected only one"});
}

TEST_F(LoadIngress, LooksForRelativeFilesBesideTheConfiguration) {
  EXPECT_EQ(load_ingress(file(kGood + "state_dir: state\n"))->state_dir, "conf/state");
  EXPECT_EQ(load_ingress(file(kGood + "state_dir: /var/lib/x\n"))->state_dir, "/var/lib/x");
  EXPECT_EQ(load_ingress(file(kGood, {{"SEALBUS_STATE_DIR", "state"}}))->state_dir, "state");
}

TEST_F(LoadIngress, TakesNamesForTheAdminPortAndNoAddressWithAPort) {
  const auto hosts = [&](const std::string& text) {
    return load_ingress(file(kGood + "admin: {hosts: " + text + "}\n"));
  };
  EXPECT_EQ(hosts("[api-gateway, a_b.example]")->admin_hosts,
            (std::vector<std::string>{"api-gateway", "a_b.example"}));
  for (const char* bad : {"'*'", "'api-gateway:3001'", "'[::1]'", "'http://a'", "''"}) {
    EXPECT_FALSE(hosts(bad)) << bad;
  }
}

TEST_F(LoadIngress, LooksForTheAuditFileInTheFolderOfTheConfiguration) {
  EXPECT_EQ(load_ingress(file(kGood + "audit: {file: audit.jsonl}\n"))->audit.file,
            "conf/audit.jsonl");
  EXPECT_EQ(load_ingress(file(kGood + "audit: {file: /var/log/a.jsonl}\n"))->audit.file,
            "/var/log/a.jsonl");
}

}  // namespace
}  // namespace sealbus::settings
