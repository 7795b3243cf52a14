#include "address.hpp"

#include <charconv>
#include <cstdlib>
#include <stdexcept>

#include <arpa/inet.h>

#include "protocol.hpp"

namespace sealbus::detail {
namespace {

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65'535;
}

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  in_addr v4{};
  if (inet_pton(AF_INET, std::string(host).c_str(), &v4) != 1) return false;
  return ntohl(v4.s_addr) >> 24U == 127;
}

}  // namespace

bool is_on_this_machine(std::string_view address) {
  static constexpr std::string_view kIpc = "ipc://";
  static constexpr std::string_view kTcp = "tcp://";
  if (address.find('\0') != std::string_view::npos) return false;
  if (address.starts_with(kIpc)) {
    const std::string_view path = address.substr(kIpc.size());
    return !path.empty() && !path.starts_with('@');  // anybody may bind an @name
  }
  const std::size_t colon = address.rfind(':');
  if (!address.starts_with(kTcp) || colon < kTcp.size()) return false;
  return is_loopback(address.substr(kTcp.size(), colon - kTcp.size())) &&
         is_port(address.substr(colon + 1));
}

std::string checked_address(std::string address) {
  if (address.empty()) {
    const char* from_environment = std::getenv("SEALBUS_DELIVER");
    if (from_environment != nullptr) address = from_environment;
  }
  if (address.empty()) {
    throw std::invalid_argument("no address: pass the sidecar's, or set SEALBUS_DELIVER");
  }
  if (!is_on_this_machine(address)) {
    throw std::invalid_argument("not ipc://PATH or tcp:// on loopback with a port: " +
                                escaped(address));
  }
  return address;
}

}  // namespace sealbus::detail
