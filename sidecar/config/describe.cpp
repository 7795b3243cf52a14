#include "sidecar/config/describe.hpp"

#include "sidecar/config/ingress_fields.hpp"
#include "sidecar/config/printer.hpp"
#include "sidecar/config/sidecar_fields.hpp"

namespace sealbus::settings {
namespace {

std::vector<Setting> print(Printer::Mode mode, const IngressConfig& config) {
  Printer printer(mode);
  ingress_fields(printer, config);
  return printer.take();
}

std::vector<Setting> print(Printer::Mode mode, const SidecarConfig& config) {
  Printer printer(mode);
  sidecar_fields(printer, config);
  return printer.take();
}

std::string lines(const std::vector<Setting>& settings) {
  std::string out;
  for (const auto& [key, value] : settings) out += key + ": " + value + "\n";
  return out;
}

}  // namespace

std::vector<Setting> effective(const IngressConfig& config) {
  return print(Printer::Mode::effective, config);
}
std::vector<Setting> effective(const SidecarConfig& config) {
  return print(Printer::Mode::effective, config);
}

std::string describe(const IngressConfig& config) { return lines(effective(config)); }
std::string describe(const SidecarConfig& config) { return lines(effective(config)); }

std::vector<Setting> known_ingress_keys() { return print(Printer::Mode::schema, IngressConfig{}); }
std::vector<Setting> known_sidecar_keys() { return print(Printer::Mode::schema, SidecarConfig{}); }

}  // namespace sealbus::settings
