#include "common/base/log.hpp"

#include <spdlog/formatter.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <memory>

#include "common/base/bytes.hpp"

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

void append_json_string(spdlog::memory_buf_t& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(fmt::appender(out), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
    out.append(std::string_view("{\"time\":\""));
    time_.format(line, out);
    out.append(std::string_view(",\"message\":"));
    append_json_string(out, {line.payload.data(), line.payload.size()});
    out.append(std::string_view("}\n"));
  }
  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JsonFormatter>();
  }

 private:
  spdlog::pattern_formatter time_{"%Y-%m-%dT%H:%M:%S.%eZ\",\"level\":\"%l\"",
                                  spdlog::pattern_time_type::utc, ""};
};

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>(
        "sealbus", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_formatter(std::make_unique<spdlog::pattern_formatter>(
        "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v", spdlog::pattern_time_type::utc));
    return made;
  }();
  return *instance;
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
  logger().set_level(entry(level).spd);
  if (format == Format::json) logger().set_formatter(std::make_unique<JsonFormatter>());
}

bool enabled(Level level) { return logger().should_log(entry(level).spd); }

void write(Level level, std::string_view message) {
  logger().log(entry(level).spd, spdlog::string_view_t(message.data(), message.size()));
}

void flush() { logger().flush(); }

std::string escaped(std::string_view text, std::size_t most) {
  const bool cut = text.size() > most;
  const std::string_view shown = text.substr(0, most);
  const bool readable = base::is_utf8(text);
  std::string out;
  out.reserve(shown.size());
  for (const char c : shown) {
    const auto byte = static_cast<unsigned char>(c);
    const bool c1_or_broken = byte >= 0x80 && (!readable || cut || byte == 0xc2);
    if (byte < 0x20 || byte == 0x7f || c == '"' || c == '\\' || c1_or_broken) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out.push_back(c);
    }
  }
  if (cut) out += "…";
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
