#include "sidecar/delivery/answers.hpp"

#include <algorithm>

#include "common/base/log.hpp"
#include "sidecar/delivery/header_names.hpp"

namespace sealbus::delivery {
namespace {

using base::Refusal;
using envelope::Header;
using envelope::MessageType;

// Permissions that a refusal can name (FORMAT.md §5.2).
constexpr std::size_t kMostMissing = 64;

}  // namespace

void send_answer(Link& link, const base::Uuid& message, const DoorHeader& answer,
                 base::ByteView payload) {
  HeaderNames names;
  Header header;
  header.answers = message;
  switch (answer.type) {
    case DoorType::reply:
      header.type = MessageType::reply;
      header.status = answer.status;
      header.content_type = answer.content_type;
      header.headers = names.fit(answer.headers);
      break;
    case DoorType::ack:
      header.type = MessageType::ack;
      break;
    case DoorType::progress:
      header.type = MessageType::progress;
      break;
    default:
      header.type = answer.type == DoorType::nack ? MessageType::nack : MessageType::reject;
      header.reason = answer.reason;
      break;
  }
  const auto sent = link.send(header, answer.type == DoorType::reply ? payload : base::ByteView{});
  const bool lost = !sent && answer.type != DoorType::progress;
  if (lost && sent.error().refusal != Refusal::unknown_session) {
    log::warning("Door: a {} could not be passed on: {}", envelope::name(header.type),
                 sent.error().detail);
    send_refusal(link, message, Refusal::handler_failed);
  }
}

void send_ack(Link& link, const base::Uuid& message) {
  DoorHeader ack;
  ack.type = DoorType::ack;
  send_answer(link, message, ack, {});
}

void send_refusal(Link& link, const base::Uuid& message, Refusal refusal,
                  const std::vector<std::string>& missing) {
  Header header;
  header.type = MessageType::refused;
  header.answers = message;
  header.code = base::code(refusal);
  const auto shown = std::min<std::size_t>(missing.size(), kMostMissing);
  header.missing.assign(missing.begin(), missing.begin() + static_cast<std::ptrdiff_t>(shown));
  [[maybe_unused]] const auto sent = link.send(header);  // if it is lost, the session is too
}

}  // namespace sealbus::delivery
