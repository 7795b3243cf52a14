#pragma once
// What single values may be: the words of each enumeration, and for each kind of text a rule that
// says what was expected.

#include <array>
#include <string_view>
#include <utility>

#include "sidecar/config/config.hpp"

namespace sealbus::settings {

template <typename Enum, std::size_t N>
using Words = std::array<std::pair<std::string_view, Enum>, N>;

// words_of(any value of the enumeration): every word, and what it stands for.
constexpr auto words_of(log::Level) {
  using enum log::Level;
  return Words<log::Level, 5>{
      {{"debug", debug}, {"info", info}, {"warning", warning}, {"error", error}, {"off", off}}};
}
constexpr auto words_of(log::Format) {
  return Words<log::Format, 2>{{{"text", log::Format::text}, {"json", log::Format::json}}};
}
constexpr auto words_of(ErrorDetail) {
  return Words<ErrorDetail, 2>{{{"full", ErrorDetail::full}, {"minimal", ErrorDetail::minimal}}};
}
constexpr auto words_of(RegistrationMode) {
  using enum RegistrationMode;
  return Words<RegistrationMode, 2>{{{"granted", granted}, {"open", open}}};
}
constexpr auto words_of(contract::Kind) {
  using enum contract::Kind;
  return Words<contract::Kind, 3>{{{"command", command}, {"query", query}, {"event", event}}};
}
constexpr auto words_of(contract::Delivery) {
  using enum contract::Delivery;
  return Words<contract::Delivery, 2>{{{"stored", stored}, {"memory", memory}}};
}
constexpr auto words_of(contract::AuthAt) {
  using enum contract::AuthAt;
  return Words<contract::AuthAt, 2>{{{"ingress", ingress}, {"delivery", delivery}}};
}

// Empty when `text` fits, otherwise what was expected.
using Rule = std::string (*)(std::string_view text);

namespace rule {
std::string printable(std::string_view text);  // not empty, no control bytes
std::string service_name(std::string_view text);
std::string contract_name(std::string_view text);
std::string method(std::string_view text);
std::string permission(std::string_view text);
std::string event(std::string_view text);         // orders.OrderPlaced
std::string event_or_all(std::string_view text);  // users.UserCreated, users.*
std::string forwarded_header(std::string_view text);
std::string host_name(std::string_view text);  // api-gateway, without a port
std::string bus_listen(std::string_view text);
std::string bus_connect(std::string_view text);     // port 0 is nowhere
std::string deliver_listen(std::string_view text);  // ipc, or tcp on this machine
std::string deliver_tap(std::string_view text);     // the same
}  // namespace rule

}  // namespace sealbus::settings
