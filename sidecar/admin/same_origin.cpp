#include "sidecar/admin/same_origin.hpp"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

#include "sidecar/config/address.hpp"

namespace sealbus::admin {
namespace {

// Without the port, and without the brackets of an IPv6 address.
std::string_view host_of(std::string_view authority) {
  if (authority.substr(0, 1) == "[") {
    return authority.substr(1, authority.find(']') - 1);
  }
  return authority.substr(0, authority.find(':'));
}

bool is_address(std::string_view host) {
  const std::string text(host);
  std::array<unsigned char, 16> parsed{};
  return inet_pton(AF_INET, text.c_str(), parsed.data()) == 1 ||
         inet_pton(AF_INET6, text.c_str(), parsed.data()) == 1;
}

bool is_every_address(std::string_view host) { return host == "0.0.0.0" || host == "::"; }

}  // namespace

bool is_own_host(std::string_view host, std::string_view listen_host,
                 std::span<const std::string> names) {
  const std::string_view name = host_of(host);
  if (http::equal_ignoring_case(name, "localhost") || settings::is_loopback(name)) return true;
  const bool named = std::any_of(names.begin(), names.end(), [&](const std::string& one) {
    return http::equal_ignoring_case(name, one);
  });
  if (named) return true;
  const std::string_view own =
      listen_host.find(']') == std::string_view::npos ? listen_host : host_of(listen_host);
  return http::equal_ignoring_case(name, own) || (is_every_address(own) && is_address(name));
}

base::Result<void> check_same_origin(const http::Request& request, std::string_view listen_host,
                                     std::span<const std::string> names) {
  const auto host = http::find_field(request, "host");
  if (host && !is_own_host(*host, listen_host, names)) {
    return base::refuse(base::Refusal::not_granted, "the Host is not this admin port's");
  }
  for (const http::FieldView& field : request.fields) {
    if (!http::equal_ignoring_case(field.name, "origin")) continue;
    const bool own = host && field.value == "http://" + std::string(*host);
    if (!own) return base::refuse(base::Refusal::not_granted, "the Origin is foreign");
  }
  return {};
}

}  // namespace sealbus::admin
