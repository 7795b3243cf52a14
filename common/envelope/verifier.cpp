#include "common/envelope/verifier.hpp"

#include <cstdlib>

#include <fmt/core.h>

namespace sealbus::envelope {
namespace {

using base::Refusal;

bool is_received(Purpose purpose, Purpose receives) {
  return receives == Purpose::up ? purpose == Purpose::hello || purpose == Purpose::up
                                 : purpose == Purpose::welcome || purpose == Purpose::down;
}

tl::unexpected<LateRefusal> silently(Refusal refusal) {
  return tl::make_unexpected(
      LateRefusal{{refusal, std::string(base::sentence(refusal))}, std::nullopt});
}

tl::unexpected<LateRefusal> silently(base::Failure failure) {
  return tl::make_unexpected(LateRefusal{std::move(failure), std::nullopt});
}

}  // namespace

base::Result<Seal> inspect(const FrameViews& frames, Purpose receives,
                           const ReceiverLimits& limits) {
  const std::size_t header = frames.header.size();
  if (frames.seal.size() != kSealSize) return base::refuse(Refusal::bad_size);
  if (header == 0 || header > kMostHeader) return base::refuse(Refusal::bad_size);
  if (header > limits.header_and_payload ||
      frames.payload.size() > limits.header_and_payload - header) {
    return base::refuse(Refusal::bad_size);
  }
  auto seal = decode_seal(frames.seal);
  if (seal && !is_received(seal->purpose, receives)) return base::refuse(Refusal::bad_version);
  return seal;
}

base::Result<void> decode_opened(const FrameViews& frames, Purpose purpose, Header& header) {
  if (auto decoded = decode_header(frames.header, header); !decoded) return decoded;
  const auto refuse = [&](std::string_view what) {
    return base::refuse(Refusal::malformed_header, fmt::format("{}: {}", name(header.type), what));
  };
  if (!fits(header.type, purpose)) return refuse("does not travel in this direction");
  if (!frames.payload.empty() && !takes_payload(header.type)) return refuse("has a payload");
  return {};
}

Verifier::Verifier(Purpose receives, const KeyId& key_id, const SessionId& session,
                   const base::Secret& key)
    : receives_(receives), key_id_(key_id), session_(session), mac_(key) {
  if (receives != Purpose::up && receives != Purpose::down) std::abort();
}

base::Result<VerifiedEnvelope, LateRefusal> Verifier::open(const FrameViews& frames,
                                                           base::WallTime now,
                                                           const ReceiverLimits& limits) {
  auto seal = inspect(frames, receives_, limits);  // checks 1 and 2
  if (!seal) return silently(std::move(seal.error()));
  const bool is_ours =
      seal->purpose == receives_ && seal->session == session_ && seal->key_id == key_id_;
  if (!is_ours) return silently(Refusal::unknown_session);                  // 3
  if (!tag_matches(mac_, frames)) return silently(Refusal::bad_tag);        // 4
  if (!window_.accept(seal->sequence)) return silently(Refusal::replayed);  // 5
  VerifiedEnvelope opened(frames.payload, seal->sequence);
  const Header& header = opened.header_;
  auto decoded = decode_opened(frames, receives_, opened.header_);  // 6
  if (!decoded) return silently(std::move(decoded.error()));
  const bool registers = header.type == MessageType::register_;
  if (receives_ == Purpose::up && registers == registered_) {
    return silently({Refusal::malformed_header,
                     registers ? "a second register" : "the first message must be register"});
  }
  registered_ = true;
  if (header.expires && now >= *header.expires + limits.skew) {  // 7
    return tl::make_unexpected(
        LateRefusal{{Refusal::expired, std::string(base::sentence(Refusal::expired))}, header.id});
  }
  return opened;
}

}  // namespace sealbus::envelope
