#include "common/jwt/token.hpp"

#include <gtest/gtest.h>

#include "common/jwt/limits.hpp"
#include "tests/support/token_maker.hpp"

namespace sealbus::jwt {
namespace {

using base::Refusal;
using test::base64url;
using test::make_token;

constexpr std::string_view kClaims = R"({"sub":"user-123","iss":"joe"})";

void expect_refused(std::string_view token, Refusal refusal = Refusal::malformed_token) {
  const auto parsed = UnverifiedToken::parse(token);
  ASSERT_FALSE(parsed) << token.substr(0, 200);
  EXPECT_EQ(parsed.error().refusal, refusal) << token.substr(0, 200);
  EXPECT_NE(parsed.error().detail, "");
}

void expect_header_refused(std::string_view header) { expect_refused(make_token(kClaims, header)); }

TEST(UnverifiedToken, TakesAWellFormedTokenApart) {
  const std::string token = make_token(kClaims, R"({"alg":"HS256","kid":"k1"})");
  const auto parsed = UnverifiedToken::parse(token);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->algorithm(), "HS256");
  EXPECT_EQ(parsed->kid(), "k1");
  EXPECT_EQ(parsed->claimed_issuer(), "joe");
  EXPECT_EQ(base::as_text(parsed->signing_input()), token.substr(0, token.rfind('.')));
  EXPECT_EQ(parsed->signature().size(), 32U);
}

TEST(UnverifiedToken, RefusesAnyNumberOfDotsButTwo) {
  const std::string good = make_token(kClaims);
  expect_refused("");
  expect_refused("abc");
  expect_refused(good.substr(0, good.find('.')));
  expect_refused(good.substr(0, good.rfind('.')));
  expect_refused(good + ".");
  expect_refused("." + good);
  expect_refused(good + "." + base64url("x"));
  expect_refused("..");
  expect_refused("....");
  expect_refused(std::string(8'000, '.'));
  expect_refused(std::string(10'000, '.'));
}

TEST(UnverifiedToken, RefusesAnEmptyPart) {
  const std::string header = base64url(test::kHs256Header);
  const std::string claims = base64url(kClaims);
  expect_refused("." + claims + ".AAAA");
  expect_refused(header + "..AAAA");
  expect_refused(header + "." + claims + ".");
}

TEST(UnverifiedToken, RefusesEveryTruncationThatLeavesNoSignature) {
  const std::string good = make_token(kClaims);
  for (std::size_t size = 0; size <= good.rfind('.') + 1; ++size) {
    expect_refused(good.substr(0, size));
  }
}

TEST(UnverifiedToken, RefusesWhatIsNotStrictBase64url) {
  const std::string header = base64url(test::kHs256Header);
  const std::string claims = base64url(R"({"sub":"u"})");
  ASSERT_TRUE(UnverifiedToken::parse(header + "." + claims + ".AAAA"));
  for (const std::string_view signature :
       {"AAA=", "AA==", "AA+A", "AA/A", "AA A", "AAAA ", " AAAA", "AAAA\n", "AAAA\t", "AA\r\nAA",
        "A", "AAAAA", "AB", "AAB", "AA%41", "AA*A", "AA\xc3\xa9"}) {
    expect_refused(header + "." + claims + "." + std::string(signature));
  }
  expect_refused(header + "=." + claims + ".AAAA");
  expect_refused(header + "." + claims + "=.AAAA");
  expect_refused(header + "." + claims + " .AAAA");
  expect_refused(" " + header + "." + claims + ".AAAA");
  expect_refused(header + "." + claims + std::string(1, '\0') + ".AAAA");
}

TEST(UnverifiedToken, RefusesTrailingBitsInEveryPart) {
  // Sixteen bytes are 22 digits, and the last has four bits that must be zero.
  const std::string header = base64url(R"({"alg":"HS256" })");
  const std::string claims = base64url(R"({"sub":"user-1"})");
  ASSERT_EQ(header.size(), 22U);
  ASSERT_EQ(claims.size(), 22U);
  const auto changed = [](std::string part) {
    ++part.back();
    return part;
  };
  ASSERT_TRUE(UnverifiedToken::parse(header + "." + claims + ".AA"));
  expect_refused(changed(header) + "." + claims + ".AA");
  expect_refused(header + "." + changed(claims) + ".AA");
  expect_refused(header + "." + claims + ".AB");
}

TEST(UnverifiedToken, AcceptsTheLongestTokenAndRefusesOneByteMore) {
  const std::string start = test::signing_input(test::kHs256Header, kClaims) + ".";
  const auto of_size = [&](std::size_t size) {
    return start + std::string(size - start.size(), 'A');
  };
  ASSERT_NE((kLongestToken - start.size()) % 4, 1U);
  EXPECT_TRUE(UnverifiedToken::parse(of_size(kLongestToken)));
  EXPECT_TRUE(UnverifiedToken::parse(of_size(kLongestToken - 4)));
  expect_refused(of_size(kLongestToken + 1));
  expect_refused(of_size(kLongestToken + 4));
}

TEST(UnverifiedToken, RefusesTheJsonSerialisationAndEncryptedTokens) {
  expect_refused(R"({"payload":"e30","protected":"e30","signature":"AAAA"})");
  expect_refused(R"({"payload":"e30","signatures":[{"protected":"e30","signature":"AAAA"}]})");
  expect_refused("eyJhbGciOiJkaXIifQ..AAAA.AAAA.AAAA");
}

TEST(UnverifiedToken, RefusesANestedToken) {
  expect_refused(make_token(make_token(kClaims)));
  expect_header_refused(R"({"alg":"HS256","cty":"JWT"})");
  expect_header_refused(R"({"alg":"HS256","cty":"jwt"})");
}

TEST(UnverifiedToken, RefusesAnAlgThatIsNoString) {
  for (const std::string_view header :
       {R"({})", R"({"typ":"JWT"})", R"({"alg":null})", R"({"alg":256})", R"({"alg":true})",
        R"({"alg":["HS256"]})", R"({"alg":{"HS256":1}})", R"({"ALG":"HS256"})"}) {
    expect_header_refused(header);
  }
}

TEST(UnverifiedToken, RefusesCritB64AndZipWhateverTheirValue) {
  for (const std::string_view member :
       {R"("crit":["exp"])", R"("crit":[])", R"("crit":["b64"],"b64":false)", R"("b64":false)",
        R"("b64":true)", R"("zip":"DEF")", R"("zip":null)", R"("crit":null)"}) {
    expect_header_refused("{\"alg\":\"HS256\"," + std::string(member) + "}");
  }
}

TEST(UnverifiedToken, RefusesAKidOfTheWrongTypeOrShape) {
  for (const std::string& kid :
       {std::string("1"), std::string("null"), std::string("[]"), std::string("{}"),
        std::string("\"\""), "\"" + std::string(257, 'k') + "\"", std::string(R"("a\u0000b")"),
        std::string(R"("a\nb")"), std::string(R"("\u001b[31m")"), std::string(R"("a\u0085")")}) {
    expect_header_refused(R"({"alg":"HS256","kid":)" + kid + "}");
  }
  expect_header_refused(R"({"alg":"HS256","kid":")" + std::string(5'000, 'k') + "\"}");
}

TEST(UnverifiedToken, TakesAnyPlainKidOfUpTo256BytesAsText) {
  for (const std::string& kid : {std::string("../../../dev/null"), std::string("' OR 1=1 --"),
                                 std::string("é"), std::string(256, 'k')}) {
    const std::string token = make_token(kClaims, R"({"alg":"HS256","kid":")" + kid + "\"}");
    const auto parsed = UnverifiedToken::parse(token);
    ASSERT_TRUE(parsed) << kid;
    EXPECT_EQ(parsed->kid(), kid);
  }
}

TEST(UnverifiedToken, RefusesATypOrCtyThatIsNoString) {
  expect_header_refused(R"({"alg":"HS256","typ":1})");
  expect_header_refused(R"({"alg":"HS256","cty":[]})");
  EXPECT_TRUE(UnverifiedToken::parse(make_token(kClaims, R"({"alg":"HS256","typ":"at+jwt"})")));
}

TEST(UnverifiedToken, RefusesDuplicateNamesInHeaderAndClaims) {
  expect_header_refused(R"({"alg":"HS256","alg":"HS256"})");
  expect_header_refused(R"({"alg":"none","alg":"HS256"})");
  expect_refused(make_token(R"({"sub":"a","sub":"b"})"));
  expect_refused(make_token(R"({"sub":"a","s\u0075b":"b"})"));
  expect_refused(make_token(R"({"sub":"a","x":{"y":1,"y":1}})"));
}

TEST(UnverifiedToken, RefusesHeadersAndClaimsThatAreNoJsonObject) {
  for (const std::string_view text :
       {"[]", "null", "1", "\"x\"", "{", "{}{}", "x", " ", "\xef\xbb\xbf{}", "{\"a\":\"\xff\"}"}) {
    expect_refused(make_token(kClaims, text));
    expect_refused(make_token(text));
  }
}

TEST(UnverifiedToken, RefusesDeepNesting) {
  const std::string deep = std::string(2'000, '[') + std::string(2'000, ']');
  expect_refused(make_token("{\"sub\":\"u\",\"x\":" + deep + "}"));
  expect_refused(make_token(kClaims, "{\"alg\":\"HS256\",\"x\":" + deep + "}"));
}

TEST(UnverifiedToken, ANumberThatNoDoubleHoldsIsAnInvalidClaim) {
  expect_refused(make_token(R"({"sub":"u","exp":1e309})"), Refusal::invalid_claim);
  expect_refused(make_token(R"({"sub":"u","x":1e309})"), Refusal::invalid_claim);
  expect_header_refused(R"({"alg":"HS256","x":1e309})");
}

TEST(UnverifiedToken, AnIssuerThatIsNoStringIsNotClaimed) {
  const std::string token = make_token(R"({"sub":"u","iss":7})");
  EXPECT_EQ(UnverifiedToken::parse(token)->claimed_issuer(), std::nullopt);
}

TEST(UnverifiedToken, TellsATraceWhatWasFound) {
  Trace good;
  ASSERT_TRUE(UnverifiedToken::parse(make_token(kClaims), &good));
  ASSERT_EQ(good.checks().size(), 2U);
  EXPECT_EQ(good.checks()[0].name, "form");
  EXPECT_EQ(good.checks()[0].outcome, Outcome::passed);
  EXPECT_EQ(good.checks()[1].name, "header");
  EXPECT_EQ(good.checks()[1].found, "alg HS256, kid none");

  Trace bad;
  ASSERT_FALSE(UnverifiedToken::parse(make_token(kClaims, R"({"alg":"HS256","zip":1})"), &bad));
  ASSERT_EQ(bad.checks().size(), 2U);
  EXPECT_EQ(bad.checks()[1].outcome, Outcome::failed);
  EXPECT_EQ(bad.checks()[1].found, "zip is present");
}

}  // namespace
}  // namespace sealbus::jwt
