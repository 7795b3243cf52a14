#include "common/config/parse.hpp"

#include <istream>
#include <map>
#include <optional>
#include <streambuf>
#include <utility>

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "common/base/log.hpp"

namespace sealbus::config {
namespace {

// Ends the parsing from inside an event; caught in parse_yaml.
struct Stop {
  Position at;
  std::string message;
};

// A stream over memory that is not copied.
class ViewBuffer final : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // only ever read
    setg(begin, begin, begin + text.size());
  }
};

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const std::string& source, Parsed& parsed) : source_(source), parsed_(parsed) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    anchors_.clear();
    open_.clear();
    root_ = std::make_shared<Value>(Value::Kind::null, position(mark));
  }
  void OnDocumentEnd() override { parsed_.documents.push_back(root_); }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    // The parser notices that there was nothing only at what comes next.
    const bool of_key = !open_.empty() && open_.back().key;
    const Position at = of_key ? open_.back().key->position : position(mark);
    put(std::make_shared<Value>(Value::Kind::null, at), anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    refuse_tag(mark, tag);
    auto scalar = std::make_shared<Value>(Value::Kind::scalar, position(mark));
    scalar->text = text;
    put(std::move(scalar), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(Value::Kind::list, mark, tag, anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(Value::Kind::map, mark, tag, anchor);
  }
  void OnMapEnd() override { end(); }

 private:
  struct Open {
    std::shared_ptr<Value> value;
    YAML::anchor_t anchor;
    std::size_t first;                           // values_ when it began
    std::optional<Entry> key;                    // a map's key that waits for its value
    std::map<std::string, unsigned> lines = {};  // where a map's keys were
  };
  struct Anchored {
    ValuePtr value;
    std::size_t values;  // in it, itself included
  };

  [[nodiscard]] Position position(const YAML::Mark& mark) const {
    return {source_, static_cast<unsigned>(mark.line + 1), static_cast<unsigned>(mark.column + 1)};
  }
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) const;
  void begin(Value::Kind kind, const YAML::Mark& mark, const std::string& tag,
             YAML::anchor_t anchor);
  void end();
  void put(ValuePtr value, YAML::anchor_t anchor);
  void attach(ValuePtr value, std::size_t values);
  void add_entry(Open& map);

  const std::string& source_;
  Parsed& parsed_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::vector<Open> open_;
  ValuePtr root_;
  std::size_t values_ = 0;
};

// "?" and "!" are what the parser says of plain and of quoted text without a tag.
void TreeBuilder::refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
  if (tag.empty() || tag == "?" || tag == "!") return;
  throw Stop{position(mark), "tags are not understood here"};
}

void TreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const auto at = anchors_.find(anchor);
  if (at == anchors_.end()) throw Stop{position(mark), "an alias inside of what it stands for"};
  attach(at->second.value, at->second.values);
}

void TreeBuilder::begin(Value::Kind kind, const YAML::Mark& mark, const std::string& tag,
                        YAML::anchor_t anchor) {
  refuse_tag(mark, tag);
  if (open_.size() >= kMostDepth) {
    throw Stop{position(mark), fmt::format("more than {} levels deep", kMostDepth)};
  }
  open_.push_back({std::make_shared<Value>(kind, position(mark)), anchor, values_, {}, {}});
}

void TreeBuilder::end() {
  Open closed = std::move(open_.back());
  open_.pop_back();
  const std::size_t inside = values_ - closed.first;
  if (closed.anchor != YAML::NullAnchor) anchors_[closed.anchor] = {closed.value, inside + 1};
  attach(std::move(closed.value), 1);
}

void TreeBuilder::put(ValuePtr value, YAML::anchor_t anchor) {
  if (anchor != YAML::NullAnchor) anchors_[anchor] = {value, 1};
  attach(std::move(value), 1);
}

void TreeBuilder::attach(ValuePtr value, std::size_t values) {
  values_ += values;
  if (values_ > kMostValues) {
    throw Stop{value->position, fmt::format("more than {} values", kMostValues)};
  }
  if (open_.empty()) {
    root_ = std::move(value);
    return;
  }
  Open& parent = open_.back();
  if (parent.value->kind == Value::Kind::list) {
    parent.value->items.push_back(std::move(value));
  } else if (parent.key) {
    parent.key->value = std::move(value);
    add_entry(parent);
  } else {
    if (value->kind != Value::Kind::scalar) throw Stop{value->position, "a key must be text"};
    parent.key = Entry{value->text, value->position, nullptr};
  }
}

void TreeBuilder::add_entry(Open& map) {
  const Entry& entry = *map.key;
  const auto [first, is_new] = map.lines.emplace(entry.key, entry.position.line);
  if (is_new) {
    map.value->entries.push_back(entry);
  } else {
    parsed_.problems.push_back(
        {entry.position, entry.key,
         fmt::format("this key is there twice; first at line {}", first->second)});
  }
  map.key.reset();
}

// The first reason not to hand a text to the parser at all; empty: none.
std::string unreadable(std::string_view text) {
  if (text.size() > kMostText.value) return "more than 1 MiB";
  if (!base::is_utf8(text)) return "not UTF-8";
  if (text.find('\0') != std::string_view::npos) return "has a NUL byte";
  return {};
}

Parsed broken(Position at, const std::string& why) {
  Parsed parsed;
  parsed.problems.push_back({std::move(at), {}, "not readable as YAML: " + why});
  parsed.broken = true;
  return parsed;
}

}  // namespace

Parsed parse_yaml(std::string_view text, const std::string& source) {
  if (const std::string why = unreadable(text); !why.empty()) return broken({source}, why);
  // The parser takes a quote that is never closed for a closed one when a line break is the end of
  // all, and swallows every key behind it; without that line break it notices.
  text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
  Parsed parsed;
  try {
    ViewBuffer buffer(text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    TreeBuilder builder(source, parsed);
    while (parser.HandleNextDocument(builder)) {
    }
    return parsed;
  } catch (const Stop& stop) {
    return broken(stop.at, stop.message);
  } catch (const YAML::Exception& error) {
    const Position at{source, static_cast<unsigned>(error.mark.line + 1),
                      static_cast<unsigned>(error.mark.column + 1)};
    return broken(at, log::escaped(error.msg));
  } catch (const std::exception&) {
    return broken({source}, "too much of it");
  }
}

}  // namespace sealbus::config
