#include "common/envelope/proof.hpp"

#include "tests/unit/common/envelope/fixture.hpp"

namespace sealbus::envelope {
namespace {

constexpr auto kExpiry = base::WallTime(std::chrono::milliseconds(1'767'225'601'000));

class ProofTest : public testing::Test {
 protected:
  [[nodiscard]] std::string verify(base::ByteView proof, base::WallTime now = kExpiry - kTick) {
    return outcome(verify_proof(mac_, proof, "users", message_, auth_, now));
  }

  static constexpr std::chrono::milliseconds kTick{1};
  HmacSha256 mac_{root_key().proof_key()};
  base::Uuid message_{};
  base::Bytes auth_ = base::to_bytes("context");
  Proof proof_ = make_proof(mac_, "users", message_, kExpiry, auth_);
};

TEST_F(ProofTest, GivesItsExpiry) {
  const auto expiry = verify_proof(mac_, proof_, "users", message_, auth_, kExpiry - kTick);
  ASSERT_TRUE(expiry);
  EXPECT_EQ(*expiry, kExpiry);
}

TEST_F(ProofTest, IsExpiredFromItsExpiryOn) {
  EXPECT_EQ(verify(proof_, kExpiry - kTick), "accepted");
  EXPECT_EQ(verify(proof_, kExpiry), "expired");
}

TEST_F(ProofTest, IsBadWithAnyBitFlippedOrAnyOtherLength) {
  base::Bytes changed = base::to_bytes(proof_);
  for (std::byte& byte : changed) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      byte ^= static_cast<std::byte>(1U << bit);
      EXPECT_EQ(verify(changed), "bad_proof");
      byte ^= static_cast<std::byte>(1U << bit);
    }
  }
  for (std::size_t size = 0; size < proof_.size(); ++size) {
    EXPECT_EQ(verify(base::ByteView(proof_).first(size)), "bad_proof");
  }
  changed.push_back(std::byte{0});
  EXPECT_EQ(verify(changed), "bad_proof");
}

// A service that received a message cannot use its proof for anything else.
TEST_F(ProofTest, FitsOnlyWhatItWasMadeFor) {
  const auto now = kExpiry - kTick;
  base::Uuid other = message_;
  other.bytes.back() = std::byte{1};
  const auto auth = base::to_bytes("Context");
  EXPECT_EQ(outcome(verify_proof(mac_, proof_, "orders", message_, auth_, now)), "bad_proof");
  EXPECT_EQ(outcome(verify_proof(mac_, proof_, "users", other, auth_, now)), "bad_proof");
  EXPECT_EQ(outcome(verify_proof(mac_, proof_, "users", message_, auth, now)), "bad_proof");
  HmacSha256 service(service_key()->secret());
  EXPECT_EQ(outcome(verify_proof(service, proof_, "users", message_, auth_, now)), "bad_proof");
}

}  // namespace
}  // namespace sealbus::envelope
