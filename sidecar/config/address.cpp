#include "sidecar/config/address.hpp"

#include <algorithm>
#include <array>

#include <arpa/inet.h>
#include <fmt/core.h>

#include "common/config/scalars.hpp"

namespace sealbus::settings {
namespace {

constexpr std::string_view kTcp = "tcp://";
constexpr std::string_view kIpc = "ipc://";
constexpr std::size_t kLongestHost = 253;
constexpr std::size_t kLongestIpcPath = 107;
constexpr std::uint64_t kLastPort = 65'535;
constexpr std::string_view kExpected = "expected host:port, such as 0.0.0.0:3000";
constexpr std::string_view kExpectedBus =
    "expected tcp://host:port or ipc:///path, such as tcp://127.0.0.1:5570";

bool is_host(std::string_view host) {
  if (host.empty() || host.size() > kLongestHost) return false;
  return std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  });
}

std::array<unsigned char, 16> ipv6(const std::string& host, bool& good) {
  std::array<unsigned char, 16> bytes{};
  good = inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
  return bytes;
}

// The host of "[::1]" or "localhost"; empty if it is none.
std::string parse_host(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    const std::string inner(text.substr(1, text.size() - 2));
    bool good = false;
    ipv6(inner, good);
    return good ? inner : std::string();
  }
  return is_host(text) ? std::string(text) : std::string();
}

base::OrError<BusAddress> parse_ipc(std::string_view path) {
  if (!path.starts_with('/')) return base::error("expected an absolute path after ipc://");
  if (path.size() > kLongestIpcPath) {
    return base::error(
        fmt::format("expected an ipc path of at most {} bytes, which is what the system allows",
                    kLongestIpcPath));
  }
  const bool clean =
      std::none_of(path.begin(), path.end(), [](char c) { return c >= 0 && c < ' '; });
  if (!clean || path.ends_with('/')) return base::error(std::string(kExpectedBus));
  return BusAddress{BusAddress::Transport::ipc, {}, std::string(path)};
}

}  // namespace

base::OrError<ListenAddress> parse_listen_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return base::error(std::string(kExpected));
  const std::string host = parse_host(text.substr(0, colon));
  const std::string_view digits = text.substr(colon + 1);
  const auto port = config::parse_integer(digits);
  if (host.empty() || !port || *port > kLastPort) return base::error(std::string(kExpected));
  return ListenAddress{host, static_cast<std::uint16_t>(*port)};
}

std::string to_text(const ListenAddress& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return fmt::format(fmt::runtime(v6 ? "[{}]:{}" : "{}:{}"), address.host, address.port);
}

bool is_loopback(std::string_view host) {
  const std::string name(host);
  if (name == "localhost") return true;
  std::array<unsigned char, 4> v4{};
  if (inet_pton(AF_INET, name.c_str(), v4.data()) == 1) return v4[0] == 127;
  bool good = false;
  const auto v6 = ipv6(name, good);
  std::array<unsigned char, 16> one{};
  one.back() = 1;
  return good && v6 == one;
}

base::OrError<BusAddress> parse_bus_address(std::string_view text) {
  if (text.starts_with(kIpc)) return parse_ipc(text.substr(kIpc.size()));
  if (!text.starts_with(kTcp)) return base::error(std::string(kExpectedBus));
  text.remove_prefix(kTcp.size());
  const bool any = text.starts_with("*:");
  auto address =
      parse_listen_address(any ? "any" + std::string(text.substr(1)) : std::string(text));
  if (!address) return base::error(std::string(kExpectedBus));
  if (any) address->host = "*";
  return BusAddress{BusAddress::Transport::tcp, std::move(*address), {}};
}

bool leaves_the_machine(const BusAddress& address) {
  return address.transport == BusAddress::Transport::tcp && !is_loopback(address.tcp.host);
}

BusSecurity listening_security(std::string_view address, bool plaintext) {
  const auto parsed = parse_bus_address(address);
  const bool near = parsed && !leaves_the_machine(*parsed);
  return near || plaintext ? BusSecurity::plaintext : BusSecurity::curve;
}

BusSecurity connecting_security(std::string_view address, bool plaintext) {
  const auto parsed = parse_bus_address(address);
  const bool near = parsed && !leaves_the_machine(*parsed);
  if (near && parsed->transport == BusAddress::Transport::tcp) return BusSecurity::either;
  return listening_security(address, plaintext);
}

}  // namespace sealbus::settings
