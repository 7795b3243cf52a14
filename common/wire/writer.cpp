#include "common/wire/writer.hpp"

#include <msgpack/pack.hpp>

namespace sealbus::wire {
namespace {

// What msgpack::packer writes to.
class Sink {
 public:
  explicit Sink(base::Bytes& out) : out_(out) {}
  void write(const char* data, std::size_t size) {
    const auto bytes = base::as_bytes({data, size});
    out_.insert(out_.end(), bytes.begin(), bytes.end());
  }

 private:
  base::Bytes& out_;
};

template <typename Pack>
void pack(base::Bytes& out, Pack write) {
  Sink sink(out);
  msgpack::packer<Sink> packer(sink);
  write(packer);
}

}  // namespace

Writer& Writer::map(std::uint32_t entries) {
  pack(out_, [&](auto& packer) { packer.pack_map(entries); });
  return *this;
}

Writer& Writer::array(std::uint32_t elements) {
  pack(out_, [&](auto& packer) { packer.pack_array(elements); });
  return *this;
}

Writer& Writer::text(std::string_view value) {
  const auto size = static_cast<std::uint32_t>(value.size());
  pack(out_, [&](auto& packer) { packer.pack_str(size).pack_str_body(value.data(), size); });
  return *this;
}

Writer& Writer::bin(base::ByteView value) {
  const auto size = static_cast<std::uint32_t>(value.size());
  pack(out_, [&](auto& packer) {
    packer.pack_bin(size).pack_bin_body(base::as_text(value).data(), size);
  });
  return *this;
}

Writer& Writer::unsigned_integer(std::uint64_t value) {
  pack(out_, [&](auto& packer) { packer.pack_uint64(value); });
  return *this;
}

Writer& Writer::integer(std::int64_t value) {
  pack(out_, [&](auto& packer) { packer.pack_int64(value); });
  return *this;
}

Writer& Writer::boolean(bool value) {
  pack(out_, [&](auto& packer) {
    if (value) {
      packer.pack_true();
    } else {
      packer.pack_false();
    }
  });
  return *this;
}

Writer& Writer::nil() {
  pack(out_, [](auto& packer) { packer.pack_nil(); });
  return *this;
}

Writer& Writer::encoded(base::ByteView value) {
  out_.insert(out_.end(), value.begin(), value.end());
  return *this;
}

}  // namespace sealbus::wire
