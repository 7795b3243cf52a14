#pragma once
// The keys of one map, read by name: the sidecar may write them in any order, and new optional ones
// may be there (PROTOCOL.md, section 6). The first thing that does not fit is kept as a complaint,
// which names the key and holds nothing of the content; what is read after it is empty.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sealbus::detail {

enum class Need { must, may };

// In bytes of a text or bin, in the value of an integer.
struct Bounds {
  std::uint64_t least;
  std::uint64_t most;
};

// The last millisecond of the year 9999.
inline constexpr std::uint64_t kLastTime = 253'402'300'799'999;

class Fields {
 public:
  // `map` is one encoded map and nothing else; it must outlive this.
  explicit Fields(std::string_view map);

  [[nodiscard]] bool has(std::string_view key) const;
  std::string text(std::string_view key, Need need, Bounds bounds);
  std::string bin(std::string_view key, Need need, Bounds bounds);
  std::uint64_t integer(std::string_view key, Need need, Bounds bounds);
  bool boolean(std::string_view key);
  std::vector<std::string> texts(std::string_view key, Need need, std::uint64_t most,
                                 Bounds bounds);
  std::map<std::string, std::string> pairs(std::string_view key, std::uint64_t most,
                                           std::uint64_t longest);
  // The encoded map, for Fields of its own.
  std::string_view map(std::string_view key);

  // Looks at what was not asked for: a key that begins with `!` must be understood.
  void end();

  void complain(std::string_view key, std::string_view what);
  [[nodiscard]] const std::string& complaint() const { return complaint_; }

 private:
  struct Entry {
    std::string_view key;
    std::string_view value;  // encoded
    bool asked_for = false;
  };
  Entry* find(std::string_view key);
  std::string_view take(std::string_view key, Need need);

  std::vector<Entry> entries_;
  std::string complaint_;
};

}  // namespace sealbus::detail
