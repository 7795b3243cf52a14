#include "fake_sidecar.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>

#include <zmq.h>

namespace sealbus::test {
namespace {

using Clock = std::chrono::steady_clock;

std::string header_of(wire::Writer& out) { return std::string(base::as_text(out.take())); }

void auth_into(wire::Writer& out) {
  out.map(5).text("userId").text("user-123");
  out.text("permissions").array(2).text("users:create").text("users:read");
  out.text("wildcards").boolean(false).text("method").text("jwt");
  out.text("authenticatedAt").unsigned_integer(1'700'000'000'000);
}

}  // namespace

std::string shown(wire::Reader& in) {
  constexpr std::size_t kMost = 1'000'000;
  switch (in.next()) {
    case wire::Reader::Kind::text:
      return std::string(in.text(kMost));
    case wire::Reader::Kind::bin:
      return base::to_hex(in.bin(kMost));
    case wire::Reader::Kind::integer:
      return std::to_string(in.unsigned_integer());
    case wire::Reader::Kind::boolean:
      return in.boolean() ? "true" : "false";
    case wire::Reader::Kind::array: {
      std::vector<std::string> parts;
      for (auto left = in.array(kMost); left > 0; --left) parts.push_back(shown(in));
      return shown(parts);
    }
    case wire::Reader::Kind::map: {
      Shown fields;
      in.each_entry(64, [&](std::string_view key) { fields.emplace(key, shown(in)); });
      return shown(fields);
    }
    default:
      in.fail("not expected in a test");
      return {};
  }
}

Shown header_fields(std::string_view header) {
  Shown fields;
  wire::Reader in(base::as_bytes(header));
  in.each_entry(64, [&](std::string_view key) { fields.emplace(key, shown(in)); });
  in.end();
  if (in.failed()) throw std::runtime_error("the service sent no strict msgpack: " + in.error());
  return fields;
}

FakeSidecar::FakeSidecar(std::string address, std::chrono::milliseconds heartbeat)
    : heartbeat_(heartbeat),
      next_beat_(Clock::now() + heartbeat),
      context_(zmq_ctx_new()),
      socket_(zmq_socket(context_, ZMQ_ROUTER)) {
  const int linger = 1'000;
  zmq_setsockopt(socket_, ZMQ_LINGER, &linger, sizeof linger);
  if (zmq_bind(socket_, address.c_str()) != 0) throw std::runtime_error("cannot bind " + address);
}

FakeSidecar::~FakeSidecar() {
  zmq_close(socket_);
  zmq_ctx_term(context_);
}

bool FakeSidecar::receive(Said& said) {
  std::vector<std::string> frames;
  int more = 1;
  while (more != 0) {
    zmq_msg_t message;
    zmq_msg_init(&message);
    const int size = zmq_msg_recv(&message, socket_, frames.empty() ? ZMQ_DONTWAIT : 0);
    if (size >= 0) {
      frames.emplace_back(static_cast<const char*>(zmq_msg_data(&message)), zmq_msg_size(&message));
    }
    more = size >= 0 ? zmq_msg_more(&message) : 0;
    zmq_msg_close(&message);
  }
  if (frames.empty()) return false;
  if (frames.size() != 3) throw std::runtime_error("the service sent another number of frames");
  said = {frames[0], header_fields(frames[1]), frames[2]};
  return true;
}

void FakeSidecar::beat() {
  if (Clock::now() < next_beat_) return;
  next_beat_ = Clock::now() + heartbeat_;
  wire::Writer out;
  const std::string header = header_of(out.map(1).text("type").text("heartbeat"));
  for (const std::string& peer : peers_) {
    if (!silenced_.contains(peer)) frames({header, ""}, peer);
  }
}

Said FakeSidecar::next(std::initializer_list<std::string_view> types) {
  const auto wanted = [&](const Said& said) {
    return std::find(types.begin(), types.end(), said.type()) != types.end();
  };
  const auto kept = std::find_if(kept_.begin(), kept_.end(), wanted);
  if (kept != kept_.end()) {
    Said said = std::move(*kept);
    kept_.erase(kept);
    return said;
  }
  for (const auto until = Clock::now() + kWithin; Clock::now() < until;) {
    beat();
    Said said;
    if (!receive(said)) {
      zmq_pollitem_t item{socket_, 0, ZMQ_POLLIN, 0};
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_beat_ - Clock::now());
      zmq_poll(&item, 1, std::max<long>(0, left.count()));
    } else if (wanted(said)) {
      return said;
    } else if (said.type() != "heartbeat") {
      kept_.push_back(std::move(said));
    }
  }
  throw std::runtime_error("the service did not say " + std::string(*types.begin()));
}

void FakeSidecar::nothing_but_heartbeats(int count) {
  for (; count > 0; --count) {
    const Said said =
        next({"heartbeat", "reply", "ack", "nack", "reject", "progress", "subscribe", "bye"});
    if (said.type() != "heartbeat") throw std::runtime_error("the service said " + said.type());
  }
}

Said FakeSidecar::welcome(std::uint64_t protocol) {
  Said said = next({"subscribe"});
  peers_.push_back(said.peer);
  wire::Writer out;
  out.map(6).text("type").text("subscribed").text("protocol").unsigned_integer(protocol);
  out.text("service").text("my-service").text("instance").bin(base::Bytes(16));
  out.text("heartbeat").unsigned_integer(static_cast<std::uint64_t>(heartbeat_.count()));
  out.text("contracts").array(1).text("A");
  frames({header_of(out), ""});
  return said;
}

std::string FakeSidecar::message(const Sent& sent) {
  std::string id = sent.id.value_or(std::string(8, '\7'));
  if (!sent.id) {
    ++ids_;
    for (int shift = 56; shift >= 0; shift -= 8) id += static_cast<char>(ids_ >> shift & 0xff);
  }
  wire::Writer out;
  out.map(sent.wrong ? 9 : 8).text("type").text("message").text("id").bin(base::as_bytes(id));
  out.text("contract").text(sent.contract).text("kind").text(sent.kind).text("auth");
  auth_into(out);
  out.text("context").bin(base::Bytes(3)).text("attempt").unsigned_integer(1);
  out.text("deadline").unsigned_integer(1'700'000'005'000);
  if (sent.wrong) out.text(*sent.wrong).nil();
  frames({header_of(out), sent.payload}, sent.to);
  return base::to_hex(base::as_bytes(id));
}

void FakeSidecar::bye(std::string_view reason) {
  wire::Writer out;
  out.map(reason.empty() ? 1 : 2).text("type").text("bye");
  if (!reason.empty()) out.text("reason").text(reason);
  frames({header_of(out), ""});
}

void FakeSidecar::refused(std::string_view code, std::string_view reason, std::string_view id) {
  wire::Writer out;
  out.map(id.empty() ? 3 : 4).text("type").text("refused");
  out.text("code").text(code).text("reason").text(reason);
  if (!id.empty()) out.text("id").bin(base::as_bytes(id));
  frames({header_of(out), ""});
}

void FakeSidecar::frames(const std::vector<std::string>& frames,
                         const std::optional<std::string>& to) {
  const std::string peer = to.value_or(peers_.empty() ? "" : peers_.back());
  zmq_send(socket_, peer.data(), peer.size(), ZMQ_SNDMORE);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const int more = i + 1 < frames.size() ? ZMQ_SNDMORE : 0;
    zmq_send(socket_, frames[i].data(), frames[i].size(), more);
  }
}

}  // namespace sealbus::test
