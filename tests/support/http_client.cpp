#include "tests/support/http_client.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sealbus::test {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error("HTTP test client: " + what);
}

// Waits until `events` can be done.
void wait_for(int fd, short events, std::chrono::milliseconds patience) {
  pollfd wanted{fd, events, 0};
  if (poll(&wanted, 1, static_cast<int>(patience.count())) <= 0) fail("timed out");
}

int connect_to(const std::string& host, std::uint16_t port, std::chrono::milliseconds patience) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
    fail("no such address: " + host);
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, &freeaddrinfo);
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("no socket");
  if (connect(fd, found->ai_addr, found->ai_addrlen) != 0 && errno == EINPROGRESS) {
    wait_for(fd, POLLOUT, patience);
  }
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) {
    close(fd);
    fail(std::string("cannot connect: ") + std::strerror(error));
  }
  return fd;
}

void lower(std::string& text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
}

HttpResponse parse_head(std::string_view head) {
  HttpResponse response;
  const std::size_t line_end = head.find("\r\n");
  const std::string_view line = head.substr(0, line_end);
  if (line.size() < 13 || line.substr(0, 9) != "HTTP/1.1 ") fail("not a response");
  response.status = static_cast<unsigned>(std::stoul(std::string(line.substr(9, 3))));
  response.reason = line.substr(13);
  head.remove_prefix(line_end + 2);
  while (!head.empty()) {
    const std::string_view field = head.substr(0, head.find("\r\n"));
    head.remove_prefix(field.size() + 2);
    const std::size_t colon = field.find(": ");
    if (colon == std::string_view::npos) fail("a header without a colon");
    std::string name(field.substr(0, colon));
    lower(name);
    response.fields.emplace_back(std::move(name), field.substr(colon + 2));
  }
  return response;
}

}  // namespace

std::string HttpResponse::field(std::string_view name) const {
  for (const auto& [candidate, value] : fields) {
    if (candidate == name) return value;
  }
  return {};
}

HttpClient::HttpClient(const std::string& host, std::uint16_t port, Milliseconds patience)
    : fd_(connect_to(host, port, patience)), patience_(patience) {}

HttpClient::~HttpClient() {
  if (fd_ >= 0) close(fd_);
}

void HttpClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      wait_for(fd_, POLLOUT, patience_);
    } else {
      return;
    }
  }
}

bool HttpClient::more() {
  std::array<char, 16'384> piece;
  while (true) {
    const ssize_t count = recv(fd_, piece.data(), piece.size(), 0);
    if (count > 0) {
      received_.append(piece.data(), static_cast<std::size_t>(count));
      return true;
    }
    if (count == 0 || errno != EAGAIN) return false;
    wait_for(fd_, POLLIN, patience_);
  }
}

HttpResponse HttpClient::read(bool to_head) {
  std::size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!more()) fail("closed before a response");
  }
  HttpResponse response = parse_head(std::string_view(received_).substr(0, end + 2));
  received_.erase(0, end + 4);
  if (to_head || response.status < 200 || response.status == 204 || response.status == 304) {
    return response;
  }
  const std::string length = response.field("content-length");
  if (length.empty()) fail("a response without Content-Length");
  const std::size_t size = std::stoul(length);
  while (received_.size() < size) {
    if (!more()) fail("closed in the middle of a response");
  }
  response.body = received_.substr(0, size);
  received_.erase(0, size);
  return response;
}

bool HttpClient::readable_within(Milliseconds time) {
  pollfd wanted{fd_, POLLIN, 0};
  return !received_.empty() || poll(&wanted, 1, static_cast<int>(time.count())) > 0;
}

bool HttpClient::closed_by_server() { return received_.empty() && !more(); }

void HttpClient::finish_sending() { shutdown(fd_, SHUT_WR); }

void HttpClient::reset() {
  const linger at_once{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(std::exchange(fd_, -1));
}

std::string http_request(std::string_view method, std::string_view target, std::string_view lines,
                         std::string_view body) {
  std::string out(method);
  out.append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n");
  out.append(lines).append("\r\n").append(body);
  return out;
}

}  // namespace sealbus::test
