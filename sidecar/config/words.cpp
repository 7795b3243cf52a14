#include "sidecar/config/words.hpp"

#include <algorithm>
#include <string>

#include "sidecar/config/address.hpp"

namespace sealbus::settings::rule {
namespace {

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

struct Halves {
  std::string_view service;
  std::string_view name;
};

Halves halves(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return {text, {}};
  return {text.substr(0, dot), text.substr(dot + 1)};
}

// '_' counts as '-': some servers on the way make no difference either.
std::string lower_with_dashes(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    if (c == '_') return '-';
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

}  // namespace

std::string printable(std::string_view text) {
  if (!text.empty() && std::none_of(text.begin(), text.end(), is_control)) return {};
  return "expected text that is not empty and has no control characters";
}

std::string service_name(std::string_view text) {
  if (contract::is_service_name(text)) return {};
  return "expected a service's name: lower-case letters, digits and '-', a letter first, at most "
         "63";
}

std::string contract_name(std::string_view text) {
  if (contract::is_contract_name(text)) return {};
  return "expected a contract's name: letters, digits and '_', a letter first, at most 64";
}

std::string method(std::string_view text) {
  if (contract::is_method(text)) return {};
  return "expected GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS";
}

std::string permission(std::string_view text) {
  if (identity::is_valid_permission(text)) return {};
  return "expected a permission: 1 to 256 bytes without commas, spaces and control characters";
}

std::string event(std::string_view text) {
  const Halves parts = halves(text);
  if (contract::is_service_name(parts.service) && contract::is_contract_name(parts.name)) return {};
  return "expected a service and its event, such as orders.OrderPlaced";
}

std::string event_or_all(std::string_view text) {
  const Halves parts = halves(text);
  if (contract::is_service_name(parts.service) && parts.name == "*") return {};
  return event(text).empty()
             ? std::string()
             : "expected a service and its event, such as users.UserCreated, or users.*";
}

std::string forwarded_header(std::string_view text) {
  constexpr std::string_view kPunctuation = "!#$%&'*+-.^_`|~";  // RFC 9110 section 5.6.2
  const bool is_token = !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kPunctuation.find(c) != std::string_view::npos;
  });
  if (!is_token) return "expected the name of a header";
  const std::string name = lower_with_dashes(text);
  const bool identity = name == "authorization" || name == "proxy-authorization" ||
                        name == "cookie" || name.starts_with("x-dev-") ||
                        name.starts_with("x-user-");
  return identity ? "expected a header that carries neither credentials nor an identity"
                  : std::string();
}

std::string host_name(std::string_view text) {
  constexpr std::size_t kLongest = 253;  // RFC 1035 section 2.3.4
  const bool good = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
  if (good && !text.empty() && text.size() <= kLongest) return {};
  return "expected the name of a host, such as api-gateway, without a port";
}

std::string bus_listen(std::string_view text) {
  const auto address = parse_bus_address(text);
  return address ? std::string() : address.error().message;
}

std::string bus_connect(std::string_view text) {
  const auto address = parse_bus_address(text);
  if (!address) return address.error().message;
  const bool tcp = address->transport == BusAddress::Transport::tcp;
  if (tcp && (address->tcp.port == 0 || address->tcp.host == "*")) {
    return "expected the address of an ingress, with its port";
  }
  return {};
}

std::string deliver_listen(std::string_view text) {
  const auto address = parse_bus_address(text);
  if (!address) return address.error().message;
  if (!leaves_the_machine(*address)) return {};
  return "expected ipc:///path, or tcp:// on 127.0.0.1: whoever reaches this door is the service";
}

std::string deliver_tap(std::string_view text) {
  const auto address = parse_bus_address(text);
  if (!address) return address.error().message;
  if (!leaves_the_machine(*address)) return {};
  return "expected ipc:///path, or tcp:// on 127.0.0.1: whoever reaches the tap reads all messages";
}

}  // namespace sealbus::settings::rule
