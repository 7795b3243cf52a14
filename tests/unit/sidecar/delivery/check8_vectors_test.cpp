// tests/vectors/envelope/check8.json: what a sidecar makes of a message that verified.

#include <gtest/gtest.h>

#include "sidecar/delivery/authorise.hpp"
#include "tests/support/envelope_vectors.hpp"

namespace sealbus::delivery {
namespace {

Policy policy_of(simdjson::dom::element raw) {
  const auto bytes = test::unhex(test::text_of(raw, "contracts"));
  Policy policy;
  auto registration = contract::decode_registration(bytes).value();
  policy.contracts = std::move(registration.contracts);
  policy.subscriptions = std::move(registration.subscriptions);
  if (bool(raw["acceptDevelopment"])) policy.development = DevelopmentIdentities::accepted;
  return policy;
}

TEST(Check8Vectors, EndAsTheFileSays) {
  const test::VectorFile file("envelope/check8.json");
  const auto defaults = file.list("defaults").front();
  for (const auto raw : file.list("cases")) {
    const test::EnvelopeCase on = test::envelope_case(raw, defaults);
    SCOPED_TRACE(on.name);
    ASSERT_EQ(on.frames.size(), envelope::kFrames);
    envelope::Verifier verifier = test::verifier_of(on);
    const auto opened =
        verifier.open({on.frames[0], on.frames[1], on.frames[2]}, on.now, on.limits);
    ASSERT_TRUE(opened);
    const auto allowed = authorise(*opened, policy_of(raw["policy"]));
    EXPECT_EQ(allowed ? "" : base::code(allowed.error().failure.refusal), on.reason);
  }
}

}  // namespace
}  // namespace sealbus::delivery
