#include "sidecar/tools/health.hpp"

#include <array>
#include <cerrno>
#include <memory>
#include <ostream>
#include <string>
#include <system_error>

#include <fmt/core.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sidecar/config/address.hpp"
#include "sidecar/tools/exit_code.hpp"

namespace sealbus::tools {
namespace {

using settings::ListenAddress;
using std::chrono::milliseconds;

constexpr std::size_t kMostAnswer = 65'536;
constexpr std::size_t kMostShown = 4'096;

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

tl::unexpected<base::Error> last_error() {
  return base::error(std::generic_category().message(errno));
}

// When everything has to be over.
class Deadline {
 public:
  Deadline(const base::Clock& clock, milliseconds patience)
      : clock_(clock), end_(clock.steady() + patience) {}

  // Until one of `events` is there; an error when the time is over first.
  [[nodiscard]] base::OrError<void> wait_for(int fd, short events) const {
    while (true) {
      const auto left = std::chrono::ceil<milliseconds>(end_ - clock_.steady());
      if (left <= milliseconds(0)) return base::error("no answer in time");
      pollfd wanted{fd, events, 0};
      const int found = poll(&wanted, 1, static_cast<int>(left.count()));
      if (found > 0) return {};
      if (found < 0 && errno != EINTR) return last_error();
    }
  }

 private:
  const base::Clock& clock_;
  base::SteadyTime end_;
};

// One connection. Non-blocking; every wait ends with the deadline.
class Connection {
 public:
  Connection(const addrinfo& to, const Deadline& deadline)
      : fd_(socket(to.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
        deadline_(deadline) {}
  ~Connection() {
    if (fd_ >= 0) close(fd_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] base::OrError<void> connect(const addrinfo& to) const {
    if (fd_ < 0) return last_error();
    if (::connect(fd_, to.ai_addr, to.ai_addrlen) == 0) return {};
    if (errno != EINPROGRESS) return last_error();
    if (auto ready = deadline_.wait_for(fd_, POLLOUT); !ready) return ready;
    int failed = 0;
    socklen_t size = sizeof failed;
    if (getsockopt(fd_, SOL_SOCKET, SO_ERROR, &failed, &size) != 0) return last_error();
    if (failed != 0) return base::error(std::generic_category().message(failed));
    return {};
  }

  // A request is far smaller than what a new connection takes at once.
  [[nodiscard]] base::OrError<void> send(std::string_view bytes) const {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return last_error();
    if (static_cast<std::size_t>(sent) < bytes.size()) return base::error("cannot be asked");
    return {};
  }

  // All that comes until the other side closes.
  [[nodiscard]] base::OrError<std::string> receive() const {
    std::string answer;
    std::array<char, 4'096> piece{};
    while (answer.size() <= kMostAnswer) {
      if (auto ready = deadline_.wait_for(fd_, POLLIN); !ready) {
        return tl::make_unexpected(ready.error());
      }
      const ssize_t got = recv(fd_, piece.data(), piece.size(), 0);
      if (got < 0 && errno != EAGAIN && errno != EINTR) return last_error();
      if (got == 0) return answer;
      if (got > 0) answer.append(piece.data(), static_cast<std::size_t>(got));
    }
    return base::error("the answer has no end");
  }

 private:
  int fd_;
  const Deadline& deadline_;
};

// Who listens on all addresses is asked at this machine's own.
std::string host_to_ask(const std::string& host) {
  if (host == "0.0.0.0") return "127.0.0.1";
  return host == "::" ? "::1" : host;
}

base::OrError<Addresses> look_up(const ListenAddress& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int wrong = getaddrinfo(host_to_ask(address.host).c_str(),
                                std::to_string(address.port).c_str(), &hints, &found);
  if (wrong != 0) return base::error(gai_strerror(wrong));
  return Addresses(found, &freeaddrinfo);
}

base::OrError<std::string> ask(const ListenAddress& address, std::string_view path,
                               const Deadline& deadline) {
  const auto found = look_up(address);
  if (!found) return tl::make_unexpected(found.error());
  base::OrError<std::string> answer = base::error("no address");
  for (const addrinfo* to = found->get(); to != nullptr; to = to->ai_next) {
    const Connection connection(*to, deadline);
    const std::string request =
        fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
    answer =
        connection.connect(*to).and_then([&] { return connection.send(request); }).and_then([&] {
          return connection.receive();
        });
    if (answer) return answer;
  }
  return answer;
}

// What a peer said, for a terminal: quotes may stay, as this is no line of a log.
std::string shown(std::string_view text) {
  std::string out(text.substr(0, kMostShown));
  while (out.ends_with('\n') || out.ends_with('\r')) out.pop_back();
  for (char& c : out) c = c >= ' ' && c <= '~' ? c : '?';
  return out;
}

// Empty if the answer is a good one, else what it says.
std::string complaint(std::string_view answer) {
  if (answer.starts_with("HTTP/1.1 200 ")) return {};
  const std::size_t head = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.1 ") || head == std::string_view::npos) {
    return "what answers there is not Sealbus";
  }
  const std::string_view line = answer.substr(0, answer.find("\r\n"));
  return fmt::format("{}: {}", shown(line.substr(sizeof "HTTP/1.1")),
                     shown(answer.substr(head + 4)));
}

}  // namespace

int health(const HealthRequest& request, const settings::Input& input, const base::Clock& clock,
           std::ostream& out, std::ostream& errors) {
  const auto address = settings::load_admin_address(input);
  if (!address) {
    for (const config::Problem& problem : address.error()) errors << to_string(problem) << "\n";
    return kExitUsage;
  }
  const std::string_view path = request.question == HealthQuestion::ready ? "/readyz" : "/healthz";
  const std::string where = fmt::format("{}{}", to_text(*address), path);
  const auto answer = ask(*address, path, Deadline(clock, request.patience));
  if (!answer) {
    errors << fmt::format("{}: {}\n", where, answer.error().message);
    return kExitFailed;
  }
  if (const std::string wrong = complaint(*answer); !wrong.empty()) {
    errors << fmt::format("{}: {}\n", where, wrong);
    return kExitFailed;
  }
  out << "ok\n";
  return kExitGood;
}

}  // namespace sealbus::tools
