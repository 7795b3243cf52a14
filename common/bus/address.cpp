#include "common/bus/address.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

namespace sealbus::bus {
namespace {

constexpr std::string_view kTcp = "tcp://";
constexpr std::string_view kIpc = "ipc://";

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  return text == "*" ||
         (failed == std::errc{} && end == text.data() + text.size() && port <= 65'535);
}

bool is_numeric(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> ignored{};
  return host == "*" || inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 ||
         inet_pton(AF_INET6, host.substr(0, host.find('%')).c_str(), ignored.data()) == 1;
}

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

}  // namespace

base::OrError<Address> parse_address(std::string_view endpoint) {
  const std::string shown(endpoint);
  Address address;
  if (endpoint.starts_with(kIpc)) {
    address.transport = Address::Transport::ipc;
    address.path = endpoint.substr(kIpc.size());
    // `@` begins a name without a file, which anybody on the machine may connect to.
    if (address.path.empty() || address.path[0] == '@' || address.path[0] == '*') {
      return base::error(shown + ": expected ipc:// and the path of a socket");
    }
    return address;
  }
  const auto colon = endpoint.rfind(':');
  if (!endpoint.starts_with(kTcp) || colon == std::string_view::npos || colon < kTcp.size()) {
    return base::error(shown + ": expected tcp://host:port or ipc://path");
  }
  std::string_view host = endpoint.substr(kTcp.size(), colon - kTcp.size());
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of(":[]") != std::string_view::npos) {
    return base::error(shown + ": an IPv6 address stands in brackets: tcp://[::1]:5570");
  }
  address.host = host;
  address.port = endpoint.substr(colon + 1);
  if (host.empty() || !is_port(address.port)) {
    return base::error(shown + ": expected tcp://host:port with a port from 0 to 65535");
  }
  return address;
}

std::string to_endpoint(const Address& address) {
  if (address.transport == Address::Transport::ipc) return std::string(kIpc) + address.path;
  const bool v6 = address.host.find(':') != std::string::npos;
  return std::string(kTcp) + (v6 ? "[" + address.host + "]" : address.host) + ":" + address.port;
}

base::OrError<std::vector<std::string>> resolve(std::string_view endpoint) {
  auto address = parse_address(endpoint);
  if (!address) return tl::make_unexpected(address.error());
  if (address->transport == Address::Transport::ipc || is_numeric(address->host)) {
    return std::vector{to_endpoint(*address)};
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(address->host.c_str(), nullptr, &hints, &found);
  if (failed != 0) return base::error(address->host + ": " + gai_strerror(failed));
  const std::unique_ptr<addrinfo, FreeAddresses> list(found);
  std::vector<std::string> endpoints;
  for (const addrinfo* at = list.get(); at != nullptr; at = at->ai_next) {
    std::array<char, NI_MAXHOST> number{};
    if (getnameinfo(at->ai_addr, at->ai_addrlen, number.data(), number.size(), nullptr, 0,
                    NI_NUMERICHOST) != 0) {
      continue;
    }
    address->host = number.data();
    std::string resolved = to_endpoint(*address);
    if (std::find(endpoints.begin(), endpoints.end(), resolved) == endpoints.end()) {
      endpoints.push_back(std::move(resolved));
    }
  }
  if (endpoints.empty()) return base::error(std::string(endpoint) + ": the name has no address");
  return endpoints;
}

}  // namespace sealbus::bus
