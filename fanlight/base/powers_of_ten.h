// Powers of ten to 127 bits, made by the compiler from whole numbers. For decimal.cc.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace fanlight {

__extension__ using Uint128 = unsigned __int128;

// The largest whole numbers not above log10(2^q), log10(3/4 · 2^q) and log2(10^k), for every q and
// k that a double leads to: the factors are log10(2) · 2^22, log10(3/4) · 2^22 and log2(10) · 2^19.
constexpr int FloorLog10OfPower(int q) { return (q * 1262611) >> 22; }
constexpr int FloorLog10OfThreeQuarters(int q) { return (q * 1262611 - 524031) >> 22; }
constexpr int FloorLog2OfTen(int k) { return (k * 1741647) >> 19; }

// 10^k · 2^(126 - FloorLog2OfTen(k)), rounded up to a whole number: from 2^126 to 2^127.
struct PowerOfTen {
  uint64_t high = 0;
  uint64_t low = 0;
};
inline constexpr int kLeastPowerOfTen = -292;
inline constexpr int kGreatestPowerOfTen = 324;
using PowersOfTen = std::array<PowerOfTen, kGreatestPowerOfTen - kLeastPowerOfTen + 1>;

// A whole number of many words, the least significant one first.
template <size_t kWords>
struct WideInteger {
  std::array<uint64_t, kWords> words{};

  constexpr void Multiply(uint64_t factor) {
    uint64_t carry = 0;
    for (uint64_t& word : words) {
      const Uint128 product = Uint128{word} * factor + carry;
      word = static_cast<uint64_t>(product);
      carry = static_cast<uint64_t>(product >> 64);
    }
  }
  constexpr void Divide(uint64_t divisor) {  // What remains is dropped.
    uint64_t rest = 0;
    for (size_t i = kWords; i-- > 0;) {
      const Uint128 part = Uint128{rest} << 64 | words[i];
      words[i] = static_cast<uint64_t>(part / divisor);
      rest = static_cast<uint64_t>(part % divisor);
    }
  }
  constexpr size_t Bits() const {
    size_t used = kWords;
    while (used > 0 && words[used - 1] == 0) --used;
    return used == 0 ? 0 : 64 * used - static_cast<size_t>(std::countl_zero(words[used - 1]));
  }
  // Bits [from, from + 64); those below bit 0 are zeros.
  constexpr uint64_t WordAt(std::ptrdiff_t from) const {
    const auto word = [&](std::ptrdiff_t at) {
      return at >= 0 && at < std::ptrdiff_t{kWords} ? words[static_cast<size_t>(at)] : 0;
    };
    const std::ptrdiff_t at = from >> 6;
    const auto shift = static_cast<int>(from & 63);
    return shift == 0 ? word(at) : word(at) >> shift | word(at + 1) << (64 - shift);
  }
  // The 127 leading bits, one more in the last place unless they are all there is.
  constexpr PowerOfTen Leading(bool are_all) const {
    const auto from = static_cast<std::ptrdiff_t>(Bits()) - 127;
    PowerOfTen power{.high = WordAt(from + 64), .low = WordAt(from)};
    if (!are_all && ++power.low == 0) ++power.high;
    return power;
  }
};

// 10^k and 5^k differ by a power of two, and so have the same leading bits.
constexpr PowersOfTen MakePowersOfTen() {
  PowersOfTen powers{};
  WideInteger<12> power{{1}};
  for (int k = 0; k <= kGreatestPowerOfTen; ++k, power.Multiply(5)) {
    powers[static_cast<size_t>(k - kLeastPowerOfTen)] = power.Leading(power.Bits() <= 127);
  }
  // 2^832 / 5^k. Whole parts of whole parts are whole parts of the whole, so nothing is lost.
  WideInteger<14> inverse{};
  inverse.words[13] = 1;
  for (int k = -1; k >= kLeastPowerOfTen; --k) {
    inverse.Divide(5);
    powers[static_cast<size_t>(k - kLeastPowerOfTen)] = inverse.Leading(false);
  }
  return powers;
}

}  // namespace fanlight
