#include "sidecar/ingress/http_errors.hpp"

#include <gtest/gtest.h>

namespace sealbus::ingress {
namespace {

using base::Refusal;
using settings::ErrorDetail;

std::string field(const http::Response& response, std::string_view name) {
  for (const auto& one : response.fields) {
    if (one.name == name) return one.value;
  }
  return {};
}

http::Response full(const Rejection& rejection) {
  return to_response(rejection, "request-1", ErrorDetail::full);
}

TEST(HttpErrors, GivesEveryRefusalAStatus) {
  for (const Refusal refusal : base::all_refusals()) {
    EXPECT_GE(http_status(refusal), 400U) << base::code(refusal);
    EXPECT_LE(http_status(refusal), 504U) << base::code(refusal);
  }
}

TEST(HttpErrors, IsAProblemDocumentWithAllItsMembers) {
  const auto response = full(reject(Refusal::token_expired));
  EXPECT_EQ(response.status, 401U);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(response.body,
            R"({"type":"urn:sealbus:refusal:token_expired","title":"Invalid token","status":401,)"
            R"("code":"token_expired","error":"Invalid token","detail":"jwt expired",)"
            R"("requestId":"request-1"})"
            "\n");
}

TEST(HttpErrors, ChallengesWithTheErrorWhenATokenWasSent) {
  EXPECT_EQ(
      field(full(reject(Refusal::invalid_signature)), "WWW-Authenticate"),
      R"(Bearer realm="sealbus", error="invalid_token", error_description="invalid signature")");
}

TEST(HttpErrors, ChallengesWithoutAnErrorWhenNoCredentialsWereSent) {
  EXPECT_EQ(field(full(reject(Refusal::authentication_required)), "WWW-Authenticate"),
            R"(Bearer realm="sealbus")");
}

TEST(HttpErrors, AnswersMissingCredentialsWithoutADetail) {
  const auto response = full(reject(Refusal::authentication_required));
  EXPECT_EQ(response.body.find("detail"), std::string::npos);
  EXPECT_NE(response.body.find(R"("error":"Authentication required")"), std::string::npos);
}

TEST(HttpErrors, SaysWhyDevelopmentHeadersAreIgnored) {
  const auto response = full(reject(Refusal::development_disabled));
  EXPECT_NE(response.body.find("DEVELOPMENT_AUTH_ENABLED is not true"), std::string::npos);
  EXPECT_NE(response.body.find(R"("error":"Authentication required")"), std::string::npos);
}

TEST(HttpErrors, NamesTheMissingPermissionsInBodyAndChallenge) {
  Rejection rejection = reject(Refusal::insufficient_permissions);
  rejection.missing = {"users:create", "users:read"};
  const auto response = full(rejection);
  EXPECT_EQ(response.status, 403U);
  EXPECT_NE(response.body.find(R"("missing":["users:create","users:read"])"), std::string::npos);
  EXPECT_EQ(
      field(response, "WWW-Authenticate"),
      R"(Bearer realm="sealbus", error="insufficient_scope", scope="users:create users:read")");
}

TEST(HttpErrors, MinimalDetailHidesTheSentence) {
  const auto response = to_response(reject(Refusal::invalid_signature), "r", ErrorDetail::minimal);
  EXPECT_EQ(response.body.find("invalid signature"), std::string::npos);
  EXPECT_EQ(field(response, "WWW-Authenticate").find("invalid signature"), std::string::npos);
  EXPECT_NE(response.body.find(R"("code":"invalid_signature")"), std::string::npos);
}

TEST(HttpErrors, KeepsQuotesAndControlBytesOutOfTheChallenge) {
  const auto response = full({{Refusal::invalid_claim, "the 'x\"y\\z\r\n' claim"}, {}, {}, {}});
  EXPECT_EQ(
      field(response, "WWW-Authenticate"),
      R"(Bearer realm="sealbus", error="invalid_token", error_description="the 'x?y?z??' claim")");
}

TEST(HttpErrors, SaysWhichMethodsAreAllowed) {
  Rejection rejection = reject(Refusal::method_not_allowed);
  rejection.allowed = {"GET", "POST"};
  EXPECT_EQ(field(full(rejection), "Allow"), "GET, POST");
}

TEST(HttpErrors, SaysWhenToTryAgain) {
  Rejection rejection = reject(Refusal::queue_full);
  rejection.retry_after = std::chrono::seconds(7);
  const auto response = full(rejection);
  EXPECT_EQ(response.status, 503U);
  EXPECT_EQ(field(response, "Retry-After"), "7");
}

TEST(HttpErrors, AnswersAnIdentityThatTheSidecarRefusedWith401) {
  const auto response = full(reject(Refusal::development_refused));
  EXPECT_EQ(response.status, 401U);
  EXPECT_NE(response.body.find(R"("error":"Invalid identity")"), std::string::npos);
}

}  // namespace
}  // namespace sealbus::ingress
