#include "tests/unit/sidecar/config/fixture.hpp"

namespace sealbus::settings {
namespace {

const std::string kService = "service: users\n";
const std::string kKey = "key: {file: users.key}\n";
const std::string kBus = "bus: {connect: tcp://127.0.0.1:5570}\n";
const std::string kDeliver = "deliver: {listen: ipc:///run/users}\n";
const std::string kGood = kService + kKey + kBus + kDeliver;

class LoadSidecar : public LoadTest {
 protected:
  Lines errors(const std::string& text, Environment environment = {}) {
    return lines_of(load_sidecar(file(text, std::move(environment))));
  }
  // With this inside of its only contract.
  LoadResult<SidecarConfig> contract(const std::string& fields) {
    return load_sidecar(file(kGood + "contracts: [{" + fields + "}]\n"));
  }
  Lines contract_errors(const std::string& fields) { return lines_of(contract(fields)); }
};

TEST_F(LoadSidecar, AcceptsTheGoodOne) {
  const auto loaded = load_sidecar(file(kGood));
  ASSERT_TRUE(loaded) << testing::PrintToString(lines_of(loaded));
  EXPECT_EQ(loaded->service, "users");
  EXPECT_EQ(loaded->bus.connect, std::vector<std::string>{"tcp://127.0.0.1:5570"});
  EXPECT_EQ(loaded->deliver.listen, std::vector<std::string>{"ipc:///run/users"});
  EXPECT_EQ(base::as_text(loaded->key.current.text->reveal()), kUsersKey);
}

TEST_F(LoadSidecar, NamesEverythingThatIsMissing) {
  const Lines lines = errors("{}");
  ASSERT_EQ(lines.size(), 4U) << testing::PrintToString(lines);
  for (const char* key : {"service", "key", "bus.connect", "deliver.listen"}) {
    const bool named = std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
      return line.starts_with(std::string("conf/x.yaml: ") + key + ": ");
    });
    EXPECT_TRUE(named) << key;
  }
}

TEST_F(LoadSidecar, NeedsAtLeastOneAddressInEachList) {
  EXPECT_EQ(errors(kService + kKey + kDeliver + "bus: {connect: []}\n").size(), 1U);
  EXPECT_EQ(errors(kService + kKey + kBus + "deliver: {listen: []}\n").size(), 1U);
}

TEST_F(LoadSidecar, RefusesARootKeyWithTheCommandThatMendsIt) {
  EXPECT_EQ(errors(kService + "key: {file: root.key}\n" + kBus + kDeliver),
            Lines{"conf/x.yaml:2:13: key.file: this is a root key, which only an ingress may hold; "
                  "give this sidecar its own key: sealbus keys derive --root conf/root.key users"});
  EXPECT_EQ(errors(kService + kBus + kDeliver, {{"SEALBUS_KEY", kRootKey}}),
            Lines{"SEALBUS_KEY: this is a root key, which only an ingress may hold; give this "
                  "sidecar its own key: sealbus keys derive --root FILE users"});
}

TEST_F(LoadSidecar, RefusesTheKeyOfAnotherService) {
  EXPECT_EQ(errors("service: orders\n" + kKey + kBus + kDeliver),
            Lines{"conf/x.yaml:2:13: key.file: this is the key of the service 'users', and this "
                  "sidecar's service is 'orders'; make its own: sealbus keys derive --root FILE "
                  "orders"});
}

TEST_F(LoadSidecar, RefusesKeysThatAreCutShort) {
  for (const char* text :
       {"sealbus-svc-v1:", "sealbus-svc-v1:users", "sealbus-svc-v1:users:", "sealbus-svc-v1::x",
        "sealbus-svc-v1:Users:x", "sealbus-svc-v2:users:x", "x"}) {
    EXPECT_EQ(errors(kService + kBus + kDeliver, {{"SEALBUS_KEY", text}}).size(), 1U) << text;
  }
}

TEST_F(LoadSidecar, ConnectsOnlyToAddressesThatAreSomewhere) {
  const auto connect = [&](const std::string& address) {
    return errors(kService + kKey + kDeliver + "bus: {connect: [" + address + "]}\n").size();
  };
  EXPECT_EQ(connect("ipc:///run/bus, tcp://127.0.0.1:1"), 0U);
  EXPECT_EQ(connect("tcp://127.0.0.1:0"), 1U);
  EXPECT_EQ(connect("'tcp://*:5570'"), 1U);
  EXPECT_EQ(connect("tcp://ingress:5570"), 0U);
  EXPECT_EQ(connect("tcp://127.0.0.1:1, tcp://127.0.0.1:1"), 1U);
  EXPECT_EQ(errors(kService + kKey + kDeliver +
                   "bus: {connect: [tcp://ingress:5570], plaintext: true}\n"),
            Lines{});
}

TEST_F(LoadSidecar, OpensItsDoorOnThisMachineOnly) {
  const auto listen = [&](const std::string& address) {
    return errors(kService + kKey + kBus + "deliver: {listen: '" + address + "'}\n").size();
  };
  EXPECT_EQ(listen("tcp://127.0.0.1:5580"), 0U);
  EXPECT_EQ(listen("tcp://127.9.9.9:0"), 0U);
  EXPECT_EQ(listen("tcp://[::1]:5580"), 0U);
  EXPECT_EQ(listen("tcp://0.0.0.0:5580"), 1U);
  EXPECT_EQ(listen("tcp://*:5580"), 1U);
  EXPECT_EQ(listen("tcp://128.0.0.1:5580"), 1U);
  EXPECT_EQ(listen("tcp://users.local:5580"), 1U);
  EXPECT_EQ(listen("ipc://run/users"), 1U);
  EXPECT_EQ(listen("ipc://@users"), 1U);
  EXPECT_EQ(listen("ipc:///" + std::string(106, 'x')), 0U);
  EXPECT_EQ(listen("ipc:///" + std::string(107, 'x')), 1U);
}

TEST_F(LoadSidecar, SaysThatOtherDoorsAreNotThere) {
  EXPECT_EQ(errors(kService + kKey + kBus + "deliver: {listen: ipc:///a, tap: ipc:///b}\n"),
            Lines{"conf/x.yaml:4:29: deliver.tap: this door is not in this version; use "
                  "deliver.listen"});
}

TEST_F(LoadSidecar, GivesAContractItsDefaults) {
  const auto loaded = contract("name: CreateUser");
  ASSERT_TRUE(loaded) << testing::PrintToString(lines_of(loaded));
  EXPECT_EQ(loaded->contracts.at(0),
            contract::make_contract("CreateUser", contract::Kind::command));
  const auto query = contract("kind: query, name: ListUsers");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->contracts.at(0).methods, std::vector<std::string>{"GET"});
  EXPECT_EQ(query->contracts.at(0).path.text(), "/api/list-users");
}

TEST_F(LoadSidecar, ReadsEveryFieldOfACommand) {
  const auto loaded = contract(
      "name: A, kind: command, method: [PUT, PATCH], path: '/a/{id}', timeout: 9s, "
      "requiredPermissions: [a:b, c:d]");
  ASSERT_TRUE(loaded) << testing::PrintToString(lines_of(loaded));
  const contract::Contract& read = loaded->contracts.at(0);
  EXPECT_EQ(read.methods, (std::vector<std::string>{"PUT", "PATCH"}));
  EXPECT_EQ(read.path.text(), "/a/{id}");
  EXPECT_EQ(read.timeout, std::chrono::seconds(9));
  EXPECT_EQ(read.required.all_of, (std::vector<std::string>{"a:b", "c:d"}));
}

TEST_F(LoadSidecar, ReadsEveryFieldOfAnEvent) {
  const auto loaded = contract(
      "name: A, kind: event, requiredPermissions: {anyOf: [a, b]}, delivery: memory, authAt: "
      "delivery, maxAuthAge: 1h, retry: {maxAttempts: 9, initialDelay: 2s, maxDelay: 1m, ackWait: "
      "5s}");
  ASSERT_TRUE(loaded) << testing::PrintToString(lines_of(loaded));
  const contract::Contract& read = loaded->contracts.at(0);
  EXPECT_EQ(read.required.any_of, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(read.required.all_of.empty());
  EXPECT_EQ(read.delivery, contract::Delivery::memory);
  EXPECT_EQ(read.auth_at, contract::AuthAt::delivery);
  EXPECT_EQ(read.max_auth_age, std::chrono::hours(1));
  EXPECT_EQ(read.retry, (contract::Retry{9, std::chrono::seconds(2), std::chrono::minutes(1),
                                         std::chrono::seconds(5)}));
}

TEST_F(LoadSidecar, RefusesEachContractThatIsNone) {
  for (const char* fields : {"kind: command",
                             "name: 9lives",
                             "name: ''",
                             "name: A, kind: job",
                             "name: A, method: get",
                             "name: A, method: []",
                             "name: A, path: a",
                             "name: A, path: /a/*",
                             "name: A, path: /a/**",
                             "name: A, path: '/{x}/{x}'",
                             "name: A, timeout: 0s",
                             "name: A, timeout: 5",
                             "name: A, requiredPermissions: ['a b']",
                             "name: A, requiredPermissions: ['a,b']",
                             "name: A, requiredPermissions:",
                             "name: A, requiredPermissions: {anyOf: []}",
                             "name: A, requiredPermissions: {anyOf:}",
                             "name: A, requiredPermissions: {}",
                             "name: A, requiredPermissions: {allOf: [a], anyOf: [a]}",
                             "name: A, public: 1",
                             "name: A, public: true, requiredPermissions: [a]",
                             "name: A, permissions: [a]",
                             "name: A, requiredpermissions: [a]"}) {
    EXPECT_EQ(contract_errors(fields).size(), 1U)
        << fields << testing::PrintToString(contract_errors(fields));
  }
}

TEST_F(LoadSidecar, RefusesOnACommandWhatOnlyAnEventHasAndTheReverse) {
  for (const char* field : {"delivery: stored", "authAt: ingress", "maxAuthAge: 1h", "retry: {}"}) {
    const std::string name = "name: A, ";
    EXPECT_EQ(contract_errors(name + field).size(), 1U) << field;
    EXPECT_EQ(contract_errors(name + "kind: event, " + field), Lines{}) << field;
  }
  EXPECT_EQ(contract_errors("name: A, kind: event, timeout: 5s").size(), 1U);
}

TEST_F(LoadSidecar, RefusesARetryThatCannotWait) {
  const std::string event = "name: A, kind: event, retry: ";
  EXPECT_EQ(contract_errors(event + "{initialDelay: 30s, maxDelay: 30s}"), Lines{});
  EXPECT_EQ(contract_errors(event + "{initialDelay: 31s}").size(), 1U);
  EXPECT_EQ(contract_errors(event + "{maxAttempts: 0}").size(), 1U);
}

TEST_F(LoadSidecar, AcceptsOnlyAsManyPermissionsAsARegistrationCarries) {
  const auto many = [](int count) {
    std::string list = "[p0";
    for (int i = 1; i < count; ++i) list += ", p" + std::to_string(i);
    return "name: A, requiredPermissions: " + list + "]";
  };
  EXPECT_EQ(contract_errors(many(64)), Lines{});
  EXPECT_EQ(contract_errors(many(65)).size(), 1U);
}

TEST_F(LoadSidecar, RefusesTwoContractsOfOneName) {
  EXPECT_EQ(errors(kGood + "contracts:\n  - name: A\n  - {name: A, path: /other}\n"),
            Lines{"conf/x.yaml:7:12: contracts[1].name: 'A' is there twice"});
}

TEST_F(LoadSidecar, RefusesTwoContractsOnOneRoute) {
  const auto two = [&](const std::string& first, const std::string& second) {
    return errors(kGood + "contracts: [{name: A, " + first + "}, {name: B, " + second + "}]\n");
  };
  EXPECT_EQ(two("path: '/u/{id}'", "path: '/u/{name}'"),
            Lines{"conf/x.yaml:5:57: contracts[1].path: POST /u/{name} is the route of 'A' "
                  "already"});
  EXPECT_EQ(two("path: /u, method: [GET, POST]", "path: /u, method: POST").size(), 1U);
  EXPECT_EQ(two("path: /u, method: GET", "path: /u, method: POST"), Lines{});
  EXPECT_EQ(two("path: '/u/{id}'", "path: /u/me"), Lines{});
}

TEST_F(LoadSidecar, ChecksSubscriptions) {
  const auto subscribe = [&](const std::string& items) {
    return errors(kGood + "subscribe: [" + items + "]\n").size();
  };
  EXPECT_EQ(subscribe("{event: orders.OrderPlaced, requiredPermissions: [a]}"), 0U);
  EXPECT_EQ(subscribe("{event: orders}"), 1U);
  EXPECT_EQ(subscribe("{event: orders.*}"), 1U);
  EXPECT_EQ(subscribe("{}"), 1U);
  EXPECT_EQ(subscribe("{event: a.B}, {event: a.B}"), 1U);
  EXPECT_EQ(subscribe("orders.OrderPlaced"), 1U);
}

TEST_F(LoadSidecar, GrantsAtLeastOneMessageOfCredit) {
  const auto credit = [&](const std::string& bytes) {
    return errors(kService + kKey + kDeliver +
                  "bus: {connect: ipc:///b, max_message: 1MiB, credit_bytes: " + bytes + "}\n");
  };
  EXPECT_EQ(credit("1MiB"), Lines{});
  EXPECT_EQ(credit("1023KiB").size(), 1U);
}

}  // namespace
}  // namespace sealbus::settings
