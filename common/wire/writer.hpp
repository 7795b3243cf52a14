#pragma once
// Writes msgpack in the form that Reader accepts: shortest integers and lengths, text as str, bytes
// as bin. The caller announces a map's or array's size and then writes just that many values.

#include <cstdint>
#include <string_view>

#include "common/base/bytes.hpp"

namespace sealbus::wire {

class Writer {
 public:
  explicit Writer(std::size_t reserve = 256) { out_.reserve(reserve); }

  Writer& map(std::uint32_t entries);
  Writer& array(std::uint32_t elements);
  Writer& text(std::string_view value);
  Writer& bin(base::ByteView value);
  Writer& unsigned_integer(std::uint64_t value);
  Writer& integer(std::int64_t value);
  Writer& boolean(bool value);
  Writer& nil();
  // Bytes that are one encoded value already.
  Writer& encoded(base::ByteView value);

  // What was written; leaves the writer empty.
  [[nodiscard]] base::Bytes take() { return std::move(out_); }

 private:
  base::Bytes out_;
};

}  // namespace sealbus::wire
