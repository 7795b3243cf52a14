// The part of the reader that handles keys and secrets. Their text never reaches a message.

#include <fmt/core.h>

#include "common/base/log.hpp"
#include "sidecar/config/reader.hpp"

namespace sealbus::settings {
namespace {

using Kind = config::Value::Kind;

constexpr ByteCount kMostSecret{65'536};
constexpr std::size_t kLeastHs256 = 32;  // RFC 7518 section 3.2

std::shared_ptr<const Secret> make_secret(std::string_view text) {
  return std::make_shared<const Secret>(base::as_bytes(text));
}

std::string_view without_newline(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace

// The file that `key` names, without the line break at its end.
std::shared_ptr<const Secret> Reader::secret_file(std::string_view key, std::string& origin) {
  auto named = here().text(key);
  if (named && named->starts_with("sealbus-")) {
    base::wipe(*named);
    report_.add(here().path_of(key), "this is a key itself; expected the name of a file with it");
    return nullptr;
  }
  const auto path = file_at(key);
  if (!path) return nullptr;
  origin = path->string();
  auto content = files_.read(*path, kMostSecret);
  if (!content) {
    report_.add(here().path_of(key),
                fmt::format("cannot read {}: {}", log::escaped(origin), content.error().message));
    return nullptr;
  }
  const std::string_view text = without_newline(*content);
  auto secret = trimmed(text).empty() ? nullptr : make_secret(text);
  base::wipe(*content);
  if (!secret) report_.add(here().path_of(key), log::escaped(origin) + " is empty");
  return secret;
}

void Reader::provider_secret(ProviderConfig& provider) {
  constexpr std::string_view kKey = "secret";
  const config::ValuePtr there = here().value(kKey);
  std::string path = here().path_of(kKey);
  if (!there && here().has("jwks_uri")) return;  // refused already
  if (!there || there->kind == Kind::null) {
    report_.add(path,
                "missing; finding keys through the issuer (OIDC discovery) is not in this version: "
                "set JWT_SECRET or a secret of at least 32 bytes for HS256");
    return;
  }
  if (there->kind == Kind::scalar) {
    const bool from_variable = there->position.line == 0;
    provider.secret_origin = from_variable ? there->position.source : path;
    provider.secret = make_secret(there->text);
  } else {
    section(kKey, [&] {
      path = here().path_of("file");
      if (!here().has("file")) return here().mismatch("file", "expected the name of a file");
      provider.secret = secret_file("file", provider.secret_origin);
    });
  }
  if (provider.secret && provider.secret->size() < kLeastHs256) {
    report_.add(path,
                fmt::format("{} bytes; HS256 needs at least {} (openssl rand -base64 48 makes one)",
                            provider.secret->size(), kLeastHs256));
  }
}

// `file` or `text` of where we are.
KeySource Reader::key_source() {
  KeySource source;
  if (here().has("file") && here().has("text")) {
    report_.add(here().path(), "has both 'file' and 'text'; keep one");
  }
  if (auto text = here().text("text")) {
    const config::Position at = here().value("text")->position;
    source.origin = at.line == 0 ? at.source : here().path_of("text");
    if (trimmed(*text).empty()) {
      report_.add(here().path_of("text"), "is empty");
    } else {
      source.text = make_secret(trimmed(*text));
    }
    base::wipe(*text);
  }
  if (auto content = secret_file("file", source.origin)) {
    source.text = make_secret(trimmed(base::as_text(content->reveal())));
  }
  return source;
}

void Reader::keys(std::string_view key, KeyConfig& keys) {
  section(key, [&] {
    keys.current = key_source();
    list("previous", keys.previous, [&](KeySource& previous) {
      previous = key_source();
      const bool named = here().has("file") || here().has("text");
      if (!named && !report_.is_wrong(here().path()))
        here().mismatch("file", "expected the name of a key file");
    });
  });
}

}  // namespace sealbus::settings
