#include "sidecar/tools/tail_format.hpp"

#include <gtest/gtest.h>

namespace sealbus::tools {
namespace {

class TailFormat : public testing::Test {
 protected:
  TailFormat() {
    message_.subject = {
        "users.CreateUser", "command", {}, base::from_millis(1'767'225'600'042), "req-1"};
    message_.decision = "delivered";
    message_.user = "user-123";
    message_.permissions = {"users:create", "users:read"};
    message_.method = identity::Method::jwt;
  }
  [[nodiscard]] std::string line() const { return as_line(message_, Payloads::hidden); }
  [[nodiscard]] std::string shown(std::string_view payload) {
    message_.payload = base::as_bytes(payload);
    const std::string whole = as_line(message_, Payloads::shown);
    return whole.substr(whole.find(" payload="));
  }

  tap::Message message_;
};

TEST_F(TailFormat, SaysWhoAskedForWhatAndWhatBecameOfIt) {
  EXPECT_EQ(line(),
            "2026-01-01T00:00:00.042Z delivered users.CreateUser user=user-123 "
            "permissions=users:create,users:read method=jwt request=req-1");
}

TEST_F(TailFormat, SaysOfARefusedOneWhatIsKnown) {
  message_.decision = "expired";
  message_.permissions = {};
  message_.method = std::nullopt;
  EXPECT_EQ(line(),
            "2026-01-01T00:00:00.042Z expired users.CreateUser user=user-123 request=req-1");
}

TEST_F(TailFormat, NamesTheMessageWhereThereIsNoRequestId) {
  message_.subject.correlation_id = {};
  EXPECT_TRUE(line().ends_with(" request=00000000-0000-0000-0000-000000000000"));
}

TEST_F(TailFormat, MarksWildcards) {
  message_.wildcards = identity::Wildcards::on;
  EXPECT_NE(line().find(" wildcards=on "), std::string::npos);
}

TEST_F(TailFormat, LetsNothingThroughThatATerminalObeysOrThatLooksLikeAnotherField) {
  for (const char* user : {"a\nb", "a\x1b[2Jb",
                           "a\u202e"
                           "b",
                           "a\u2028"
                           "b",
                           "a b",
                           "a\x7f"
                           "b",
                           "a\u009b"
                           "b",
                           "a\xff"
                           "b",
                           "a permissions=admin"}) {
    message_.user = user;
    const std::string out = line();
    EXPECT_NE(out.find(" user=a\\x"), std::string::npos) << out;
    EXPECT_EQ(std::count(out.begin(), out.end(), ' '), 6) << out;
    for (const char c : out) EXPECT_TRUE(c >= ' ' && c < '\x7f') << out;
  }
  message_.user = "u";
  message_.subject.contract = "a\nb c";
  message_.subject.correlation_id = "x user=admin\r";
  EXPECT_NE(line().find(" a\\x0ab\\x20c "), std::string::npos) << line();
  EXPECT_TRUE(line().ends_with(" request=x\\x20user=admin\\x0d")) << line();
}

TEST_F(TailFormat, ShowsAPayloadOnlyWhenAsked) {
  message_.payload = base::as_bytes("the letter");
  EXPECT_EQ(line().find("letter"), std::string::npos);
  EXPECT_EQ(as_json(message_, Payloads::hidden).find("letter"), std::string::npos);
  EXPECT_EQ(shown("the letter"), " payload=the letter");
}

TEST_F(TailFormat, ShowsTextEscapedAndBytesInHexadecimal) {
  EXPECT_EQ(shown("two\nlines"), " payload=two\\x0alines");
  EXPECT_EQ(shown(""), " payload=");
  EXPECT_EQ(shown("\x1b[2J"), " payload=hex:1b5b324a");
  EXPECT_EQ(shown("\xff\x01"), " payload=hex:ff01");
}

TEST_F(TailFormat, CutsAPayloadAtItsBound) {
  EXPECT_EQ(shown(std::string(4'096, 'x')).size(), 9U + 4'096);
  EXPECT_TRUE(shown(std::string(4'097, 'x')).ends_with("xx…"));
  EXPECT_TRUE(shown(std::string(4'097, '\xff')).ends_with("ff…"));
  EXPECT_EQ(shown(std::string(100'000, '\xff')).size(), 9U + 4 + 2 * 4'096 + 3);
}

TEST_F(TailFormat, WritesJson) {
  message_.payload = base::as_bytes("{\"a\":1}\n");
  EXPECT_EQ(as_json(message_, Payloads::shown),
            R"({"time":"2026-01-01T00:00:00.042Z","decision":"delivered",)"
            R"("contract":"users.CreateUser","kind":"command","user":"user-123",)"
            R"("permissions":["users:create","users:read"],"wildcards":false,"method":"jwt",)"
            R"("id":"00000000-0000-0000-0000-000000000000","requestId":"req-1",)"
            R"("payload":"{\"a\":1}\u000a"})");
  message_.payload = base::as_bytes("\xff");
  EXPECT_TRUE(as_json(message_, Payloads::shown).ends_with(R"("payloadBase64url":"_w"})"));
}

TEST_F(TailFormat, WritesJsonOfARefusedOneWithoutWhatIsUnknown) {
  message_.decision = "expired";
  message_.method = std::nullopt;
  message_.user = "eve\n\x1b[2J";
  message_.payload = base::as_bytes("x");
  EXPECT_EQ(as_json(message_, Payloads::shown),
            R"({"time":"2026-01-01T00:00:00.042Z","decision":"expired",)"
            R"("contract":"users.CreateUser","kind":"command","user":"eve\u000a\u001b[2J",)"
            R"("id":"00000000-0000-0000-0000-000000000000","requestId":"req-1"})");
}

}  // namespace
}  // namespace sealbus::tools
