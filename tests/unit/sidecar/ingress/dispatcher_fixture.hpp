#pragma once
// A dispatcher with a clock that tests turn, a bus in memory, and calls as a worker would make
// them.

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/sidecar/ingress/fake_sidecar.hpp"
#include "tests/unit/sidecar/ingress/identities.hpp"

namespace sealbus::ingress::test_bus {

class DispatcherFixture : public testing::Test {
 protected:
  DispatcherFixture() { options_.grants.emplace("users", everything()); }

  Dispatcher& dispatcher() {
    if (!dispatcher_) {
      dispatcher_ = std::make_unique<Dispatcher>(
          options_, keys(roots()), bus_,
          [this](std::shared_ptr<const RouteTable> table) { table_ = std::move(table); }, counters_,
          clock_, random_);
    }
    return *dispatcher_;
  }
  // Of every service that is granted something.
  ServiceKeys keys(std::vector<envelope::RootKey> of) {
    ServiceKeys keys(std::move(of));
    for (const auto& [service, grant] : options_.grants) keys.add(service);
    return keys;
  }
  static envelope::RootKey other_root() {
    return envelope::RootKey::parse("sealbus-root-v1:" + std::string(42, 'B') + "A").value();
  }
  static std::vector<envelope::RootKey> roots() {
    std::vector<envelope::RootKey> roots;
    roots.push_back(root());
    return roots;
  }
  static envelope::RootKey root() {
    return envelope::RootKey::parse("sealbus-root-v1:" + std::string(43, 'A')).value();
  }
  FakeSidecar sidecar(std::uint64_t peer, const std::string& service = "users") {
    auto key = std::make_shared<const envelope::ServiceKey>(root().derive(service));
    return {dispatcher(), bus_, peer, key, clock_, random_};
  }
  static settings::GrantConfig everything() {
    settings::GrantConfig grant;
    grant.routes.push_back(contract::PathPattern::parse("/**").value());
    return grant;
  }
  static std::vector<contract::Contract> contracts(
      std::chrono::milliseconds timeout = std::chrono::seconds(5)) {
    auto contract = contract::make_contract("CreateUser", contract::Kind::command);
    contract.timeout = timeout;
    return {contract};
  }
  // A call to CreateUser or another contract, as a worker would make it.
  std::shared_ptr<Outcome> call(const std::string& payload = "{}",
                                const std::string& path = "create-user") {
    const Match match = table_->match("POST", {"api", path});
    auto outcome = std::make_shared<Outcome>();
    const auto& definition = match.contract->definition;
    Header header;
    header.type = MessageType::message;
    header.issued = clock_.wall();
    header.id = base::make_uuid_v7(header.issued, random_);
    header.expires = header.issued + definition.timeout;
    header.contract = match.contract->sent_as;
    header.kind = contract::name(definition.kind);
    header.attempt = 1;
    const auto identity = test_identity::user(clock_, "user-123", "users:create");
    dispatcher().submit(Call{.id = header.id,
                             .contract = match.contract,
                             .header = envelope::encode_message(header, identity).value(),
                             .payload = payload,
                             .deadline = clock_.steady() + definition.timeout,
                             .caller = std::make_unique<RecordingCaller>(outcome)});
    return outcome;
  }
  void pass(std::chrono::milliseconds time) {
    clock_.advance(time);
    dispatcher().tick();
  }

  test::ManualClock clock_;
  test::CountingRandom random_;
  base::RefusalCounters counters_;
  FakeBus bus_;
  Dispatcher::Options options_;
  std::shared_ptr<const RouteTable> table_;
  std::unique_ptr<Dispatcher> dispatcher_;
};

}  // namespace sealbus::ingress::test_bus
