#pragma once
// msgpack, strictly (PROTOCOL.md, section 1): the bytes may be made to harm us. Nothing is
// allocated from a declared length, and nothing here throws at what a peer sent.

#include <cstdint>
#include <string>
#include <string_view>

namespace sealbus::detail {

// One value's beginning: all of a scalar, or how many elements or pairs follow.
struct Item {
  enum class Kind : std::uint8_t { none, nil, boolean, integer, negative, text, bin, array, map };
  Kind kind = Kind::none;    // none: at the end, or at what is not allowed
  std::uint64_t number = 0;  // an integer, a boolean (0, 1), a count
  std::string_view bytes;    // of text or bin; a view into what is read
};

// Pulls values from left to right. After the first failure all that comes is none.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  Item next();
  // Passes over one value, at most `depth` arrays and maps deep; gives its bytes.
  std::string_view skip(unsigned depth);

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool at_end() const { return at_ == bytes_.size(); }

 private:
  Item fail();
  std::uint64_t big_endian(unsigned width);
  Item counted(Item::Kind kind, std::uint64_t count);
  Item sized(Item::Kind kind, std::uint64_t size);
  Item signed_integer(unsigned width);
  Item in_long_form(std::uint8_t lead);

  std::string_view bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

// Each adds one value, in its shortest form.
void put_map(std::string& out, std::uint32_t entries);
void put_array(std::string& out, std::uint32_t elements);
void put_text(std::string& out, std::string_view value);
void put_bin(std::string& out, std::string_view value);
void put_integer(std::string& out, std::uint64_t value);

[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace sealbus::detail
