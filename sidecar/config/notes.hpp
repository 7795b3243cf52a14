#pragma once
// What is allowed and may yet not be meant: `sealbus check` shows it, and it is no error.

#include <string>
#include <vector>

#include "sidecar/config/config.hpp"

namespace sealbus::settings {

struct Note {
  std::string setting;  // services.users.subscribe
  std::string meaning;  // what to expect, or what was probably meant, in one sentence
  bool operator==(const Note&) const = default;
};

// Routes that are granted to two services, and grants that name a service which has none.
std::vector<Note> notes(const IngressConfig& config);
// Events that an ingress of this version refuses, settings without effect, and what a tap alone is.
std::vector<Note> notes(const SidecarConfig& config);

}  // namespace sealbus::settings
