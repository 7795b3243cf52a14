// The payload of `register`: envelope/FORMAT.md, "Registration".
#include <algorithm>

#include "common/contract/contract.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/writer.hpp"

namespace sealbus::contract {
namespace {

constexpr std::uint32_t kMostKeys = 64;
constexpr std::uint32_t kMostContracts = 4'096;
constexpr std::uint32_t kMostPermissions = 64;
constexpr std::uint32_t kMostMethods = 7;
constexpr std::uint64_t kMostAttempts = 1'000;
constexpr std::uint64_t kLongestMillis = 7ULL * 24 * 3600 * 1000;

using wire::Reader;
using wire::Writer;

std::uint32_t count(std::size_t n) { return static_cast<std::uint32_t>(n); }

void write_texts(Writer& out, const std::vector<std::string>& texts) {
  out.array(count(texts.size()));
  for (const std::string& text : texts) out.text(text);
}

void write_requirement(Writer& out, const identity::Requirement& required) {
  out.map(2).text("allOf");
  write_texts(out, required.all_of);
  out.text("anyOf");
  write_texts(out, required.any_of);
}

void write_millis(Writer& out, std::string_view key, milliseconds value) {
  out.text(key).unsigned_integer(static_cast<std::uint64_t>(value.count()));
}

void write_event(Writer& out, const Contract& contract) {
  out.text("delivery").text(name(contract.delivery));
  out.text("authAt").text(name(contract.auth_at));
  if (contract.max_auth_age) write_millis(out, "maxAuthAge", *contract.max_auth_age);
  out.text("retry").map(4).text("maxAttempts").unsigned_integer(contract.retry.max_attempts);
  write_millis(out, "initialDelay", contract.retry.initial_delay);
  write_millis(out, "maxDelay", contract.retry.max_delay);
  write_millis(out, "ackWait", contract.retry.ack_wait);
}

void write_contract(Writer& out, const Contract& contract) {
  const bool event = contract.kind == Kind::event;
  out.map(7 + (event ? 3 + (contract.max_auth_age ? 1U : 0U) : 0U));
  out.text("name").text(contract.name);
  out.text("kind").text(name(contract.kind));
  out.text("methods");
  write_texts(out, contract.methods);
  out.text("path").text(contract.path.text());
  out.text("required");
  write_requirement(out, contract.required);
  out.text("public").boolean(contract.is_public);
  write_millis(out, "timeout", contract.timeout);
  if (event) write_event(out, contract);
}

std::vector<std::string> read_texts(Reader& in, std::uint32_t most, std::size_t longest,
                                    bool (*acceptable)(std::string_view)) {
  std::vector<std::string> texts;
  for (std::uint32_t left = in.array(most); left > 0 && !in.failed(); --left) {
    const std::string_view text = in.text(longest);
    if (!acceptable(text)) in.fail("unacceptable text");
    texts.emplace_back(text);
  }
  return texts;
}

identity::Requirement read_requirement(Reader& in) {
  identity::Requirement required;
  in.each_entry(2, [&](std::string_view key) {
    auto* list = key == "allOf" ? &required.all_of : key == "anyOf" ? &required.any_of : nullptr;
    if (list == nullptr) return in.fail("unknown key");
    *list = read_texts(in, kMostPermissions, 256, identity::is_valid_permission);
  });
  return required;
}

milliseconds read_millis(Reader& in) {
  const std::uint64_t value = in.unsigned_integer();
  if (value > kLongestMillis) in.fail("duration too long");
  return milliseconds(static_cast<std::int64_t>(std::min(value, kLongestMillis)));
}

template <typename Enum>
Enum read_enum(Reader& in, std::optional<Enum> (*named)(std::string_view)) {
  const auto value = named(in.text(16));
  if (!value) in.fail("unknown word");
  return value.value_or(Enum{});
}

unsigned read_attempts(Reader& in) {
  const std::uint64_t value = in.unsigned_integer();
  if (value < 1 || value > kMostAttempts) in.fail("number of attempts out of range");
  return in.failed() ? 1 : static_cast<unsigned>(value);
}

Retry read_retry(Reader& in) {
  Retry retry;
  in.each_entry(4, [&](std::string_view key) {
    if (key == "maxAttempts") {
      retry.max_attempts = read_attempts(in);
    } else if (key == "initialDelay") {
      retry.initial_delay = read_millis(in);
    } else if (key == "maxDelay") {
      retry.max_delay = read_millis(in);
    } else if (key == "ackWait") {
      retry.ack_wait = read_millis(in);
    } else {
      in.fail("unknown key");
    }
  });
  return retry;
}

PathPattern read_path(Reader& in) {
  auto path = PathPattern::parse(in.text(512));
  if (!path || path->has_wildcards()) {
    in.fail("unacceptable path");
    return {};
  }
  return std::move(*path);
}

void read_field(Reader& in, std::string_view key, Contract& contract) {
  if (key == "name") {
    contract.name = in.text(64);
  } else if (key == "kind") {
    contract.kind = read_enum<Kind>(in, kind_named);
  } else if (key == "methods") {
    contract.methods = read_texts(in, kMostMethods, 16, is_method);
  } else if (key == "path") {
    contract.path = read_path(in);
  } else if (key == "required") {
    contract.required = read_requirement(in);
  } else if (key == "public") {
    contract.is_public = in.boolean();
  } else if (key == "timeout") {
    contract.timeout = read_millis(in);
  } else if (key == "delivery") {
    contract.delivery = read_enum<Delivery>(in, delivery_named);
  } else if (key == "authAt") {
    contract.auth_at = read_enum<AuthAt>(in, auth_at_named);
  } else if (key == "maxAuthAge") {
    contract.max_auth_age = read_millis(in);
  } else if (key == "retry") {
    contract.retry = read_retry(in);
  } else {
    in.pass_over(key);
  }
}

Contract read_contract(Reader& in) {
  Contract contract;
  in.each_entry(kMostKeys, [&](std::string_view key) { read_field(in, key, contract); });
  const bool complete =
      is_contract_name(contract.name) && !contract.methods.empty() && !contract.path.text().empty();
  if (!complete) in.fail("incomplete contract");
  return contract;
}

Subscription read_subscription(Reader& in) {
  Subscription subscription;
  in.each_entry(kMostKeys, [&](std::string_view key) {
    if (key == "event") {
      subscription.event = in.text(128);
    } else if (key == "required") {
      subscription.required = read_requirement(in);
    } else {
      in.pass_over(key);
    }
  });
  if (subscription.event.empty()) in.fail("incomplete subscription");
  return subscription;
}

template <typename T>
void read_list(Reader& in, std::vector<T>& list, T (*read_one)(Reader&)) {
  for (std::uint32_t left = in.array(kMostContracts); left > 0 && !in.failed(); --left) {
    list.push_back(read_one(in));
  }
}

bool has_duplicate_names(const std::vector<Contract>& contracts) {
  std::vector<std::string_view> names;
  for (const Contract& contract : contracts) names.emplace_back(contract.name);
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

}  // namespace

base::Bytes encode(const Registration& registration) {
  Writer out(1'024);
  out.map(2).text("contracts").array(count(registration.contracts.size()));
  for (const Contract& contract : registration.contracts) write_contract(out, contract);
  out.text("subscribe").array(count(registration.subscriptions.size()));
  for (const Subscription& subscription : registration.subscriptions) {
    out.map(2).text("event").text(subscription.event).text("required");
    write_requirement(out, subscription.required);
  }
  return out.take();
}

base::Result<Registration> decode_registration(base::ByteView bytes) {
  Registration registration;
  Reader in(bytes);
  in.each_entry(kMostKeys, [&](std::string_view key) {
    if (key == "contracts") {
      read_list(in, registration.contracts, read_contract);
    } else if (key == "subscribe") {
      read_list(in, registration.subscriptions, read_subscription);
    } else {
      in.pass_over(key);
    }
  });
  in.end();
  if (has_duplicate_names(registration.contracts)) in.fail("a contract's name twice");
  if (in.failed()) {
    return base::refuse(base::Refusal::malformed_header, "registration: " + in.error());
  }
  return registration;
}

}  // namespace sealbus::contract
