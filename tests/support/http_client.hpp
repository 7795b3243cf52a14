#pragma once
// A client that sends any bytes and reads HTTP responses, one connection for each object. Blocking,
// every wait bounded; what goes wrong is thrown as std::runtime_error, which fails the test.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sealbus::test {

struct HttpResponse {
  unsigned status = 0;
  std::string reason;
  std::vector<std::pair<std::string, std::string>> fields;  // names in lower case
  std::string body;

  // The first field with this name, given in lower case; empty if there is none.
  [[nodiscard]] std::string field(std::string_view name) const;
};

class HttpClient {
 public:
  using Milliseconds = std::chrono::milliseconds;

  // Connects to an IPv4 or IPv6 address; every later wait is bounded by `patience` too.
  HttpClient(const std::string& host, std::uint16_t port,
             Milliseconds patience = std::chrono::seconds(10));
  ~HttpClient();
  HttpClient(HttpClient&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        patience_(other.patience_),
        received_(std::move(other.received_)) {}
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // All of it. A server that has closed is no error here; reading will tell.
  void send(std::string_view bytes);

  // The next response; its body by Content-Length, or to the end of the stream. `to_head`: the
  // request was a HEAD. 1xx responses are returned like others.
  HttpResponse read(bool to_head = false);

  // Sends and reads.
  HttpResponse ask(std::string_view bytes) {
    send(bytes);
    return read(bytes.substr(0, 5) == "HEAD ");
  }

  // Is there something to read, the end of the stream included? Waits at most `time` for it.
  bool readable_within(Milliseconds time);

  // Waits until the server has closed; false if it sends something first.
  bool closed_by_server();

  // Says that nothing more will be sent.
  void finish_sending();
  // Goes away without a farewell: the server sees a reset.
  void reset();

 private:
  // Reads more into received_; false at the end of the stream.
  bool more();

  int fd_;
  Milliseconds patience_;
  std::string received_;
};

// "GET /path HTTP/1.1", a Host, the lines given (each ending in \r\n), the empty line and the body.
std::string http_request(std::string_view method, std::string_view target,
                         std::string_view lines = {}, std::string_view body = {});

}  // namespace sealbus::test
