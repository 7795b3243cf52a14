#include "answering.hpp"

#include "sealbus/responder.hpp"

namespace sealbus {
namespace detail {
namespace {

// RFC 8259, section 7.
std::string json_text(std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : shortened(text, text.size())) {
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += {'\\', 'u', '0', '0', kDigits[c >> 4], kDigits[c & 0x0f]};
    } else {
      out += c;
    }
  }
  return out + '"';
}

Frames bad_request(const MessageId& id, std::string_view detail) {
  return reply(id, {400, "application/problem+json", {}},
               R"({"type":"about:blank","title":"Bad Request","status":400,)"
               R"("code":"bad_request","error":"Bad request","detail":)" +
                   json_text(detail) + "}");
}

}  // namespace

Answering::~Answering() {
  if (!ticket_->answered()) handler_failed("it let go of the message without an answer");
}

bool Answering::reply(const Reply& reply) {
  if (ticket_->answered()) return false;
  if (ticket_->kind() == Kind::event) return Ticket::answer(ticket_, ack(ticket_->id()));
  Frames frames;
  try {
    frames = detail::reply(ticket_->id(), {reply.status(), reply.content_type(), reply.headers()},
                           reply.body());
  } catch (const std::exception& error) {
    return handler_failed(std::string("its reply cannot be sent: ") + error.what());
  }
  return Ticket::answer(ticket_, std::move(frames));
}

bool Answering::retry(const Retry& retry) {
  return Ticket::answer(ticket_, nack(ticket_->id(), retry.delay, retry.reason));
}

bool Answering::reject(const Reject& reject) {
  return Ticket::answer(ticket_, detail::reject(ticket_->id(), reject.code, reject.reason));
}

bool Answering::fail(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Retry& retry_later) {
    return retry(retry_later);
  } catch (const Reject& rejected) {
    return reject(rejected);
  } catch (const BadRequest& bad) {
    return ticket_->kind() == Kind::event
               ? reject(Reject("bad_request", bad.detail))
               : Ticket::answer(ticket_, bad_request(ticket_->id(), bad.detail));
  } catch (const std::exception& failure) {
    return handler_failed(failure.what());
  } catch (...) {
    return handler_failed("something that is no std::exception");
  }
}

// The text is for this process's log alone.
bool Answering::handler_failed(const std::string& why) {
  const MessageId& id = ticket_->id();
  const bool first = Ticket::answer(ticket_, ticket_->kind() == Kind::event
                                                 ? nack(id, std::nullopt, "handler_failed")
                                                 : detail::reject(id, "handler_failed", ""));
  if (first) {
    ticket_->log()(Severity::error, "the handler of " + escaped(ticket_->contract()) +
                                        " failed at message " + to_string(id) + ": " +
                                        escaped(why));
  }
  return first;
}

}  // namespace detail

Responder::Responder(std::shared_ptr<detail::Ticket> ticket)
    : answering_(std::make_shared<detail::Answering>(std::move(ticket))) {}

bool Responder::reply(const Reply& reply) const { return answering_->reply(reply); }
bool Responder::retry(const Retry& retry) const { return answering_->retry(retry); }
bool Responder::reject(const Reject& reject) const { return answering_->reject(reject); }
bool Responder::fail(std::exception_ptr error) const { return answering_->fail(error); }

}  // namespace sealbus
