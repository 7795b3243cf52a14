// The vectors of bindings/PROTOCOL.md, in the direction that a sidecar reads.
#include "sidecar/delivery/door_protocol.hpp"

#include <map>
#include <string>

#include <gtest/gtest.h>
#include <simdjson.h>

namespace sealbus::delivery {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

// A frame is an array of hex strings and of {"repeat": hex, "times": n}.
base::Bytes frame(const array& parts) {
  base::Bytes bytes;
  const auto append = [&](std::string_view hex, std::uint64_t times) {
    const base::Bytes piece = base::from_hex(hex).value();
    if (piece.size() == 1) return void(bytes.insert(bytes.end(), times, piece[0]));
    for (; times > 0; --times) bytes.insert(bytes.end(), piece.begin(), piece.end());
  };
  for (const element part : parts) {
    if (part.is_string()) {
      append(part.get_string().value(), 1);
    } else {
      append(part["repeat"].get_string().value(), part["times"].get_uint64().value());
    }
  }
  return bytes;
}

class DoorVectors : public testing::Test {
 protected:
  DoorVectors() {
    const std::string path = SEALBUS_SOURCE_DIR "/tests/vectors/protocol/service_to_sidecar.json";
    document_ = parser_.load(path).value();
  }
  static base::Result<DoorHeader> decode(const object& test_case, std::vector<base::Bytes>& keep) {
    for (const element one : test_case["frames"].get_array()) {
      keep.push_back(frame(one.get_array().value()));
    }
    const std::vector<base::ByteView> views(keep.begin(), keep.end());
    return decode_door_message(views);
  }

  simdjson::dom::parser parser_;
  element document_;
};

std::string_view name(DoorType type) {
  constexpr std::string_view kNames[] = {"subscribe", "reply",    "ack",       "nack",
                                         "reject",    "progress", "heartbeat", "bye"};
  return kNames[static_cast<std::size_t>(type)];
}

// A vector's value as text; lists and maps by their size.
std::string shown(const element& value) {
  if (value.is_string()) return std::string(value.get_string().value());
  if (value.is_array()) return std::to_string(value.get_array().value().size());
  if (value.is_object()) return std::to_string(value.get_object().value().size());
  return std::to_string(value.get_int64().value());
}

// Compares each field that the vector names.
void expect_fields(const object& fields, const DoorHeader& header) {
  std::map<std::string_view, std::string> read = {
      {"type", std::string(name(header.type))},
      {"protocol", std::to_string(header.protocol)},
      {"credit", std::to_string(header.credit)},
      {"name", std::string(header.name)},
      {"status", std::to_string(header.status)},
      {"contentType", std::string(header.content_type)},
      {"code", std::string(header.code)},
      {"reason", std::string(header.reason)},
      {"contracts", std::to_string(header.contracts.size())},
      {"headers", std::to_string(header.headers.size())}};
  if (header.id) read["id"] = base::to_hex(header.id->bytes);
  if (header.delay) read["delay"] = std::to_string(header.delay->count());
  for (const auto& [key, value] : fields) EXPECT_EQ(shown(value), read[key]) << key;
}

TEST_F(DoorVectors, EveryMessageThatABindingMaySendIsRead) {
  std::size_t count = 0;
  for (const char* list : {"encode", "accept"}) {
    for (const object test_case : document_[list].get_array()) {
      SCOPED_TRACE(test_case["name"].get_string().value());
      std::vector<base::Bytes> keep;
      const auto header = decode(test_case, keep);
      ++count;
      EXPECT_TRUE(header.has_value()) << header.error().detail;
      auto fields = test_case["fields"].get_object();
      if (header && !fields.error()) expect_fields(fields.value(), *header);
    }
  }
  EXPECT_GT(count, 40U);
}

TEST_F(DoorVectors, EveryMessageThatABindingMayNotSendIsRefusedByItsName) {
  std::size_t count = 0;
  for (const object test_case : document_["reject"].get_array()) {
    SCOPED_TRACE(test_case["name"].get_string().value());
    std::vector<base::Bytes> keep;
    const auto header = decode(test_case, keep);
    ++count;
    ASSERT_FALSE(header.has_value());
    EXPECT_EQ(test_case["reason"].get_string().value(), base::code(header.error().refusal));
  }
  EXPECT_GT(count, 200U);
}

}  // namespace
}  // namespace sealbus::delivery
