#include "common/jwt/signature.hpp"

#include <array>
#include <thread>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "tests/support/token_maker.hpp"

namespace sealbus::jwt {
namespace {

using base::as_bytes;
using test::symmetric_key;

constexpr std::array kHmacs = {Algorithm::hs256, Algorithm::hs384, Algorithm::hs512};

VerificationKey key_from_base64url(std::string_view text) {
  return symmetric_key(base::as_text(base::from_base64url(text).value()));
}

bool verifies(std::string_view key, std::string_view input, std::string_view signature) {
  return verify(Algorithm::hs256, key_from_base64url(key), as_bytes(input),
                base::from_base64url(signature).value());
}

base::Bytes openssl_hmac(const EVP_MD* digest, std::string_view key, std::string_view input) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  HMAC(digest, key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(input.data()), input.size(), out.data(), &size);
  return base::to_bytes(base::ByteView(std::as_bytes(std::span(out))).first(size));
}

TEST(Signature, VerifiesTheExampleOfRfc7515AppendixA1) {
  EXPECT_TRUE(verifies(
      "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
      "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
      "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
}

TEST(Signature, VerifiesTheExampleOfRfc7520Section44) {
  EXPECT_TRUE(
      verifies("hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg",
               "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9."
               "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IH"
               "N0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlz"
               "IG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4",
               "s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0"));
}

TEST(Signature, IsTheHmacOfTheInputWithEachHash) {
  const std::string_view input = "header.claims";
  const std::array digests = {EVP_sha256(), EVP_sha384(), EVP_sha512()};
  for (std::size_t i = 0; i < kHmacs.size(); ++i) {
    const base::Bytes expected = openssl_hmac(digests[i], test::kSecretText, input);
    EXPECT_EQ(sign(kHmacs[i], symmetric_key(), as_bytes(input)).value(), expected);
    EXPECT_TRUE(verify(kHmacs[i], symmetric_key(), as_bytes(input), expected));
  }
}

TEST(Signature, NoFlippedBitVerifies) {
  for (const Algorithm algorithm : kHmacs) {
    base::Bytes signature = sign(algorithm, symmetric_key(), as_bytes("input")).value();
    ASSERT_TRUE(verify(algorithm, symmetric_key(), as_bytes("input"), signature));
    for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
      const auto mask = static_cast<std::byte>(1U << (bit % 8));
      signature[bit / 8] ^= mask;
      EXPECT_FALSE(verify(algorithm, symmetric_key(), as_bytes("input"), signature)) << bit;
      signature[bit / 8] ^= mask;
    }
  }
}

TEST(Signature, NoOtherLengthVerifies) {
  for (const Algorithm algorithm : kHmacs) {
    base::Bytes signature = sign(algorithm, symmetric_key(), as_bytes("input")).value();
    for (std::size_t size = 0; size < signature.size(); ++size) {
      EXPECT_FALSE(verify(algorithm, symmetric_key(), as_bytes("input"),
                          base::ByteView(signature).first(size)));
    }
    signature.push_back(std::byte{0});
    EXPECT_FALSE(verify(algorithm, symmetric_key(), as_bytes("input"), signature));
  }
}

TEST(Signature, OfAnotherInputKeyOrHashDoesNotVerify) {
  const auto signature = sign(Algorithm::hs256, symmetric_key(), as_bytes("input")).value();
  EXPECT_FALSE(verify(Algorithm::hs256, symmetric_key(), as_bytes("inpuT"), signature));
  EXPECT_FALSE(
      verify(Algorithm::hs256, symmetric_key(std::string(64, 'x')), as_bytes("input"), signature));
  EXPECT_FALSE(verify(Algorithm::hs384, symmetric_key(), as_bytes("input"), signature));
}

TEST(Signature, WhatTheKeyDoesNotAllowNeverVerifies) {
  const VerificationKey short_key = symmetric_key(std::string(32, 'k'));
  const base::Bytes right = openssl_hmac(EVP_sha512(), std::string(32, 'k'), "input");
  EXPECT_FALSE(verify(Algorithm::hs512, short_key, as_bytes("input"), right));
  EXPECT_FALSE(verify(Algorithm::rs256, short_key, as_bytes("input"), {}));
  EXPECT_FALSE(sign(Algorithm::hs512, short_key, as_bytes("input")));
  EXPECT_FALSE(sign(Algorithm::rs256, short_key, as_bytes("input")));
}

TEST(Signature, ThreadsDoNotDisturbEachOther) {
  const std::string input(2'000, 'i');
  std::array<int, 4> right{};
  std::array<std::thread, 4> threads;
  for (std::size_t t = 0; t < threads.size(); ++t) {
    threads[t] = std::thread([&, t] {
      const VerificationKey key = symmetric_key(std::string(64, static_cast<char>('a' + t)));
      for (int i = 0; i < 200; ++i) {
        const auto signature = sign(Algorithm::hs256, key, as_bytes(input)).value();
        right[t] += verify(Algorithm::hs256, key, as_bytes(input), signature) ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int count : right) EXPECT_EQ(count, 200);
}

TEST(Fingerprint, IsTheBeginningOfTheSha256) {
  EXPECT_EQ(fingerprint("abc"), "ba7816bf");
  EXPECT_EQ(fingerprint(""), "e3b0c442");
}

}  // namespace
}  // namespace sealbus::jwt
