#include "common/base/log.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <memory>

#include <spdlog/formatter.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "common/base/bytes.hpp"
#include "common/base/json_writer.hpp"

namespace sealbus::log {
namespace {

struct LevelName {
  Level level;
  std::string_view name;
  spdlog::level::level_enum spd;
};

constexpr auto kLevels = std::to_array<LevelName>({
    {Level::debug, "debug", spdlog::level::debug},
    {Level::info, "info", spdlog::level::info},
    {Level::warning, "warning", spdlog::level::warn},
    {Level::error, "error", spdlog::level::err},
    {Level::off, "off", spdlog::level::off},
});

const LevelName& entry(Level level) { return kLevels[static_cast<std::size_t>(level)]; }

// What the thread is about at the moment; see RequestScope.
struct Subject {
  std::string_view request_id;
  std::string_view trace_id;
};

Subject& subject() {
  thread_local Subject current;
  return current;
}

// An object that is still open: whoever asked for the line adds what else there is.
class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
    out.append(std::string_view("{\"time\":\""));
    time_.format(line, out);
    std::string rest = ",\"message\":";
    base::append_json_string(rest, {line.payload.data(), line.payload.size()});
    out.append(rest);
  }
  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JsonFormatter>();
  }

 private:
  spdlog::pattern_formatter time_{"%Y-%m-%dT%H:%M:%S.%eZ\",\"level\":\"%l\"",
                                  spdlog::pattern_time_type::utc, ""};
};

// What configure chose. Set before other threads exist, read by all.
struct Choice {
  std::atomic<Level> level{Level::info};
  std::atomic<Format> format{Format::text};
};

Choice& choice() {
  static Choice chosen;
  return chosen;
}

std::unique_ptr<spdlog::formatter> make_formatter(Format format) {
  if (format == Format::json) return std::make_unique<JsonFormatter>();
  return std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %-7l %v",
                                                     spdlog::pattern_time_type::utc);
}

// Each thread has its own, so that nobody waits for another's line.
spdlog::formatter& formatter() {
  thread_local Format made_for = choice().format;
  thread_local std::unique_ptr<spdlog::formatter> made = make_formatter(made_for);
  if (made_for != choice().format) {
    made_for = choice().format;
    made = make_formatter(made_for);
  }
  return *made;
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out.push_back(',');
  base::append_json_string(out, name);
  out.push_back(':');
  base::append_json_string(out, value);
}

void append(std::string& out, const spdlog::details::log_msg& line, const Subject& about) {
  spdlog::memory_buf_t formatted;
  formatter().format(line, formatted);
  out.append(formatted.data(), formatted.size());
  if (choice().format != Format::json) return;
  append_field(out, "request_id", about.request_id);
  append_field(out, "trace_id", about.trace_id);
  out += "}\n";
}

spdlog::details::log_msg line_of(Level level, spdlog::log_clock::time_point time,
                                 std::string_view message) {
  return {time, spdlog::source_loc{}, "sealbus", entry(level).spd,
          spdlog::string_view_t(message.data(), message.size())};
}

// One system call for a line, which the kernel does not mix with another's.
void write_line(std::string_view line) {
  while (!line.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
    if (written < 0 && errno != EINTR) return;  // nobody reads: there is no one to tell
    if (written > 0) line.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Not a control (C0, DEL, C1), nor what ends a quoted text, a line or the direction of writing.
bool harmless(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1)
    return byte(0) >= 0x20 && byte(0) != 0x7f && byte(0) != '"' && byte(0) != '\\';
  if (byte(0) == 0xc2) return byte(1) >= 0xa0;
  if (byte(0) != 0xe2) return true;
  const bool line_or_embedding = byte(1) == 0x80 && byte(2) >= 0xa8 && byte(2) <= 0xae;
  const bool isolate = byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9;
  return !line_or_embedding && !isolate;
}

}  // namespace

std::optional<Level> level_named(std::string_view name) {
  for (const LevelName& candidate : kLevels) {
    if (candidate.name == name) return candidate.level;
  }
  return std::nullopt;
}

std::string_view name(Level level) { return entry(level).name; }

void configure(Level level, Format format) {
  choice().level = level;
  choice().format = format;
}

bool enabled(Level level) { return level >= choice().level && level != Level::off; }

void write(Level level, std::string_view message) {
  if (!enabled(level)) return;
  std::string out;
  append(out, line_of(level, spdlog::log_clock::now(), message), subject());
  write_line(out);
}

void append_line(std::string& out, Level level, base::WallTime time, std::string_view message) {
  append(out, line_of(level, time, message), {});
}

void write_lines(std::string_view lines) {
  while (!lines.empty()) {
    std::size_t end = lines.size();
    if (end > PIPE_BUF) end = lines.rfind('\n', PIPE_BUF - 1) + 1;
    if (end == 0) end = lines.find('\n') + 1;  // a long line goes alone
    if (end == 0) end = lines.size();
    write_line(lines.substr(0, end));
    lines.remove_prefix(end);
  }
}

RequestScope::RequestScope(std::string_view request_id, std::string_view trace_id)
    : outer_request_id_(subject().request_id), outer_trace_id_(subject().trace_id) {
  subject() = {request_id, trace_id};
}

RequestScope::~RequestScope() { subject() = {outer_request_id_, outer_trace_id_}; }

std::string escaped(std::string_view text, std::size_t most) {
  std::string out;
  out.reserve(std::min(text.size(), most));
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = base::utf8_character(text.substr(at));
    const std::string_view character = text.substr(at, std::max<std::size_t>(length, 1));
    if (at + character.size() > most) break;
    if (length > 0 && harmless(character)) {
      out += character;
    } else {
      for (const char c : character) {
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
      }
    }
    at += character.size();
  }
  if (at < text.size()) out += "…";
  return out;
}

Limiter::Limiter(const base::Clock& clock, unsigned burst, std::chrono::milliseconds interval)
    : clock_(clock), burst_(burst), interval_(interval), window_start_(clock.steady()) {}

std::optional<std::uint64_t> Limiter::admit() {
  const base::SteadyTime now = clock_.steady();
  const std::lock_guard lock(mutex_);
  if (now - window_start_ >= interval_) {
    window_start_ = now;
    written_ = 0;
  }
  if (written_ >= burst_) {
    ++silent_;
    return std::nullopt;
  }
  ++written_;
  return std::exchange(silent_, 0);
}

}  // namespace sealbus::log
