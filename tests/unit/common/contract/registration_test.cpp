#include <gtest/gtest.h>

#include "common/contract/contract.hpp"
#include "tests/support/json_vectors.hpp"

namespace sealbus::contract {
namespace {

Contract with_everything() {
  Contract contract = make_contract("OrderPlaced", Kind::event);
  contract.methods = {"POST", "PUT"};
  contract.path = PathPattern::parse("/api/orders/{id}").value();
  contract.required = {.all_of = {"orders:place"}, .any_of = {"a", "b"}};
  contract.is_public = true;
  contract.timeout = milliseconds(1'234);
  contract.delivery = Delivery::memory;
  contract.auth_at = AuthAt::delivery;
  contract.max_auth_age = milliseconds(60'000);
  contract.retry = {9, milliseconds(1), milliseconds(2), milliseconds(3)};
  return contract;
}

Registration some_registration() {
  return {{make_contract("CreateUser", Kind::command), with_everything()},
          {{"orders.OrderPlaced", {.all_of = {"orders:read"}, .any_of = {}}}}};
}

std::string millis(milliseconds value) { return std::to_string(value.count()); }

test::Shown shown_requirement(const identity::Requirement& required) {
  return {{"allOf", test::shown(required.all_of)}, {"anyOf", test::shown(required.any_of)}};
}

// All of a contract, in the form in which the vectors have it.
test::Shown shown_contract(const Contract& contract) {
  test::Shown out = {{"name", contract.name},
                     {"kind", std::string(name(contract.kind))},
                     {"methods", test::shown(contract.methods)},
                     {"path", contract.path.text()},
                     {"required", test::shown(shown_requirement(contract.required))},
                     {"public", contract.is_public ? "true" : "false"},
                     {"timeout", millis(contract.timeout)},
                     {"delivery", std::string(name(contract.delivery))},
                     {"authAt", std::string(name(contract.auth_at))},
                     {"retry", test::shown(test::Shown{
                                   {"maxAttempts", std::to_string(contract.retry.max_attempts)},
                                   {"initialDelay", millis(contract.retry.initial_delay)},
                                   {"maxDelay", millis(contract.retry.max_delay)},
                                   {"ackWait", millis(contract.retry.ack_wait)}})}};
  if (contract.max_auth_age) out.emplace("maxAuthAge", millis(*contract.max_auth_age));
  return out;
}

// What a file says of a contract, with the defaults for what it does not say.
test::Shown expected_contract(simdjson::dom::element raw) {
  test::Shown fields = test::fields_of(raw);
  test::Shown all = shown_contract(Contract{});
  const auto fill = [&](std::string_view key, test::Shown defaults) {
    simdjson::dom::element given;
    if (raw[key].get(given) != simdjson::SUCCESS) return;
    for (const auto& [name, value] : test::fields_of(given)) defaults[name] = value;
    fields[std::string(key)] = test::shown(defaults);
  };
  fill("required", shown_requirement({}));
  fill("retry", {{"maxAttempts", "5"},
                 {"initialDelay", "1000"},
                 {"maxDelay", "30000"},
                 {"ackWait", "30000"}});
  for (const auto& [key, value] : fields) all[key] = value;
  return all;
}

TEST(RegistrationVectors, EndAsTheFileSays) {
  const test::VectorFile file("envelope/registration.json");
  for (const auto raw : file.list("cases")) {
    SCOPED_TRACE(test::text_of(raw, "name"));
    const auto decoded = decode_registration(test::unhex(test::text_of(raw, "bytes")));
    ASSERT_EQ(decoded.has_value(), test::text_of(raw, "result") == "accept");
    if (!decoded) {
      EXPECT_EQ(decoded.error().refusal, base::Refusal::malformed_header);
      continue;
    }
    std::size_t i = 0;
    for (const auto contract : simdjson::dom::array(raw["decoded"]["contracts"])) {
      EXPECT_EQ(shown_contract(decoded->contracts.at(i++)), expected_contract(contract));
    }
    EXPECT_EQ(decoded->contracts.size(), i);
    i = 0;
    for (const auto subscription : simdjson::dom::array(raw["decoded"]["subscribe"])) {
      EXPECT_EQ(decoded->subscriptions.at(i++).event, test::text_of(subscription, "event"));
    }
    EXPECT_EQ(decoded->subscriptions.size(), i);
  }
}

TEST(Registration, IsTheSameAfterEncodingAndDecoding) {
  const auto decoded = decode_registration(encode(some_registration()));
  ASSERT_TRUE(decoded) << decoded.error().detail;
  EXPECT_EQ(decoded->contracts, some_registration().contracts);
  EXPECT_EQ(decoded->subscriptions, some_registration().subscriptions);
}

TEST(Registration, CarriesWhatACommandHasNoUseFor) {
  Contract command = make_contract("CreateUser", Kind::command);
  command.retry.max_attempts = 9;  // means nothing for a command, and is not sent
  const auto decoded = decode_registration(encode({{command}, {}}));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->contracts.front().retry, Retry{});
}

TEST(Registration, IsRefusedAtEveryLengthButItsOwn) {
  const base::Bytes whole = encode(some_registration());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode_registration(base::ByteView(whole).first(size))) << size;
  }
  base::Bytes longer = whole;
  longer.push_back(std::byte{0});
  EXPECT_FALSE(decode_registration(longer));
}

TEST(Registration, TakesAsManyContractsAsItMayAndNoMore) {
  Registration registration;
  for (int i = 0; i < 4'096; ++i) {
    registration.contracts.push_back(make_contract("C" + std::to_string(i), Kind::command));
  }
  EXPECT_TRUE(decode_registration(encode(registration)));
  registration.contracts.push_back(make_contract("OneMore", Kind::command));
  EXPECT_FALSE(decode_registration(encode(registration)));
}

TEST(Registration, NeverCrashesOnAFlippedBit) {
  base::Bytes bytes = encode(some_registration());
  for (std::byte& byte : bytes) {
    const std::byte good = byte;
    for (unsigned bit = 0; bit < 8; ++bit) {
      byte = good ^ static_cast<std::byte>(1U << bit);
      const auto decoded = decode_registration(bytes);
      // Whatever is still accepted can be encoded and read again.
      if (decoded) {
        EXPECT_TRUE(decode_registration(encode(*decoded)));
      }
    }
    byte = good;
  }
}

}  // namespace
}  // namespace sealbus::contract
