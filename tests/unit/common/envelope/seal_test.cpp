#include "common/envelope/seal.hpp"

#include <gtest/gtest.h>

#include "common/base/bytes.hpp"

namespace sealbus::envelope {
namespace {

Seal some_seal() {
  Seal seal;
  seal.purpose = Purpose::down;
  seal.key_id.fill(std::byte{0xaa});
  seal.session.fill(std::byte{0xbb});
  seal.sequence = 0x0102030405060708;
  seal.tag.fill(std::byte{0xcc});
  return seal;
}

std::string repeated(std::string_view digits, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += digits;
  return out;
}

std::string refusal_of(base::ByteView frame) {
  const auto seal = decode_seal(frame);
  return seal ? "accepted" : std::string(base::code(seal.error().refusal));
}

TEST(Seal, HasTheLayoutOfTheSpecification) {
  EXPECT_EQ(base::to_hex(encode(some_seal())), "5342555301040000" + repeated("aa", 8) +
                                                   repeated("bb", 16) + "0102030405060708" +
                                                   repeated("cc", 32));
}

TEST(Seal, IsTheSameAfterEncodingAndDecoding) {
  const auto seal = decode_seal(encode(some_seal()));
  ASSERT_TRUE(seal);
  EXPECT_EQ(seal->purpose, Purpose::down);
  EXPECT_EQ(seal->key_id, some_seal().key_id);
  EXPECT_EQ(seal->session, some_seal().session);
  EXPECT_EQ(seal->sequence, some_seal().sequence);
  EXPECT_EQ(seal->tag, some_seal().tag);
}

TEST(Seal, HasOneSizeOnly) {
  const SealBytes bytes = encode(some_seal());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(refusal_of(base::ByteView(bytes).first(size)), "bad_size") << size;
  }
  base::Bytes longer = base::to_bytes(bytes);
  longer.push_back(std::byte{0});
  EXPECT_EQ(refusal_of(longer), "bad_size");
}

TEST(Seal, HasNoOtherMagicVersionPurposeOrReservedByte) {
  for (std::size_t at = 0; at < 8; ++at) {
    for (unsigned value = 0; value < 256; ++value) {
      SealBytes bytes = encode(some_seal());
      if (bytes[at] == static_cast<std::byte>(value)) continue;
      bytes[at] = static_cast<std::byte>(value);
      const bool up = at == 5 && value == 3;  // the one other purpose that has a session
      EXPECT_EQ(refusal_of(bytes), up ? "accepted" : "bad_version") << at << ": " << value;
    }
  }
}

TEST(Seal, OfAHandshakeHasNeitherSessionNorSequence) {
  for (const Purpose purpose : {Purpose::hello, Purpose::welcome}) {
    Seal seal = some_seal();
    seal.purpose = purpose;
    seal.session = {};
    seal.sequence = 0;
    EXPECT_EQ(refusal_of(encode(seal)), "accepted");
    seal.sequence = 1;
    EXPECT_EQ(refusal_of(encode(seal)), "bad_version");
    seal.sequence = 0;
    seal.session.back() = std::byte{1};
    EXPECT_EQ(refusal_of(encode(seal)), "bad_version");
  }
}

TEST(Seal, OfTrafficHasASequence) {
  Seal seal = some_seal();
  seal.sequence = 0;
  EXPECT_EQ(refusal_of(encode(seal)), "bad_version");
  seal.sequence = ~std::uint64_t{0};
  EXPECT_EQ(refusal_of(encode(seal)), "accepted");
}

}  // namespace
}  // namespace sealbus::envelope
