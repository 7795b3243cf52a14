#include "common/envelope/header.hpp"
#include "common/envelope/header_fields.hpp"
#include "common/wire/writer.hpp"
#include "tests/unit/common/envelope/fixture.hpp"

namespace sealbus::envelope {
namespace {

const std::string kPath(8'192, 'p');

class CodecTest : public SessionFixture {
 protected:
  static std::string encode_outcome(const Header& header) {
    const auto result = header.type == MessageType::message
                            ? encode_message(header, auth::IdentityIssuer::issue(user()))
                            : encode_control(header);
    return outcome(result);
  }
  Header reply_header() {
    Header reply = header(MessageType::reply);
    reply.answers = base::Uuid{};
    reply.status = 200;
    return reply;
  }
};

TEST(HeaderFields, AreAllThere) {
  EXPECT_EQ(header_fields().size(), kFieldKeys.size());
  for (std::size_t i = 0; i < kFieldKeys.size(); ++i) {
    EXPECT_EQ(header_fields()[i].key, kFieldKeys[i]);
  }
}

TEST(MessageType, IsTheSameAfterItsName) {
  for (unsigned i = 0; i <= static_cast<unsigned>(MessageType::bye); ++i) {
    const auto type = static_cast<MessageType>(i);
    EXPECT_EQ(type_named(name(type)), type);
  }
  EXPECT_EQ(name(MessageType::register_), "register");
  EXPECT_FALSE(type_named("register_"));
  EXPECT_FALSE(type_named(""));
}

// FORMAT.md §5.3: direction and payload of every type.
TEST(MessageType, TravelsAsTheTableSays) {
  struct Row {
    MessageType type;
    bool hello, welcome, up, down, payload;
  };
  using enum MessageType;
  for (const Row& row :
       {Row{hello, true, false, false, false, false},
        Row{welcome, false, true, false, false, false},
        Row{register_, false, false, true, false, true},
        Row{message, false, false, false, true, true}, Row{reply, false, false, true, false, true},
        Row{refused, false, false, true, true, false}, Row{ack, false, false, true, true, false},
        Row{nack, false, false, true, false, false}, Row{reject, false, false, true, false, false},
        Row{progress, false, false, true, false, false},
        Row{credit, false, false, true, false, false},
        Row{publish, false, false, true, false, true},
        Row{heartbeat, false, false, true, true, false},
        Row{bye, false, false, true, true, false}}) {
    SCOPED_TRACE(name(row.type));
    EXPECT_EQ(fits(row.type, Purpose::hello), row.hello);
    EXPECT_EQ(fits(row.type, Purpose::welcome), row.welcome);
    EXPECT_EQ(fits(row.type, Purpose::up), row.up);
    EXPECT_EQ(fits(row.type, Purpose::down), row.down);
    EXPECT_EQ(takes_payload(row.type), row.payload);
  }
}

TEST_F(CodecTest, TakesEverythingUpToItsBound) {
  const std::string long_text(8'192, 'v');
  Header message = message_header();
  message.correlation_id = std::string_view(long_text).substr(0, 128);
  message.traceparent = std::string_view(long_text).substr(0, 55);
  message.content_type = std::string_view(long_text).substr(0, 256);
  message.method = std::string_view(long_text).substr(0, 16);
  message.path = kPath;
  message.query = long_text;
  message.params = {{"id", long_text}};
  message.headers = {{"accept", long_text}, {"empty", ""}};
  message.attempt = 1'000;
  const auto bytes = encode_message(message, auth::IdentityIssuer::issue(user()));
  ASSERT_TRUE(bytes);
  Header decoded;
  ASSERT_TRUE(decode_header(bytes->bytes(), decoded));
  EXPECT_EQ(decoded.path, kPath);
  EXPECT_EQ(decoded.headers, message.headers);
  EXPECT_EQ(decoded.correlation_id.size(), 128U);
}

TEST_F(CodecTest, RefusesToEncodeWhatAReceiverWouldRefuse) {
  const std::string too_long(8'193, 'v');
  const std::vector<std::pair<std::string_view, std::function<void(Header&)>>> changes = {
      {"path", [&](Header& to) { to.path = too_long; }},
      {"query", [&](Header& to) { to.query = "\xff"; }},
      {"contentType",
       [&](Header& to) { to.content_type = std::string_view(too_long).substr(0, 257); }},
      {"headers",
       [&](Header& to) {
         to.headers = {{"Accept", "x"}};
       }},
      {"headers",
       [&](Header& to) {
         to.headers = {{"accept", "caf\xe9"}};
       }},
      {"headers",
       [&](Header& to) {
         to.headers = {{"a", "1"}, {"a", "2"}};
       }},
      {"headers",
       [&](Header& to) {
         to.headers = {{std::string_view(too_long).substr(0, 65), ""}};
       }},
      {"headers",
       [&](Header& to) {
         to.headers = {{"a", too_long}};
       }},
      {"params",
       [&](Header& to) {
         to.params = TextPairs(33, {"a", "1"});
       }},
      {"expires", [&](Header& to) { to.expires = base::from_millis(253'402'300'800'000); }},
      {"expires", [&](Header& to) { to.expires = base::from_millis(-1); }},
      {"kind", [&](Header& to) { to.kind = "Command"; }},
      {"attempt", [&](Header& to) { to.attempt = 1'001; }},
  };
  for (const auto& [field, change] : changes) {
    SCOPED_TRACE(field);
    Header header = message_header();
    change(header);
    const auto refused = encode_message(header, auth::IdentityIssuer::issue(user()));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().refusal, base::Refusal::bad_request);
    EXPECT_TRUE(refused.error().detail.starts_with(field)) << refused.error().detail;
  }
  Header reply = reply_header();
  reply.status = 199;
  EXPECT_EQ(encode_outcome(reply), "bad_request");
}

TEST_F(CodecTest, RefusesAHeaderThatIsTooLongAsAWhole) {
  std::vector<std::string> names;
  for (int i = 0; i < 9; ++i) names.push_back("h" + std::to_string(i));
  Header message = message_header();
  for (const std::string& name : names) message.headers.emplace_back(name, kPath);
  EXPECT_EQ(encode_outcome(message), "headers_too_large");
  message.headers.resize(7);
  EXPECT_EQ(encode_outcome(message), "accepted");
}

TEST_F(CodecTest, RefusesAnAuthContextThatIsTooLong) {
  identity::AuthContext context = user();
  context.permissions.assign(200, std::string(256, 'p'));
  EXPECT_EQ(outcome(encode_message(message_header(), auth::IdentityIssuer::issue(context))),
            "bad_request");
}

// What is absent means "all that the context has"; what is empty means none of it.
TEST_F(CodecTest, KeepsNoPermissionsApartFromNoList) {
  Header publish = header(MessageType::publish);
  publish.contract = "users.Created";
  publish.expires = clock_.wall();
  Header decoded;
  ASSERT_TRUE(decode_header(encoded(publish).bytes(), decoded));
  EXPECT_FALSE(decoded.permissions);
  publish.permissions.emplace();
  Header again;
  ASSERT_TRUE(decode_header(encoded(publish).bytes(), again));
  ASSERT_TRUE(again.permissions);
  EXPECT_TRUE(again.permissions->empty());
}

TEST_F(CodecTest, TakesFieldsInAnyOrder) {
  wire::Writer out;
  out.map(3).text("issued").unsigned_integer(7).text("id").bin(base::Bytes(16));
  out.text("type").text("heartbeat");
  Header decoded;
  ASSERT_TRUE(decode_header(out.take(), decoded));
  EXPECT_EQ(base::to_millis(decoded.issued), 7);
}

TEST_F(CodecTest, NamesTheFieldThatIsWrongButNotItsValue) {
  wire::Writer out;
  out.map(3).text("type").text("heartbeat").text("id").bin(base::Bytes(15));
  out.text("issued").text("a secret");
  Header decoded;
  const auto refused = decode_header(out.take(), decoded);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().refusal, base::Refusal::malformed_header);
  EXPECT_TRUE(refused.error().detail.starts_with("id: ")) << refused.error().detail;
}

TEST_F(CodecTest, IsRefusedAtEveryLengthButItsOwn) {
  const base::Bytes whole = message().header;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Header decoded;
    EXPECT_FALSE(decode_header(base::ByteView(whole).first(size), decoded)) << size;
  }
}

TEST_F(CodecTest, NeverCrashesOnAChangedByte) {
  base::Bytes bytes = message().header;
  for (std::byte& byte : bytes) {
    const std::byte good = byte;
    for (unsigned value = 0; value < 256; ++value) {
      byte = static_cast<std::byte>(value);
      Header decoded;
      if (decode_header(bytes, decoded)) {
        EXPECT_LE(decoded.auth.size(), bytes.size());
      }
    }
    byte = good;
  }
}

TEST_F(CodecTest, GivesTheSameBytesForTheSameHeader) {
  const Header header = message_header();
  EXPECT_EQ(base::to_hex(encoded_message(header).bytes()),
            base::to_hex(encoded_message(header).bytes()));
}

using CodecDeathTest = CodecTest;

TEST_F(CodecDeathTest, AbortsOnAHeaderThatItsWriterLeftIncomplete) {
  EXPECT_DEATH((void)encode_control(header(MessageType::reply)), "");
  EXPECT_DEATH(
      (void)encode_message(header(MessageType::message), auth::IdentityIssuer::issue(user())), "");
}

TEST_F(CodecDeathTest, AbortsOnAFieldThatDoesNotBelongToTheType) {
  Header heartbeat = header(MessageType::heartbeat);
  heartbeat.contract = "CreateUser";
  EXPECT_DEATH((void)encode_control(heartbeat), "");
}

TEST_F(CodecDeathTest, LetsNobodySpeakForAUserWithoutAnIdentity) {
  Header message = message_header();
  const base::Bytes auth(10);
  message.auth = auth;
  EXPECT_DEATH((void)encode_control(message), "");
}

TEST_F(CodecDeathTest, AbortsOnAMessageThatGoesTheWrongWay) {
  EXPECT_DEATH((void)at_sidecar_->sealer.seal(encoded_message(message_header()), {}), "");
  EXPECT_DEATH((void)at_ingress_->sealer.seal(encoded(reply_header()), {}), "");
}

TEST_F(CodecDeathTest, AbortsOnAPayloadWhereThereIsNone) {
  const auto heartbeat = encoded(header(MessageType::heartbeat));
  EXPECT_DEATH((void)at_sidecar_->sealer.seal(heartbeat, base::as_bytes("x")), "");
}

}  // namespace
}  // namespace sealbus::envelope
