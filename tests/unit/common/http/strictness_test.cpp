// Every way in which two HTTP parsers could read a request differently, as bytes on a socket: each
// is an accepted request, changed in one place.

#include "common/http/strictness.hpp"

#include <array>

#include "tests/unit/common/http/fixture.hpp"

namespace sealbus::http {
namespace {

using namespace std::string_view_literals;

struct Refused {
  std::string_view name;
  std::string_view bytes;
  std::string_view reason = {};  // a part of the detail, where another rule could have caught it
  unsigned status = 400;
};

void PrintTo(const Refused& request, std::ostream* out) { *out << request.name; }

class Strictness : public ServerTest, public testing::WithParamInterface<Refused> {};

TEST_P(Strictness, RefusesAndClosesAndHandsNothingOver) {
  bool handled = false;
  start([&](Request& request, Responder responder) {
    handled = true;
    echo(request, std::move(responder));
  });
  HttpClient client = connect();
  // What follows must not be taken for a request of its own.
  client.send(GetParam().bytes);
  client.send("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
  const HttpResponse response = client.read();
  EXPECT_EQ(response.status, GetParam().status) << response.body;
  EXPECT_NE(response.body.find(GetParam().reason), std::string::npos) << response.body;
  EXPECT_EQ(response.field("connection"), "close");
  client.finish_sending();
  EXPECT_TRUE(client.closed_by_server());
  server_->stop();
  EXPECT_FALSE(handled);
}

constexpr auto kRefused = std::to_array<Refused>({
    {"BareLineFeedEverywhere", "GET /a HTTP/1.1\nHost: a\n\n", "line feed alone"},
    {"BareLineFeedAfterTheRequestLine", "GET /a HTTP/1.1\nHost: a\r\n\r\n", "line feed alone"},
    {"BareLineFeedAfterAHeader", "GET /a HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", "line feed alone"},
    {"BareLineFeedAtTheEnd", "GET /a HTTP/1.1\r\nHost: a\r\n\n", "line feed alone"},
    {"BareCarriageReturn", "GET /a HTTP/1.1\r\nHost: a\r\nX: y\rZ: z\r\n\r\n", "control byte"},
    {"NulInAHeader", "GET /a HTTP/1.1\r\nHost: a\r\nX: y\0z\r\n\r\n"sv, "control byte"},
    {"NulInTheTarget", "GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n"sv, "control byte"},
    {"EscapeByteInAHeader", "GET /a HTTP/1.1\r\nHost: a\r\nX: \x1b[31m\r\n\r\n", "control byte"},
    {"FoldedHeaderWithSpace", "GET /a HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", "folded"},
    {"FoldedHeaderWithTab", "GET /a HTTP/1.1\r\nHost: a\r\nX: y\r\n\tz\r\n\r\n", "folded"},
    {"SpaceBeforeTheFirstHeader", "GET /a HTTP/1.1\r\n Host: a\r\n\r\n", "folded"},
    {"SpaceBeforeTheColon", "GET /a HTTP/1.1\r\nHost : a\r\n\r\n", "not a token"},
    {"TabBeforeTheColon", "GET /a HTTP/1.1\r\nHost: a\r\nX\t: y\r\n\r\n", "not a token"},
    {"SpaceInAName", "GET /a HTTP/1.1\r\nHost: a\r\nX Y: y\r\n\r\n", "not a token"},
    {"EmptyName", "GET /a HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n", "not a token"},
    {"NoColon", "GET /a HTTP/1.1\r\nHost: a\r\nXY\r\n\r\n", "no colon"},

    {"TwoEmptyLinesBefore", "\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n", "empty lines"},
    {"TwoSpacesAfterTheMethod", "GET  /a HTTP/1.1\r\nHost: a\r\n\r\n", "request line"},
    {"TwoSpacesAfterTheTarget", "GET /a  HTTP/1.1\r\nHost: a\r\n\r\n", "request line"},
    {"SpaceAfterTheVersion", "GET /a HTTP/1.1 \r\nHost: a\r\n\r\n", "request line"},
    {"SpaceInTheTarget", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "request line"},
    {"TabAfterTheMethod", "GET\t/a HTTP/1.1\r\nHost: a\r\n\r\n", "request line"},
    {"NoVersion", "GET /a\r\nHost: a\r\n\r\n", "request line"},
    {"LowerCaseVersion", "GET /a http/1.1\r\nHost: a\r\n\r\n", "version"},
    {"Version2", "GET /a HTTP/2.0\r\nHost: a\r\n\r\n", "version"},
    {"Version12", "GET /a HTTP/1.2\r\nHost: a\r\n\r\n", "version"},
    {"Version09", "GET /a HTTP/0.9\r\nHost: a\r\n\r\n", "version"},
    {"TlsOnThePlainPort", "\x16\x03\x01\x02\x00\x01\x00"sv, "method"},

    {"NoHost", "GET /a HTTP/1.1\r\n\r\n", "no Host"},
    {"TwoHosts", "GET /a HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "two Host"},
    {"TwoHostsInHttp10", "GET /a HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n", "two Host"},
    {"EmptyHost", "GET /a HTTP/1.1\r\nHost:\r\n\r\n", "not a host"},
    {"HostWithAComma", "GET /a HTTP/1.1\r\nHost: a,b\r\n\r\n", "not a host"},
    {"HostWithAUser", "GET /a HTTP/1.1\r\nHost: a@b\r\n\r\n", "not a host"},
    {"HostWithAPath", "GET /a HTTP/1.1\r\nHost: a/b\r\n\r\n", "not a host"},

    {"BothLengths",
     "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
     "0\r\n\r\n"},
    {"BothLengthsTheOtherWayRound",
     "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
     "0\r\n\r\n"},
    {"TwoEqualLengths",
     "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
     "two Content-Length"},
    {"TwoLengths",
     "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\ncontent-length: 2\r\n\r\nxy"},
    {"ListOfLengths", "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\nx"},
    {"SignedLength", "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx"},
    {"NegativeLength", "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\nx"},
    {"HexadecimalLength", "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\nx"},
    {"EmptyLength", "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\nx"},
    {"UnknownEncoding", "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n",
     "not chunked"},
    {"IdentityEncoding", "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n",
     "not chunked"},
    {"TwoCodings", "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
     "not chunked"},
    {"ChunkedTwiceInOne",
     "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", "not chunked"},
    {"ChunkedTwice",
     "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
     "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"OtherCaseOfChunked", "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n",
     "not chunked"},
    {"QuotedChunked", "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n",
     "not chunked"},
    {"ChunkedInHttp10",
     "POST /a HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.0"},
    {"UnknownExpectation", "POST /a HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n", "Expect"},

    {"ChunkExtension",
     "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\nx\r\n0\r\n\r\n",
     "extensions"},
    {"ExtensionOfTheLastChunk",
     "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0;a\r\n\r\n",
     "extensions"},
    {"Trailer",
     "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n",
     "trailers"},
    {"ChunkSizeWithLineFeedAlone",
     "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n",
     "chunk's size"},
    {"ChunkSizeWithPrefix",
     "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\nx\r\n0\r\n\r\n",
     "chunk's size"},
    {"ChunkSizeWithSpace",
     "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1 \r\nx\r\n0\r\n\r\n",
     "chunk's size"},
    {"EmptyChunkSize",
     "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\r\nx\r\n0\r\n\r\n",
     "chunk's size"},
    {"ChunkLongerThanItsSize",
     "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n",
     "does not end"},

    {"LowerCaseMethod", "get /a HTTP/1.1\r\nHost: a\r\n\r\n", "method"},
    {"MixedCaseMethod", "Get /a HTTP/1.1\r\nHost: a\r\n\r\n", "method is unknown"},
    {"UnknownMethod", "FETCH /a HTTP/1.1\r\nHost: a\r\n\r\n", "method is unknown"},
    {"MethodWithASuffix", "GETS /a HTTP/1.1\r\nHost: a\r\n\r\n", "method is unknown"},
    {"Trace", "TRACE /a HTTP/1.1\r\nHost: a\r\n\r\n", "method_not_allowed", 405},
    {"Connect", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", "method_not_allowed", 405},

    {"AbsoluteForm", "GET http://a/a HTTP/1.1\r\nHost: a\r\n\r\n", "not a path"},
    {"AuthorityForm", "GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n", "not a path"},
    {"AsteriskForm", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "not a path"},
    {"Fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", "fragment"},
    {"FragmentInTheQuery", "GET /a?b#c HTTP/1.1\r\nHost: a\r\n\r\n", "fragment"},
    {"TwoSlashesAtTheStart", "GET //a HTTP/1.1\r\nHost: a\r\n\r\n", "empty segment"},
    {"TwoSlashesInside", "GET /a//b HTTP/1.1\r\nHost: a\r\n\r\n", "empty segment"},
    {"TwoSlashesAtTheEnd", "GET /a// HTTP/1.1\r\nHost: a\r\n\r\n", "empty segment"},
    {"DotDot", "GET /api/../admin HTTP/1.1\r\nHost: a\r\n\r\n", "dot segment"},
    {"DotDotAtTheEnd", "GET /api/.. HTTP/1.1\r\nHost: a\r\n\r\n", "dot segment"},
    {"Dot", "GET /api/./admin HTTP/1.1\r\nHost: a\r\n\r\n", "dot segment"},
    {"EscapedDotDot", "GET /api/%2e%2E/admin HTTP/1.1\r\nHost: a\r\n\r\n", "dot segment"},
    {"HalfEscapedDotDot", "GET /api/.%2e/admin HTTP/1.1\r\nHost: a\r\n\r\n", "dot segment"},
    {"EscapedDot", "GET /api/%2e/admin HTTP/1.1\r\nHost: a\r\n\r\n", "dot segment"},
    {"EscapedSlash", "GET /a%2Fb HTTP/1.1\r\nHost: a\r\n\r\n", "escaped slash"},
    {"EscapedSlashInLowerCase", "GET /a%2fb HTTP/1.1\r\nHost: a\r\n\r\n", "escaped slash"},
    {"EscapedBackslash", "GET /a%5Cb HTTP/1.1\r\nHost: a\r\n\r\n", "escaped slash"},
    {"EscapedNul", "GET /a%00b HTTP/1.1\r\nHost: a\r\n\r\n", "control byte"},
    {"EscapedLineBreak", "GET /a%0d%0ab HTTP/1.1\r\nHost: a\r\n\r\n", "control byte"},
    {"EscapedDelete", "GET /a%7fb HTTP/1.1\r\nHost: a\r\n\r\n", "control byte"},
    {"Backslash", "GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n", "must be escaped"},
    {"PathParameters", "GET /a;b=c HTTP/1.1\r\nHost: a\r\n\r\n", "must be escaped"},
    {"PathParametersBeforeDotDot", "GET /a/..;/b HTTP/1.1\r\nHost: a\r\n\r\n", "must be escaped"},
    {"RawByteAboveAscii", "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", "must be escaped"},
    {"RawDelete", "GET /a\x7f HTTP/1.1\r\nHost: a\r\n\r\n", "control byte"},
    {"EscapeWithoutDigits", "GET /a% HTTP/1.1\r\nHost: a\r\n\r\n", "ill-formed percent"},
    {"EscapeWithOneDigit", "GET /a%4 HTTP/1.1\r\nHost: a\r\n\r\n", "ill-formed percent"},
    {"EscapeWithOtherDigits", "GET /a%4g HTTP/1.1\r\nHost: a\r\n\r\n", "ill-formed percent"},
    {"EscapedBytesThatAreNotUtf8", "GET /a%ff HTTP/1.1\r\nHost: a\r\n\r\n", "not UTF-8"},
    {"OverlongSlash", "GET /a%c0%afb HTTP/1.1\r\nHost: a\r\n\r\n", "not UTF-8"},
});

INSTANTIATE_TEST_SUITE_P(Requests, Strictness, testing::ValuesIn(kRefused),
                         [](const auto& each) { return std::string(each.param.name); });

class StrictnessAccepts : public ServerTest, public testing::WithParamInterface<Refused> {};

TEST_P(StrictnessAccepts, TheUnchangedRequest) {
  start();
  EXPECT_EQ(ask(GetParam().bytes).status, 200U);
}

// What the refused ones were before the change, and what is odd but has only one meaning.
constexpr auto kAccepted = std::to_array<Refused>({
    {"Get", "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"OneEmptyLineBefore", "\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"NoHostInHttp10", "GET /a HTTP/1.0\r\n\r\n"},
    {"NoSpaceAfterTheColon", "GET /a HTTP/1.1\r\nHost:a\r\n\r\n"},
    {"EmptyValue", "GET /a HTTP/1.1\r\nHost: a\r\nX:\r\n\r\n"},
    {"TabInAValue", "GET /a HTTP/1.1\r\nHost: a\r\nX: y\tz\r\n\r\n"},
    {"HostWithPort", "GET /a HTTP/1.1\r\nHost: localhost:3000\r\n\r\n"},
    {"HostWithIpv6", "GET /a HTTP/1.1\r\nHost: [::1]:3000\r\n\r\n"},
    {"Sized", "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"},
    {"SizedWithNothing", "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"},
    {"Chunked",
     "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"},
    {"Options", "OPTIONS /a HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"Patch", "PATCH /a HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"OverrideHeaderIsJustAHeader",
     "GET /a HTTP/1.1\r\nHost: a\r\nX-HTTP-Method-Override: DELETE\r\n\r\n"},
    {"DotsInsideASegment", "GET /a/..b/c..d/... HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"EscapedText", "GET /caf%C3%A9%20x HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"EscapedPercent", "GET /a%252e%252e HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"Query", "GET /a?b=c&d=%zz/../;x HTTP/1.1\r\nHost: a\r\n\r\n"},
});

INSTANTIATE_TEST_SUITE_P(Requests, StrictnessAccepts, testing::ValuesIn(kAccepted),
                         [](const auto& each) { return std::string(each.param.name); });

// The parser behind the seam refuses some of these too; these rules must hold without it.
Request with_fields(std::vector<FieldView> fields, Version version = Version::http_1_1) {
  Request request;
  request.fields = std::move(fields);
  request.fields.push_back({"Host", "a"});
  request.version = version;
  return request;
}

base::Refusal refusal_of(const Request& request) {
  const auto framing = check_fields(request, Limits{});
  EXPECT_FALSE(framing);
  return framing ? base::Refusal::internal : framing.error().refusal;
}

TEST(Framing, RefusesEveryAmbiguousLengthWithoutHelpFromTheParser) {
  const FieldView one{"Content-Length", "1"};
  const FieldView chunked{"Transfer-Encoding", "chunked"};
  using base::Refusal;
  EXPECT_EQ(refusal_of(with_fields({one, chunked})), Refusal::bad_request);
  EXPECT_EQ(refusal_of(with_fields({chunked, one})), Refusal::bad_request);
  EXPECT_EQ(refusal_of(with_fields({one, one})), Refusal::bad_request);
  EXPECT_EQ(refusal_of(with_fields({one, {"content-length", "2"}})), Refusal::bad_request);
  EXPECT_EQ(refusal_of(with_fields({chunked, chunked})), Refusal::bad_request);
  EXPECT_EQ(refusal_of(with_fields({chunked}, Version::http_1_0)), Refusal::bad_request);
  for (const auto* length : {"", "+1", "-1", "1 ", "1,1", "0x1", "1.0", "one"}) {
    EXPECT_EQ(refusal_of(with_fields({{"Content-Length", length}})), Refusal::bad_request)
        << length;
  }
  EXPECT_EQ(refusal_of(with_fields({{"Content-Length", "99999999999999999999999"}})),
            Refusal::payload_too_large);
}

TEST(Framing, KnowsHowTheBodyIsDelimited) {
  const Limits limits;
  const auto none = check_fields(with_fields({}), limits);
  const auto sized = check_fields(with_fields({{"content-length", "007"}}), limits);
  const auto chunked = check_fields(with_fields({{"TRANSFER-ENCODING", "chunked"}}), limits);
  ASSERT_TRUE(none && sized && chunked);
  EXPECT_EQ(none->body, BodyKind::none);
  EXPECT_EQ(sized->body, BodyKind::sized);
  EXPECT_EQ(sized->length, 7U);
  EXPECT_EQ(chunked->body, BodyKind::chunked);
}

}  // namespace
}  // namespace sealbus::http
