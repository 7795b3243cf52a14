// Holds examples/config/full.yaml to the code: it documents every key, with the default that the
// code has, and every key in it makes a difference.

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "sidecar/config/describe.hpp"
#include "sidecar/tools/check.hpp"
#include "sidecar/tools/exit_code.hpp"
#include "tests/support/memory_files.hpp"

namespace sealbus::tools {
namespace {

using Lines = std::vector<std::string>;

// A line of the file that has a key.
struct Documented {
  std::size_t line = 0;      // its index
  std::string path;          // contracts[].retry.ackWait
  std::string value;         // empty for a map or a list that follows
  bool alternative = false;  // "#key: value", the other way to say what is above
  Lines comment;             // the lines above it, without '#'
};

// "  #- name: value" taken apart.
struct KeyLine {
  std::size_t column = 0;  // of the name, not counting '#'
  bool alternative = false;
  bool first_of_item = false;
  std::string name;
  std::string value;
};

// Removes `start` from the front, if it is there.
bool skip(std::string_view& text, std::string_view start) {
  if (!text.starts_with(start)) return false;
  text.remove_prefix(start.size());
  return true;
}

std::optional<KeyLine> key_line(const std::string& line) {
  KeyLine key;
  key.column = std::min(line.find_first_not_of(' '), line.size());
  std::string_view rest = std::string_view(line).substr(key.column);
  key.alternative = skip(rest, "#");
  key.first_of_item = skip(rest, "- ");
  if (key.first_of_item) key.column += 2;
  const std::size_t end = rest.find(':');
  const bool has_name = end != 0 && end != std::string_view::npos && rest.find(' ') > end;
  if (!has_name) return std::nullopt;
  key.name = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  if (!rest.empty() && !skip(rest, " ")) return std::nullopt;
  key.value = rest;
  return key;
}

// Where we are, from the top level: the column and name of each open key.
class Path {
 public:
  std::string enter(std::size_t column, const std::string& key, bool first_of_item) {
    while (!open_.empty() && open_.back().first >= column) open_.pop_back();
    const bool is_item = first_of_item && !open_.empty() && !open_.back().second.ends_with("[]");
    if (is_item) open_.back().second += "[]";
    // The grants' one service has a name that its user chose.
    const bool of_user = open_.size() == 1 && open_.back().second == "services";
    open_.emplace_back(column, of_user ? "<name>" : key);
    std::string path;
    for (const auto& [at, name] : open_) path += (path.empty() ? "" : ".") + name;
    return path;
  }

 private:
  std::vector<std::pair<std::size_t, std::string>> open_;
};

std::vector<Documented> documented(const Lines& lines) {
  std::vector<Documented> all;
  Path path;
  Lines comment;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (const auto key = key_line(lines[i])) {
      all.push_back({i, path.enter(key->column, key->name, key->first_of_item), key->value,
                     key->alternative, comment});
      comment.clear();
    } else if (const std::size_t hash = lines[i].find("# "); hash != std::string::npos) {
      comment.push_back(lines[i].substr(hash + 2));
    } else {
      comment.clear();
    }
  }
  return all;
}

struct Role {
  const char* name;
  std::size_t document;
  std::vector<settings::Setting> known;
  // For each key, a value that is as good as the one in the file.
  std::map<std::string, std::string> others;
};

void PrintTo(const Role& role, std::ostream* out) { *out << role.name; }

std::string key_of(char byte) {
  return base::to_base64url(base::Bytes(32, static_cast<std::byte>(byte)));
}
std::string root_key(char byte) { return "sealbus-root-v1:" + key_of(byte); }
std::string users_key(char byte) {
  return "sealbus-svc-v1:users:" + key_of(byte) + ":" + key_of(byte);
}

Role ingress_role() {
  return {"ingress",
          0,
          settings::known_ingress_keys(),
          {{"http.listen", "127.0.0.1:8080"},
           {"http.workers", "2"},
           {"http.max_connections", "5"},
           {"http.max_header", "8KiB"},
           {"http.max_body", "2MiB"},
           {"http.header_timeout", "1s"},
           {"http.body_timeout", "1s"},
           {"http.idle_timeout", "1s"},
           {"http.write_timeout", "1s"},
           {"http.forward_headers", "[accept]"},
           {"admin.listen", "0.0.0.0:3001"},
           {"admin.hosts", "[other]"},
           {"auth.development", "true"},
           {"auth.error_detail", "minimal"},
           {"auth.clock_skew", "5m"},
           {"auth.providers[].issuer", "https://other.example.com/"},
           {"auth.providers[].audience", "other"},
           {"auth.providers[].secret", "another-example-of-a-secret-that-is-long-enough"},
           {"auth.providers[].secret.file", "other.secret"},
           {"auth.providers[].require_exp", "false"},
           {"auth.providers[].permissions.sources", "[scope]"},
           {"auth.providers[].permissions.wildcards", "true"},
           {"auth.providers[].claims", "[]"},
           {"bus.listen", "ipc:///run/sealbus/bus"},
           {"bus.plaintext", "true"},
           {"bus.max_sessions", "5"},
           {"bus.max_sessions_per_service", "5"},
           {"bus.max_handshakes", "5"},
           {"bus.clock_skew", "1s"},
           {"bus.heartbeat", "2s"},
           {"bus.max_message", "8MiB"},
           {"bus.queue", "5"},
           {"bus.queue_wait", "5s"},
           {"key.file", "other-root.key"},
           {"key.text", root_key(3)},
           {"key.previous[].file", "other-root.key"},
           {"key.previous[].text", root_key(3)},
           {"state_dir", "state"},
           {"registration", "open"},
           {"services.<name>.routes", "[/api/users/**]"},
           {"services.<name>.subscribe", "[]"},
           {"services.<name>.publish", "[users.UserCreated]"},
           {"drain", "1s"},
           {"log.level", "debug"},
           {"log.format", "json"},
           {"audit.file", "other.jsonl"}}};
}

Role sidecar_role() {
  return {"sidecar",
          1,
          settings::known_sidecar_keys(),
          {{"service", "orders"},
           {"key.file", "other-users.key"},
           {"key.text", users_key(3)},
           {"key.previous[].file", "other-users.key"},
           {"key.previous[].text", users_key(3)},
           {"bus.connect", "[tcp://127.0.0.1:1, tcp://127.0.0.1:2]"},
           {"bus.plaintext", "true"},
           {"bus.clock_skew", "1s"},
           {"bus.heartbeat", "2s"},
           {"bus.max_message", "8MiB"},
           {"bus.credit", "5"},
           {"bus.credit_bytes", "32MiB"},
           {"admin.listen", "0.0.0.0:3002"},
           {"admin.hosts", "[other]"},
           {"accept_development", "true"},
           {"deliver.listen", "[tcp://127.0.0.1:5580]"},
           {"deliver.tap", "tcp://127.0.0.1:5590"},
           {"contracts[].name", "MakeUser"},
           {"contracts[].kind", "query"},
           {"contracts[].method", "PUT"},
           {"contracts[].path", "/api/users"},
           {"contracts[].requiredPermissions", "{anyOf: [users:create, admin]}"},
           {"contracts[].public", "true"},
           {"contracts[].timeout", "1s"},
           {"contracts[].delivery", "memory"},
           {"contracts[].authAt", "delivery"},
           {"contracts[].maxAuthAge", "2h"},
           {"contracts[].retry.maxAttempts", "9"},
           {"contracts[].retry.initialDelay", "2s"},
           {"contracts[].retry.maxDelay", "1m"},
           {"contracts[].retry.ackWait", "1m"},
           {"subscribe[].event", "orders.OrderSent"},
           {"subscribe[].requiredPermissions", "[orders:read]"},
           {"subscribe[].public", "true"},
           {"drain", "1s"},
           {"log.level", "debug"},
           {"log.format", "json"},
           {"audit.file", "other.jsonl"}}};
}

// "contracts[1].name" -> "contracts[].name", as the code names its keys.
std::string without_indices(std::string key) {
  for (std::size_t at = key.find('['); at != std::string::npos; at = key.find('[', at + 1)) {
    key.erase(at + 1, key.find(']', at) - at - 1);
  }
  constexpr std::string_view kGrant = "services.users.";
  return key.starts_with(kGrant) ? "services.<name>." + key.substr(kGrant.size()) : key;
}

// The lines of `printed` that are about this key, or about what it is a part of.
std::string about(const std::string& path, const std::string& printed) {
  std::istringstream lines(printed);
  std::string found;
  for (std::string line; std::getline(lines, line);) {
    const std::string key = without_indices(line.substr(0, line.find(": ")));
    if (path == key || path.starts_with(key + ".")) found += line + "\n";
  }
  EXPECT_NE(found, "") << path << " is not printed";
  return found;
}

class FullYaml : public testing::TestWithParam<Role> {
 protected:
  FullYaml() {
    std::ifstream file(std::string(SEALBUS_SOURCE_DIR) + "/examples/config/full.yaml");
    Lines whole;
    for (std::string line; std::getline(file, line);) whole.push_back(line);
    const auto cut = std::find(whole.begin(), whole.end(), "---");
    lines_.assign(GetParam().document == 0 ? whole.begin() : cut + 1,
                  GetParam().document == 0 ? cut : whole.end());
    for (const char* name : {"root.key", "old-root.key", "other-root.key"}) {
      files_[name] = root_key(1);
    }
    for (const char* name : {"users.key", "old-users.key", "other-users.key"}) {
      files_[name] = users_key(1);
    }
    for (const char* name : {"jwt.secret", "other.secret"}) files_[name] = std::string(40, 's');
  }

  // What check says of these lines.
  std::string print(const Lines& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    files_["full.yaml"] = text;
    std::ostringstream out;
    EXPECT_EQ(check({"full.yaml", {}, files_, {}}, OutputFormat::text, out), kExitGood)
        << out.str();
    return out.str();
  }

  // Every line of a key that an alternative stands for goes, and the alternative comes alive.
  static void choose(Lines& lines, const Documented& alternative,
                     const std::vector<Documented>& all) {
    const std::string twin = alternative.path.ends_with(".text")
                                 ? alternative.path.substr(0, alternative.path.size() - 4) + "file"
                                 : alternative.path;
    for (const Documented& other : all) {
      const bool same = other.path == twin || other.path.starts_with(twin + ".");
      if (same && !other.alternative) lines[other.line].clear();
    }
    std::string& line = lines[alternative.line];
    line.erase(line.find('#'), 1);
  }

  Lines lines_;
  test::MemoryFiles files_;
};

TEST_P(FullYaml, IsAGoodConfiguration) {
  EXPECT_NE(print(lines_).find(std::string("# ") + GetParam().name), std::string::npos);
}

TEST_P(FullYaml, HasEveryKeyThatTheCodeKnowsAndNoOther) {
  std::set<std::string> in_file;
  const std::vector<Documented> all = documented(lines_);
  for (const Documented& key : all) {
    if (!key.value.empty()) in_file.insert(key.path);
  }
  std::set<std::string> in_code;
  for (const settings::Setting& known : GetParam().known) in_code.insert(known.key);
  EXPECT_EQ(in_file, in_code);
}

TEST_P(FullYaml, DocumentsEachKeyWithItsMeaningAndTheDefaultOfTheCode) {
  std::map<std::string, std::string> defaults;
  for (const settings::Setting& known : GetParam().known) defaults[known.key] = known.value;
  defaults["auth.providers[].secret"] = "none";
  std::set<std::string> seen;
  for (const Documented& key : documented(lines_)) {
    if (key.value.empty() || !seen.insert(key.path).second) continue;
    ASSERT_GE(key.comment.size(), 2U) << key.path << " has no meaning or no default";
    EXPECT_EQ(key.comment.back(), "Default: " + defaults[key.path]) << key.path;
  }
}

TEST_P(FullYaml, ChangesWhatIsPrintedWithEachOfItsKeys) {
  const std::string before = print(lines_);
  const std::vector<Documented> all = documented(lines_);
  std::set<std::string> tried;
  for (const Documented& key : all) {
    if (key.value.empty() || !tried.insert(key.path).second) continue;
    ASSERT_TRUE(GetParam().others.contains(key.path)) << key.path << ": no other value here";
    const std::string other = GetParam().others.at(key.path);
    ASSERT_NE(other, key.value) << key.path;
    Lines lines = lines_;
    if (key.alternative) choose(lines, key, all);
    std::string& line = lines[key.line];
    line.replace(line.find(": ") + 2, std::string::npos, other);
    if (key.path == "service") {  // a key is its service's
      for (const char* name : {"users.key", "old-users.key"}) {
        files_[name] = "sealbus-svc-v1:orders:" + key_of(1) + ":" + key_of(1);
      }
    }
    if (key.path == "contracts[].public") {
      for (std::string& text : lines) {
        if (text == "    requiredPermissions: [users:create]") text.clear();
      }
    }
    EXPECT_NE(about(key.path, print(lines)), about(key.path, before))
        << key.path << " makes no difference";
    for (const char* name : {"users.key", "old-users.key"}) files_[name] = users_key(1);
  }
}

INSTANTIATE_TEST_SUITE_P(Roles, FullYaml, testing::Values(ingress_role(), sidecar_role()),
                         [](const auto& role) { return std::string(role.param.name); });

}  // namespace
}  // namespace sealbus::tools
