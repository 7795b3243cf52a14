#pragma once
// The signature algorithms of tokens (RFC 7518 section 3.1, RFC 8037). A closed list: `none` and
// whatever else a header may say has no value here, so it cannot be passed on.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sealbus::jwt {

enum class Algorithm : std::uint8_t {
  hs256,
  hs384,
  hs512,
  rs256,
  rs384,
  rs512,
  ps256,
  ps384,
  ps512,
  es256,
  es384,
  es512,
  eddsa,
};

inline constexpr std::size_t kAlgorithms = 13;

// What kind of key it takes, and how that is used.
enum class Family : std::uint8_t { hmac, rsa_pkcs1, rsa_pss, ecdsa, eddsa };

Family family(Algorithm algorithm);

// As in a token's header: HS256, EdDSA.
std::string_view name(Algorithm algorithm);

// Exact, case matters: nothing for `none`, `hs256`, "HS256 ".
std::optional<Algorithm> algorithm_named(std::string_view name);

class AlgorithmSet {
 public:
  constexpr AlgorithmSet() = default;

  constexpr void add(Algorithm algorithm) { bits_ |= bit(algorithm); }
  constexpr void add(AlgorithmSet others) { bits_ |= others.bits_; }
  [[nodiscard]] constexpr bool contains(Algorithm algorithm) const {
    return (bits_ & bit(algorithm)) != 0;
  }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  bool operator==(const AlgorithmSet&) const = default;

 private:
  static constexpr std::uint32_t bit(Algorithm algorithm) {
    return std::uint32_t{1} << static_cast<unsigned>(algorithm);
  }

  std::uint32_t bits_ = 0;
};

// "HS256, HS384", in the order of the list.
std::string names(AlgorithmSet algorithms);

}  // namespace sealbus::jwt
