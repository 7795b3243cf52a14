#include "common/audit/entry.hpp"

#include <algorithm>
#include <ctime>

#include <fmt/chrono.h>

#include "common/base/json_writer.hpp"

namespace sealbus::audit {
namespace {

constexpr std::string_view kTitle = "Audit";

std::string_view decision(const Entry& entry) { return entry.refusal ? "refused" : "allowed"; }

std::string_view code(const Entry& entry) {
  return entry.refusal ? base::code(*entry.refusal) : std::string_view("none");
}

// Every text field with its name, in the order in which they are written.
template <typename Visit>
void each_text(const Entry& entry, Visit visit) {
  visit("user_id", entry.user_id);
  visit("method", entry.method);
  visit("contract", entry.contract);
  visit("source", entry.source);
  visit("request_id", entry.request_id);
  visit("message_id", entry.message_id);
  visit("trace_id", entry.trace_id);
}

std::string text_of(base::WallTime time) {
  const std::int64_t millis = base::to_millis(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::time_t{millis / 1'000}),
                     millis % 1'000);
}

enum class Place : bool { file, log };

void append_object(std::string& out, const Entry& entry, Place place) {
  base::JsonWriter json;
  json.begin_object().key("time").string(text_of(entry.time));
  if (place == Place::log) {
    json.key("level").string(log::name(log::Level::info)).key("message").string(kTitle);
  }
  json.key("decision").string(decision(entry)).key("code").string(code(entry));
  if (entry.status != 0) json.key("status").number(entry.status);
  each_text(entry, [&](std::string_view name, std::string_view value) {
    if (!value.empty()) json.key(name).string(value);
  });
  json.end_object();
  out += json.take();
  out.push_back('\n');
}

// Can be read as a value without quotes.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') ||
           std::string_view("-_.:/@+|").find(c) != std::string_view::npos;
  });
}

}  // namespace

void append_json(std::string& out, const Entry& entry) { append_object(out, entry, Place::file); }

void append_log_line(std::string& out, const Entry& entry, log::Format format) {
  if (format == log::Format::json) return append_object(out, entry, Place::log);
  std::string text = fmt::format("{}: decision={} code={}", kTitle, decision(entry), code(entry));
  if (entry.status != 0) text += fmt::format(" status={}", entry.status);
  each_text(entry, [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    text += fmt::format(fmt::runtime(is_plain(value) ? " {}={}" : " {}=\"{}\""), name,
                        log::escaped(value));
  });
  log::append_line(out, log::Level::info, entry.time, text);
}

}  // namespace sealbus::audit
