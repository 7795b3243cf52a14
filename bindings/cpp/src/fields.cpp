#include "fields.hpp"

#include "wire.hpp"

namespace sealbus::detail {
namespace {

using Kind = Item::Kind;

constexpr std::uint64_t kMostEntries = 64;
constexpr std::size_t kLongestKey = 64;
// An unknown value is at most 8 deep; those inside `auth` are two maps further in.
constexpr unsigned kDeepest = 8;
constexpr unsigned kDeepestInAuth = kDeepest + 2;

bool within(std::uint64_t value, Bounds bounds) {
  return value >= bounds.least && value <= bounds.most;
}

}  // namespace

Fields::Fields(std::string_view map) {
  Reader in(map);
  const Item header = in.next();
  if (header.kind != Kind::map || header.number > kMostEntries) {
    complain("", "not a map, or too many keys");
  }
  for (std::uint64_t i = 0; i < header.number && complaint_.empty(); ++i) {
    const Item key = in.next();
    if (key.kind != Kind::text || key.bytes.size() > kLongestKey) {
      complain("", "a key is not text, or too long");
    }
    if (find(key.bytes) != nullptr) complain("", "a key stands twice");
    const auto value = in.skip(key.bytes == "auth" ? kDeepestInAuth : kDeepest);
    entries_.push_back({key.bytes, value});
  }
  if (in.failed() || !in.at_end()) complain("", "not strict msgpack");
}

void Fields::complain(std::string_view key, std::string_view what) {
  if (!complaint_.empty()) return;
  complaint_ = key;
  if (!key.empty()) complaint_ += ' ';
  complaint_ += what;
}

Fields::Entry* Fields::find(std::string_view key) {
  for (Entry& entry : entries_) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

bool Fields::has(std::string_view key) const {
  return const_cast<Fields*>(this)->find(key) != nullptr;
}

// Empty if the key is not there: an encoded value has at least one byte.
std::string_view Fields::take(std::string_view key, Need need) {
  Entry* entry = find(key);
  if (entry == nullptr) {
    if (need == Need::must) complain(key, "is missing");
    return {};
  }
  entry->asked_for = true;
  return entry->value;
}

std::string Fields::text(std::string_view key, Need need, Bounds bounds) {
  const std::string_view value = take(key, need);
  if (value.empty()) return {};
  const Item item = Reader(value).next();
  if (item.kind != Kind::text) complain(key, "is not text");
  if (!within(item.bytes.size(), bounds)) complain(key, "has the wrong length");
  return std::string(complaint_.empty() ? item.bytes : std::string_view());
}

std::string Fields::bin(std::string_view key, Need need, Bounds bounds) {
  const std::string_view value = take(key, need);
  if (value.empty()) return {};
  const Item item = Reader(value).next();
  if (item.kind != Kind::bin) complain(key, "is not bin");
  if (!within(item.bytes.size(), bounds)) complain(key, "has the wrong length");
  return std::string(complaint_.empty() ? item.bytes : std::string_view());
}

std::uint64_t Fields::integer(std::string_view key, Need need, Bounds bounds) {
  const std::string_view value = take(key, need);
  if (value.empty()) return bounds.least;
  const Item item = Reader(value).next();
  if (item.kind != Kind::integer && item.kind != Kind::negative) complain(key, "is no integer");
  if (item.kind == Kind::negative || !within(item.number, bounds)) complain(key, "is out of range");
  return complaint_.empty() ? item.number : bounds.least;
}

bool Fields::boolean(std::string_view key) {
  const Item item = Reader(take(key, Need::must)).next();
  if (item.kind != Kind::boolean) complain(key, "is not a boolean");
  return item.number == 1;
}

std::vector<std::string> Fields::texts(std::string_view key, Need need, std::uint64_t most,
                                       Bounds bounds) {
  const std::string_view value = take(key, need);
  std::vector<std::string> found;
  if (value.empty()) return found;
  Reader in(value);
  const Item array = in.next();
  if (array.kind != Kind::array || array.number > most) complain(key, "is no array, or too long");
  for (std::uint64_t i = 0; i < array.number && complaint_.empty(); ++i) {
    const Item item = in.next();
    if (item.kind != Kind::text || !within(item.bytes.size(), bounds)) {
      complain(key, "has an element that is not text, or of the wrong length");
    }
    found.emplace_back(item.bytes);
  }
  return found;
}

std::map<std::string, std::string> Fields::pairs(std::string_view key, std::uint64_t most,
                                                 std::uint64_t longest) {
  const std::string_view value = take(key, Need::may);
  std::map<std::string, std::string> found;
  if (value.empty()) return found;
  Reader in(value);
  const Item map = in.next();
  if (map.kind != Kind::map || map.number > most) complain(key, "is no map, or has too many keys");
  for (std::uint64_t i = 0; i < map.number && complaint_.empty(); ++i) {
    const Item name = in.next();
    const Item text = in.next();
    if (name.kind != Kind::text || name.bytes.size() > kLongestKey) {
      complain(key, "has a key that is not text, or too long");
    }
    if (text.kind != Kind::text || text.bytes.size() > longest) {
      complain(key, "has a value that is not text, or too long");
    }
    if (!found.emplace(name.bytes, text.bytes).second) complain(key, "has a key that stands twice");
  }
  return found;
}

std::string_view Fields::map(std::string_view key) { return take(key, Need::must); }

void Fields::end() {
  for (const Entry& entry : entries_) {
    if (!entry.asked_for && entry.key.starts_with('!')) {
      complain("", "a key that must be understood is unknown");
    }
  }
}

}  // namespace sealbus::detail
