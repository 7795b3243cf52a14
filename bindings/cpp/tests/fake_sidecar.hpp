#pragma once
// A sidecar made of one ROUTER, for tests: it says what it is told to, keeps what it hears, and
// beats while it waits. It reads and writes msgpack by the project's own common/wire, so it shares
// no mistake with the binding. One thread: the test's.

#include <chrono>
#include <deque>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/wire/reader.hpp"
#include "common/wire/writer.hpp"
#include "tests/support/json_vectors.hpp"

namespace sealbus::test {

// No test comes near it unless it fails.
inline constexpr std::chrono::seconds kWithin(20);

// One msgpack value in the form of json_vectors.hpp; bin is hexadecimal.
std::string shown(wire::Reader& in);
Shown header_fields(std::string_view header);

// What a message says; the default is a command of user-123.
struct Said {
  std::string peer;
  Shown fields;
  std::string payload;
  [[nodiscard]] std::string type() const { return (*this)["type"]; }
  [[nodiscard]] std::string operator[](std::string_view key) const {
    const auto found = fields.find(key);
    return found == fields.end() ? std::string() : found->second;
  }
};

struct Sent {
  std::string contract;
  std::string payload = {};
  std::string kind = "command";
  std::optional<std::string> id = {};     // 16 bytes; a fresh one otherwise
  std::optional<std::string> wrong = {};  // a key that has nil as its value
  std::optional<std::string> to = {};     // the newest peer otherwise
};

class FakeSidecar {
 public:
  explicit FakeSidecar(std::string address,
                       std::chrono::milliseconds heartbeat = std::chrono::seconds(1));
  FakeSidecar(const FakeSidecar&) = delete;
  FakeSidecar& operator=(const FakeSidecar&) = delete;
  ~FakeSidecar();

  // The next message of these types; others are kept, heartbeats dropped unless asked for.
  Said next(std::initializer_list<std::string_view> types);
  // The next messages are heartbeats: what else there was to say would have come before.
  void nothing_but_heartbeats(int count);
  // Waits for a process to subscribe, and admits it.
  Said welcome(std::uint64_t protocol = 1);

  // Sends a message; gives its id in hexadecimal.
  std::string message(const Sent& sent);
  void bye(std::string_view reason = {});
  // Without an id if it is empty (16 bytes otherwise).
  void refused(std::string_view code, std::string_view reason, std::string_view id = {});
  void frames(const std::vector<std::string>& frames, const std::optional<std::string>& to = {});
  void silence(const std::string& peer) { silenced_.insert(peer); }

  [[nodiscard]] const std::vector<std::string>& peers() const { return peers_; }

 private:
  bool receive(Said& said);
  void beat();

  const std::chrono::milliseconds heartbeat_;
  std::chrono::steady_clock::time_point next_beat_;
  void* context_;
  void* socket_;
  std::vector<std::string> peers_;
  std::set<std::string> silenced_;
  std::deque<Said> kept_;
  std::uint64_t ids_ = 0;
};

}  // namespace sealbus::test
