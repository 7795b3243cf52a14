#pragma once
// The process's log: lines on standard error, as text or as JSON. Never a token, a secret, a claim
// or a payload; text that came from outside goes through `escaped`. Callable from any thread.

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "common/base/clock.hpp"

namespace sealbus::log {

enum class Level : std::uint8_t { debug, info, warning, error, off };
enum class Format : std::uint8_t { text, json };

std::optional<Level> level_named(std::string_view name);
std::string_view name(Level level);

// Called once by the composition root before other threads exist; before that: info, text.
void configure(Level level, Format format);

bool enabled(Level level);
// The line is out when this returns; it waits for nobody but the kernel.
void write(Level level, std::string_view message);

// For whoever writes many lines at once: a line as `write` makes it, of this time, without the
// fields of a RequestScope, at the end of `out`.
void append_line(std::string& out, Level level, base::WallTime time, std::string_view message);
// Whole lines, in as few system calls as the kernel keeps apart from another thread's lines.
void write_lines(std::string_view lines);

// While it lives, what this thread logs is about this request: JSON lines say so in `request_id`
// and `trace_id`; a text line is as it is. Both texts outlive it; empty ones are left out.
class RequestScope {
 public:
  RequestScope(std::string_view request_id, std::string_view trace_id);
  ~RequestScope();
  RequestScope(const RequestScope&) = delete;
  RequestScope& operator=(const RequestScope&) = delete;

 private:
  std::string_view outer_request_id_;
  std::string_view outer_trace_id_;
};

template <typename... Args>
void at(Level level, fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(level)) write(level, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  at(Level::debug, format, std::forward<Args>(args)...);
}
template <typename... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  at(Level::info, format, std::forward<Args>(args)...);
}
template <typename... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  at(Level::warning, format, std::forward<Args>(args)...);
}
template <typename... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  at(Level::error, format, std::forward<Args>(args)...);
}

// `text` on one line and free of terminal codes: control characters, line separators, marks that
// turn the direction of writing, quotes, backslashes and ill-formed UTF-8 as \xNN, byte by byte;
// cut with "…" before the character that would be past `most` bytes of it.
std::string escaped(std::string_view text, std::size_t most = 256);

// Lets a line through at most `burst` times an interval and counts the others, for events that a
// peer can cause at will. Thread-safe.
class Limiter {
 public:
  explicit Limiter(const base::Clock& clock, unsigned burst = 5,
                   std::chrono::milliseconds interval = std::chrono::seconds(10));

  // Nothing: keep silent. A number: write, and that many were kept silent before.
  std::optional<std::uint64_t> admit();

 private:
  const base::Clock& clock_;
  const unsigned burst_;
  const std::chrono::milliseconds interval_;
  std::mutex mutex_;
  // Guarded by mutex_.
  base::SteadyTime window_start_;
  unsigned written_ = 0;
  std::uint64_t silent_ = 0;
};

}  // namespace sealbus::log
