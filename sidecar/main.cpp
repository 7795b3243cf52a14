// The command line: which role or tool, and its options.

#include <cstdlib>
#include <iostream>

#include <CLI/CLI.hpp>

#include "common/base/clock.hpp"
#include "common/base/random.hpp"
#include "sidecar/app.hpp"
#include "sidecar/tools/check.hpp"
#include "sidecar/tools/health.hpp"
#include "sidecar/tools/keys.hpp"
#include "sidecar/tools/tail.hpp"
#include "sidecar/tools/token.hpp"

namespace {

using namespace sealbus;

settings::Input input_of(const std::string& file, const settings::Files& files) {
  std::optional<std::filesystem::path> path;
  if (!file.empty()) path = file;
  return {path, settings::process_environment(), files, std::nullopt};
}

// Empty if it is not set.
std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App program(
      "Authenticates a caller once, at the edge, and carries the identity in a sealed "
      "envelope to every service.");
  program.name("sealbus");
  program.require_subcommand(1);
  program.set_version_flag("--version", SEALBUS_VERSION);
  const settings::DiskFiles files;
  int code = app::kOk;

  std::string config;
  const auto with_config = [&](CLI::App* command) {
    command->add_option("--config", config,
                        "YAML file; without it the environment says everything");
    return command;
  };

  auto* ingress = with_config(program.add_subcommand("ingress", "Run the HTTP edge"));
  ingress->callback([&] { code = app::run_ingress(input_of(config, files)); });

  auto* sidecar = with_config(program.add_subcommand("sidecar", "Run beside one service"));
  sidecar->callback([&] { code = app::run_sidecar(input_of(config, files)); });

  bool json = false;
  auto* check = with_config(program.add_subcommand(
      "check", "Validate a configuration and print what it amounts to; opens no port"));
  check->add_flag("--json", json, "Print JSON");
  check->callback([&] {
    code = tools::check(input_of(config, files),
                        json ? tools::OutputFormat::json : tools::OutputFormat::text, std::cout);
  });

  tools::TailRequest tailing;
  bool payload = false;
  auto* tail = with_config(program.add_subcommand("tail", "Show what a sidecar decides about"));
  tail->add_option("ADDRESS", tailing.address, "Of the tap; else that of the configuration")
      ->excludes("--config");
  tail->add_option("--contract", tailing.contracts, "Only names that begin so: orders.")
      ->allow_extra_args(false);
  tail->add_option("--user", tailing.users, "Only of this user")->allow_extra_args(false);
  tail->add_option("--count", tailing.count, "End after so many lines")->check(CLI::PositiveNumber);
  tail->add_flag("--payload", payload, "Show payloads, whatever is in them");
  tail->add_flag("--json", json, "Print one JSON object a line");
  tail->callback([&] {
    if (payload) tailing.payloads = tools::Payloads::shown;
    if (json) tailing.format = tools::OutputFormat::json;
    code = tools::tail(tailing, input_of(config, files), std::cout, std::cerr);
  });

  bool ready = false;
  auto* health = with_config(program.add_subcommand(
      "health", "Ask the role that runs here how it is; for the health checks of containers"));
  health->add_flag("--ready", ready, "Ask whether work should be sent to it, not whether it runs");
  health->callback([&] {
    const auto question = ready ? tools::HealthQuestion::ready : tools::HealthQuestion::alive;
    code = tools::health({question}, input_of(config, files), base::SystemClock(), std::cout,
                         std::cerr);
  });

  auto* keys = program.add_subcommand("keys", "Make the root key, and services' keys from it");
  keys->require_subcommand(1);
  keys->add_subcommand("root", "Print a new root key")->callback([&] {
    base::SystemRandom random;
    code = tools::keys_root(random, std::cout);
  });
  std::string root;
  std::string service;
  auto* derive = keys->add_subcommand("derive", "Print a service's key");
  derive->add_option("--root", root, "File with the root key")->required();
  derive->add_option("SERVICE", service, "Name of the service")->required();
  derive->callback([&] {
    code = tools::keys_derive({root, service}, files, std::cout, std::cerr);
  });

  tools::MintRequest mint;
  auto* token = program.add_subcommand("token", "Make tokens for trying things out");
  token->require_subcommand(1);
  auto* minting = token->add_subcommand("mint", "Print a token signed with the ingress's secret");
  minting->add_option("--sub", mint.subject, "Who the bearer is")->required();
  minting->add_option("--permissions", mint.permissions, "Separated by commas");
  minting->add_option("--issuer", mint.issuer, "The iss claim");
  minting->add_option("--audience", mint.audience, "The aud claim; may be given more than once");
  minting->add_option("--kid", mint.kid, "The kid header");
  minting->add_option("--algorithm", mint.algorithm, "HS256 (default), HS384 or HS512");
  minting->add_option("--expires-in", mint.expires_in, "A number and s, m or h; 1h unless said");
  auto* secret = minting->add_option("--secret-file", mint.secret_file,
                                     "Else JWT_SECRET or JWT_SECRET_FILE is used");
  minting->callback([&] {
    if (secret->count() == 0) {
      mint.secret = variable("JWT_SECRET");
      if (mint.secret.empty()) mint.secret_file = variable("JWT_SECRET_FILE");
    }
    base::SystemRandom random;
    code = tools::token_mint(mint, files, base::SystemClock(), random, std::cout, std::cerr);
  });

  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? app::kOk : app::kUsage;
  }
  return code;
}
