#include "common/tap/message.hpp"
#include "common/wire/writer.hpp"

namespace sealbus::tap {
namespace {

using identity::AuthContext;
using wire::Writer;

std::uint32_t count(std::size_t n) { return static_cast<std::uint32_t>(n); }

std::uint32_t present(std::initializer_list<bool> keys) {
  std::uint32_t n = 0;
  for (const bool key : keys) n += key ? 1U : 0U;
  return n;
}

void write_text(Writer& out, std::string_view key, std::string_view value) {
  if (!value.empty()) out.text(key).text(value);
}

void write_texts(Writer& out, std::string_view key, const std::vector<std::string>& values) {
  out.text(key).array(count(values.size()));
  for (const std::string& value : values) out.text(value);
}

void write_time(Writer& out, std::string_view key, base::WallTime time) {
  out.text(key).unsigned_integer(static_cast<std::uint64_t>(base::to_millis(time)));
}

// Five keys, and one more if there is a request id.
void write_subject(Writer& out, const Subject& subject, std::string_view decision) {
  out.text("decision").text(decision).text("contract").text(subject.contract);
  out.text("kind").text(subject.kind).text("id").bin(subject.id.bytes);
  write_time(out, "time", subject.time);
  write_text(out, "correlationId", subject.correlation_id);
}

// Five keys, and one more for each of the others that is there.
void write_user(Writer& out, const AuthContext& user) {
  out.text("userId").text(user.user_id);
  write_texts(out, "permissions", user.permissions);
  out.text("wildcards").boolean(user.wildcards == identity::Wildcards::on);
  out.text("method").text(name(user.method));
  write_time(out, "authenticatedAt", user.authenticated_at);
  if (user.expires_at) write_time(out, "expiresAt", *user.expires_at);
  write_text(out, "issuer", user.issuer);
  if (!user.claims.empty()) {
    out.text("claims").map(count(user.claims.size()));
    for (const auto& [claim, value] : user.claims) out.text(claim).text(value);
  }
  if (!user.actor.empty()) write_texts(out, "actor", user.actor);
}

}  // namespace

Encoded encode_delivered(const Subject& subject, const identity::Identity& identity,
                         const Request& request) {
  const AuthContext& user = identity.context();
  const std::uint32_t optional =
      present({!subject.correlation_id.empty(), user.expires_at.has_value(), !user.issuer.empty(),
               !user.claims.empty(), !user.actor.empty(), !request.content_type.empty(),
               !request.traceparent.empty(), !request.http_method.empty(), !request.path.empty()});
  Writer out(512);
  out.map(10 + optional);
  write_subject(out, subject, kDelivered);
  write_user(out, user);
  write_text(out, "contentType", request.content_type);
  write_text(out, "traceparent", request.traceparent);
  write_text(out, "httpMethod", request.http_method);
  write_text(out, "path", request.path);
  return {std::string(subject.contract), out.take()};
}

Encoded encode_refused(const Subject& subject, std::string_view user, base::Refusal refusal) {
  Writer out;
  out.map(5 + present({!subject.correlation_id.empty(), !user.empty()}));
  write_subject(out, subject, base::code(refusal));
  write_text(out, "user", user);
  return {std::string(kRefusedTopic).append(subject.contract), out.take()};
}

}  // namespace sealbus::tap
