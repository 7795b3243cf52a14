#pragma once
// Addresses as text: host:port for HTTP, tcp://host:port and ipc://path for ZeroMQ.

#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "sidecar/config/config.hpp"

namespace sealbus::settings {

// "0.0.0.0:3000", "localhost:0", "[::1]:3000". The error says what was expected.
[[nodiscard]] base::OrError<ListenAddress> parse_listen_address(std::string_view text);
std::string to_text(const ListenAddress& address);

// Is this address of this machine only: 127.0.0.0/8, ::1 or "localhost"? Names are not looked up.
bool is_loopback(std::string_view host);

struct BusAddress {
  enum class Transport : std::uint8_t { tcp, ipc };
  Transport transport = Transport::tcp;
  ListenAddress tcp;  // the host may be "*", every address of this machine
  std::string path;   // of an ipc address: absolute, at most 107 bytes (sockaddr_un)
};

[[nodiscard]] base::OrError<BusAddress> parse_bus_address(std::string_view text);

// Can bytes sent there be seen by another machine?
bool leaves_the_machine(const BusAddress& address);

// How a connection to or at a bus address is protected. `either`: it stays on this machine, so that
// plaintext is good enough, and the other end may be one that listens for other machines too.
enum class BusSecurity : std::uint8_t { plaintext, curve, either };

// Of an ingress that listens there: never `either`. What is no address is taken for a far one.
[[nodiscard]] BusSecurity listening_security(std::string_view address, bool plaintext);
// Of a sidecar that connects there.
[[nodiscard]] BusSecurity connecting_security(std::string_view address, bool plaintext);

}  // namespace sealbus::settings
