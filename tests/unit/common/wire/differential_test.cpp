// Against msgpack-c, which others read and write with: what its packer writes, Reader reads, and
// what Writer writes, its unpacker reads, value for value.

#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <msgpack.hpp>

#include "common/wire/reader.hpp"
#include "common/wire/writer.hpp"

namespace sealbus::wire {
namespace {

using base::Bytes;

// A tree of the kinds that both know.
struct Value {
  enum class Kind { nil, boolean, positive, negative, text, bin, array, map };
  Kind kind = Kind::nil;
  std::uint64_t positive = 0;  // or a boolean
  std::int64_t negative = 0;
  std::string bytes;
  std::vector<Value> elements;    // of an array, or a map's values
  std::vector<std::string> keys;  // a map's
  bool operator==(const Value&) const = default;
};

// Lengths and numbers around the places where the form changes, and anywhere else.
class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}

  Value value(unsigned depth) {
    Value made;
    made.kind = static_cast<Value::Kind>(below(depth == 0 ? 6 : 8));
    switch (made.kind) {
      case Value::Kind::nil:
        break;
      case Value::Kind::boolean:
        made.positive = below(2);
        break;
      case Value::Kind::positive:
        made.positive = number();
        break;
      case Value::Kind::negative:
        made.negative = -1 - static_cast<std::int64_t>(number() >> 1U);
        break;
      case Value::Kind::text:
      case Value::Kind::bin:
        made.bytes = std::string(length(), static_cast<char>('a' + below(26)));
        break;
      case Value::Kind::array:
        for (std::uint64_t i = below(20); i > 0; --i) made.elements.push_back(value(depth - 1));
        break;
      case Value::Kind::map:
        for (std::uint64_t i = below(20); i > 0; --i) {
          made.keys.push_back(std::to_string(i) + std::string(below(40), 'k'));
          made.elements.push_back(value(depth - 1));
        }
        break;
    }
    return made;
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  std::uint64_t number() {
    const std::uint64_t edge = below(2) == 0 ? random_() : std::uint64_t{1} << below(64);
    return (edge >> below(64)) + below(3) - 1;
  }
  std::size_t length() {
    constexpr std::size_t kEdges[] = {0, 31, 32, 255, 256, 65'535, 65'536};
    return below(20) == 0 ? kEdges[below(7)] : below(300);
  }

  std::mt19937_64 random_;
};

void pack(msgpack::packer<msgpack::sbuffer>& packer, const Value& value) {
  const auto size = static_cast<std::uint32_t>(value.bytes.size());
  const auto count = static_cast<std::uint32_t>(value.elements.size());
  switch (value.kind) {
    case Value::Kind::nil:
      packer.pack_nil();
      break;
    case Value::Kind::boolean:
      packer.pack(value.positive != 0);
      break;
    case Value::Kind::positive:
      packer.pack(value.positive);
      break;
    case Value::Kind::negative:
      packer.pack(value.negative);
      break;
    case Value::Kind::text:
      packer.pack(value.bytes);
      break;
    case Value::Kind::bin:
      packer.pack_bin(size).pack_bin_body(value.bytes.data(), size);
      break;
    case Value::Kind::array:
      packer.pack_array(count);
      for (const Value& element : value.elements) pack(packer, element);
      break;
    case Value::Kind::map:
      packer.pack_map(count);
      for (std::uint32_t i = 0; i < count; ++i) {
        packer.pack(value.keys[i]);
        pack(packer, value.elements[i]);
      }
      break;
  }
}

void write(Writer& writer, const Value& value) {
  const auto count = static_cast<std::uint32_t>(value.elements.size());
  switch (value.kind) {
    case Value::Kind::nil:
      writer.nil();
      break;
    case Value::Kind::boolean:
      writer.boolean(value.positive != 0);
      break;
    case Value::Kind::positive:
      writer.unsigned_integer(value.positive);
      break;
    case Value::Kind::negative:
      writer.integer(value.negative);
      break;
    case Value::Kind::text:
      writer.text(value.bytes);
      break;
    case Value::Kind::bin:
      writer.bin(base::as_bytes(value.bytes));
      break;
    case Value::Kind::array:
      writer.array(count);
      for (const Value& element : value.elements) write(writer, element);
      break;
    case Value::Kind::map:
      writer.map(count);
      for (std::uint32_t i = 0; i < count; ++i) {
        writer.text(value.keys[i]);
        write(writer, value.elements[i]);
      }
      break;
  }
}

Value read(Reader& reader, bool negative) {
  Value value;
  switch (reader.next()) {
    case Reader::Kind::nil:
      reader.nil();
      break;
    case Reader::Kind::boolean:
      value.kind = Value::Kind::boolean;
      value.positive = reader.boolean() ? 1 : 0;
      break;
    case Reader::Kind::integer:
      value.kind = negative ? Value::Kind::negative : Value::Kind::positive;
      if (negative) {
        value.negative = reader.integer();
      } else {
        value.positive = reader.unsigned_integer();
      }
      break;
    case Reader::Kind::text:
      value.kind = Value::Kind::text;
      value.bytes = reader.text(100'000);
      break;
    case Reader::Kind::bin:
      value.kind = Value::Kind::bin;
      value.bytes = base::as_text(reader.bin(100'000));
      break;
    default:
      reader.fail("not a plain value");
  }
  return value;
}

// The tree again, told by `like` which integers are negative.
Value read_like(Reader& reader, const Value& like) {
  Value value;
  value.kind = like.kind;
  if (like.kind == Value::Kind::array) {
    const std::uint32_t count = reader.array(100);
    for (std::uint32_t i = 0; i < count && i < like.elements.size(); ++i) {
      value.elements.push_back(read_like(reader, like.elements[i]));
    }
    return value;
  }
  if (like.kind == Value::Kind::map) {
    reader.each_entry(64, [&](std::string_view key) {
      const std::size_t at = value.keys.size();
      value.keys.emplace_back(key);
      if (at < like.elements.size()) value.elements.push_back(read_like(reader, like.elements[at]));
    });
    return value;
  }
  return read(reader, like.kind == Value::Kind::negative);
}

Value converted(const msgpack::object& object) {
  Value value;
  switch (object.type) {
    case msgpack::type::BOOLEAN:
      value.kind = Value::Kind::boolean;
      value.positive = object.via.boolean ? 1 : 0;
      break;
    case msgpack::type::POSITIVE_INTEGER:
      value.kind = Value::Kind::positive;
      value.positive = object.via.u64;
      break;
    case msgpack::type::NEGATIVE_INTEGER:
      value.kind = Value::Kind::negative;
      value.negative = object.via.i64;
      break;
    case msgpack::type::STR:
      value.kind = Value::Kind::text;
      value.bytes.assign(object.via.str.ptr, object.via.str.size);
      break;
    case msgpack::type::BIN:
      value.kind = Value::Kind::bin;
      value.bytes.assign(object.via.bin.ptr, object.via.bin.size);
      break;
    case msgpack::type::ARRAY:
      value.kind = Value::Kind::array;
      for (std::uint32_t i = 0; i < object.via.array.size; ++i) {
        value.elements.push_back(converted(object.via.array.ptr[i]));
      }
      break;
    case msgpack::type::MAP:
      value.kind = Value::Kind::map;
      for (std::uint32_t i = 0; i < object.via.map.size; ++i) {
        value.keys.push_back(converted(object.via.map.ptr[i].key).bytes);
        value.elements.push_back(converted(object.via.map.ptr[i].val));
      }
      break;
    default:
      EXPECT_EQ(object.type, msgpack::type::NIL);
  }
  return value;
}

TEST(WireAgainstMsgpackC, ReaderReadsWhatItsPackerWrites) {
  for (unsigned seed = 0; seed < 2'000; ++seed) {
    const Value value = Maker(seed).value(4);
    msgpack::sbuffer buffer;
    msgpack::packer<msgpack::sbuffer> packer(buffer);
    pack(packer, value);
    const auto bytes = base::as_bytes({buffer.data(), buffer.size()});
    Reader reader(bytes);
    const Value got = read_like(reader, value);
    reader.end();
    ASSERT_FALSE(reader.failed()) << "seed " << seed << ": " << reader.error();
    ASSERT_EQ(got, value) << "seed " << seed;
    Reader skipping(bytes);
    skipping.skip();
    skipping.end();
    ASSERT_FALSE(skipping.failed()) << "seed " << seed << ": " << skipping.error();
  }
}

TEST(WireAgainstMsgpackC, ItsUnpackerReadsWhatWriterWrites) {
  for (unsigned seed = 0; seed < 2'000; ++seed) {
    const Value value = Maker(seed).value(4);
    Writer writer;
    write(writer, value);
    const Bytes bytes = writer.take();
    std::size_t used = 0;
    const auto text = base::as_text(bytes);
    const msgpack::object_handle handle = msgpack::unpack(text.data(), text.size(), used);
    ASSERT_EQ(used, bytes.size()) << "seed " << seed;
    ASSERT_EQ(converted(handle.get()), value) << "seed " << seed;
  }
}

// Whatever Reader accepts, msgpack-c accepts, and says the same again in the same bytes: there is
// one way only to write a value, so no two parties can take the same bytes for different values.
TEST(WireAgainstMsgpackC, NothingIsAcceptedThatItWouldWriteInAnotherWay) {
  std::mt19937_64 random(17);
  std::size_t accepted = 0;
  for (unsigned round = 0; round < 20'000; ++round) {
    Writer writer;
    write(writer, Maker(round).value(1));
    Bytes bytes = writer.take();
    bytes[random() % std::min<std::size_t>(bytes.size(), 12)] = static_cast<std::byte>(random());
    Reader reader(bytes);
    reader.skip();
    reader.end();
    if (reader.failed()) continue;
    ++accepted;
    std::size_t used = 0;
    const auto text = base::as_text(bytes);
    const msgpack::object_handle handle = msgpack::unpack(text.data(), text.size(), used);
    msgpack::sbuffer again;
    msgpack::pack(again, handle.get());
    ASSERT_EQ(std::string(again.data(), again.size()), text) << "round " << round;
  }
  EXPECT_GT(accepted, 1'000U);
}

}  // namespace
}  // namespace sealbus::wire
