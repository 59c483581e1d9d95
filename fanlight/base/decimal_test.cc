#include "fanlight/base/decimal.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "fanlight/base/powers_of_ten.h"

namespace fanlight {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The standard library's shortest digits, set as Python's repr sets them.
template <typename T>
std::string Expected(T value) {
  char buffer[64];
  const std::string text(
      buffer, std::to_chars(buffer, buffer + 64, value, std::chars_format::scientific).ptr);
  const size_t e = text.find('e');
  if (e == std::string::npos) return std::isnan(value) ? "nan" : text;
  const int exponent = std::stoi(text.substr(e + 1));
  const std::string sign = text[0] == '-' ? "-" : "";
  std::string digits;
  for (const char c : text.substr(0, e)) {
    if (c >= '0' && c <= '9') digits += c;
  }
  if (exponent < -4 || exponent >= 16) {
    std::string scientific = sign + digits.substr(0, 1);
    if (digits.size() > 1) scientific += "." + digits.substr(1);
    const std::string magnitude = std::to_string(std::abs(exponent));
    return scientific + (exponent < 0 ? "e-" : "e+") + (magnitude.size() < 2 ? "0" : "") +
           magnitude;
  }
  if (exponent < 0)
    return sign + "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
  const auto point = static_cast<size_t>(exponent) + 1;
  if (digits.size() < point + 1) digits.resize(point, '0');
  const std::string part = digits.substr(point);
  return sign + digits.substr(0, point) + "." + (part.empty() ? "0" : part);
}

// Compares without a message for each of millions; those that differ are told.
template <typename T>
void ExpectSame(T value) {
  const std::string text = ShortestDecimal(value);
  if (text != Expected(value)) {
    ADD_FAILURE() << std::hexfloat << value << ": got " << text << ", want " << Expected(value);
  }
  if (!std::isfinite(value)) return;
  T back = 0;
  const auto end = text.data() + text.size();
  if (std::from_chars(text.data(), end, back).ptr != end || back != value) {
    ADD_FAILURE() << text << " is not read back";
  }
}

template <typename T>
void ExpectSameNearby(T value) {
  constexpr T kFar = std::numeric_limits<T>::infinity();
  for (const T one : {value, std::nextafter(value, -kFar), std::nextafter(value, kFar)}) {
    ExpectSame(one);
    ExpectSame(-one);
  }
}

TEST(Decimal, WritesNumbersAsPythonDoes) {
  EXPECT_EQ(ShortestDecimal(1.0), "1.0");
  EXPECT_EQ(ShortestDecimal(0.1), "0.1");
  EXPECT_EQ(ShortestDecimal(0.0), "0.0");
  EXPECT_EQ(ShortestDecimal(-0.0), "-0.0");
  EXPECT_EQ(ShortestDecimal(static_cast<double>(0.1f)), "0.10000000149011612");
  EXPECT_EQ(ShortestDecimal(0.1f), "0.1");
  EXPECT_EQ(ShortestDecimal(1e-5), "1e-05");
  EXPECT_EQ(ShortestDecimal(1e-4), "0.0001");
  EXPECT_EQ(ShortestDecimal(1e16), "1e+16");
  EXPECT_EQ(ShortestDecimal(123456789012345680.0), "1.2345678901234568e+17");
  EXPECT_EQ(ShortestDecimal(1e15), "1000000000000000.0");
  EXPECT_EQ(ShortestDecimal(9007199254740993.0), "9007199254740992.0");
  EXPECT_EQ(ShortestDecimal(123456789.0f), "123456790.0");
  EXPECT_EQ(ShortestDecimal(16777216.0f), "16777216.0");
  EXPECT_EQ(ShortestDecimal(1795406133.989936), "1795406133.989936");
  EXPECT_EQ(ShortestDecimal(5e-324), "5e-324");
  EXPECT_EQ(ShortestDecimal(-2.2250738585072014e-308), "-2.2250738585072014e-308");
  EXPECT_EQ(ShortestDecimal(1e23), "1e+23");
  EXPECT_EQ(ShortestDecimal(kInfinity), "inf");
  EXPECT_EQ(ShortestDecimal(-kInfinity), "-inf");
  EXPECT_EQ(ShortestDecimal(std::numeric_limits<double>::quiet_NaN()), "nan");
  EXPECT_EQ(ShortestDecimal(-std::numeric_limits<double>::quiet_NaN()), "nan");
  EXPECT_EQ(ShortestDecimal(-std::numeric_limits<float>::infinity()), "-inf");
}

TEST(Decimal, OfAnyBitsIsThatOfTheStandardLibrary) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 600'000; ++i) {
    const uint64_t bits = random();
    ExpectSame(std::bit_cast<double>(bits));
    ExpectSame(std::bit_cast<float>(static_cast<uint32_t>(bits)));
    ExpectSame(static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(bits >> 32))));
    // Subnormal and few digits of either base.
    ExpectSame(std::bit_cast<double>(bits >> 12 >> bits % 52));
    ExpectSame(static_cast<double>(bits % 100'000) *
               std::pow(10, static_cast<int>(bits >> 32) % 300));
  }
}

TEST(Decimal, OfPowersAndTheirNeighboursIsThatOfTheStandardLibrary) {
  for (int e = -1074; e < 1024; ++e) {
    ExpectSameNearby(std::ldexp(1.0, e));
    ExpectSameNearby(std::ldexp(static_cast<double>((uint64_t{1} << 53) - 1), e - 52));
  }
  for (int e = -149; e < 128; ++e) ExpectSameNearby(std::ldexp(1.0f, e));
  for (int e = -323; e < 309; ++e) {
    for (const char* digits : {"1", "2", "5", "9", "1.5", "1.2345678901234567"}) {
      const double value = std::strtod((digits + ("e" + std::to_string(e))).c_str(), nullptr);
      ExpectSameNearby(value);
      if (std::abs(e) < 37) ExpectSameNearby(static_cast<float>(value));
    }
  }
}

TEST(Decimal, OfIntegersIsThatOfTheStandardLibrary) {
  std::mt19937_64 random(6);
  for (int64_t i = 0; i < 20'000; ++i) {
    ExpectSame(static_cast<double>(i));
    ExpectSame(static_cast<float>(i));
  }
  for (int i = 0; i < 300'000; ++i) {
    // Beyond 2^53 the ends of their intervals are whole numbers, and decimals lie half-way.
    ExpectSame(static_cast<double>(random() >> random() % 64));
    ExpectSame(std::ldexp(static_cast<double>(random() >> 11), static_cast<int>(random() % 24)));
    ExpectSame(std::ldexp(static_cast<float>(random() >> 40), static_cast<int>(random() % 24)));
  }
}

TEST(Decimal, OfWallTimesIsThatOfTheStandardLibrary) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 200'000; ++i) {
    ExpectSame(1073741824 + std::ldexp(static_cast<double>(random() >> 12), -22));
    ExpectSame(static_cast<double>(1'000'000'000 + random() % 1'000'000'000) +
               static_cast<double>(random() % 1'000'000) / 1e6);
    ExpectSame(1e9 + std::ldexp(static_cast<double>(random() % (uint64_t{1} << 40)), -10));
  }
}

TEST(Decimal, IsRightWhereThePowersOfTenAreHardlyExactEnough) {
  // Of all numbers those that, as x, as an end or doubled, lie nearest to a whole number.
  struct {
    double c;
    int q;
  } constexpr kHard[] = {
      {5592117679628511, 164},  {5592117679628511, 165},  {5592117679628511, 166},
      {6685530990800801, -866}, {6685530990800801, -865}, {6898586531774200, -548},
      {6898586531774201, -548}, {5789867926332032, 479},  {5654167896808625, 490},
      {7237334907915040, 482},  {4523334317446900, 487},  {7730906791835134, -105},
      {7730906791835135, -105}, {7487252720986826, 549},  {8661224184674796, 99},
      {5698163123138226, 587},  {5923066542554761, 515},  {6080469016670379, -381},
      {6945118781308696, -950}};
  for (const auto& [c, q] : kHard) ExpectSameNearby(std::ldexp(c, q));
}

TEST(Decimal, ManyAreThoseOfEach) {
  std::mt19937_64 random(8);
  std::vector<double> values;
  for (size_t count = 0; count < 200; ++count) {
    for (const std::string separator : {"", ",", ", "}) {
      std::string want;
      for (const double value : values) {
        want += (want.empty() ? "" : separator) + ShortestDecimal(value);
      }
      std::vector<char> room(count * (kMaxDecimalBytes + kMaxSeparatorBytes));
      const char* const end = WriteShortestDecimals(room.data(), values, separator);
      ASSERT_EQ(std::string(room.data(), static_cast<size_t>(end - room.data())), want);
    }
    const double special[] = {0, -0.0, kInfinity, std::nan(""), 5e-324};
    values.push_back(count % 7 < 5 ? special[count % 7] : std::bit_cast<double>(random()));
  }
}

// A whole number as its 32-bit digits, the least significant one first.
using Whole = std::vector<uint32_t>;

Whole Times(const Whole& a, const Whole& b) {
  Whole product(a.size() + b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    uint64_t carry = 0;
    for (size_t k = 0; k < b.size(); ++k) {
      const uint64_t sum = uint64_t{a[i]} * b[k] + product[i + k] + carry;
      product[i + k] = static_cast<uint32_t>(sum);
      carry = sum >> 32;
    }
    product[i + b.size()] = static_cast<uint32_t>(carry);
  }
  return product;
}
Whole PowerOfTwo(int exponent) {
  Whole power(static_cast<size_t>(exponent / 32) + 1);
  power.back() = uint32_t{1} << (exponent % 32);
  return power;
}
bool IsLess(Whole a, Whole b) {
  a.resize(std::max(a.size(), b.size()));
  b.resize(a.size());
  return std::lexicographical_compare(a.rbegin(), a.rend(), b.rbegin(), b.rend());
}

TEST(PowersOfTen, AreTheLeastWholeNumbersThatAreNotTooSmall) {
  constexpr PowersOfTen kPowers = MakePowersOfTen();
  Whole ten_to{1};  // 10^|k|
  for (int k = 0; k <= kGreatestPowerOfTen; ++k, ten_to = Times(ten_to, {10})) {
    for (const int exponent : {k, -k}) {
      if (exponent < kLeastPowerOfTen) continue;
      const PowerOfTen power = kPowers[static_cast<size_t>(exponent - kLeastPowerOfTen)];
      const Uint128 number = Uint128{power.high} << 64 | power.low;
      const auto whole = [](Uint128 value) {
        Whole words;
        for (; value != 0; value >>= 32) words.push_back(static_cast<uint32_t>(value));
        return words;
      };
      ASSERT_EQ(number >> 126, 1u) << exponent;
      // number ≥ 10^exponent · 2^shift > number - 1, with what is negative on the other side.
      const int shift = 126 - FloorLog2OfTen(exponent);
      const Whole scale = PowerOfTwo(std::abs(shift));
      const auto scaled = [&](const Whole& left) {
        Whole product = exponent < 0 ? Times(left, ten_to) : left;
        return shift < 0 ? Times(product, scale) : product;
      };
      Whole right = exponent < 0 ? Whole{1} : ten_to;
      if (shift >= 0) right = Times(right, scale);
      ASSERT_FALSE(IsLess(scaled(whole(number)), right)) << exponent;
      ASSERT_TRUE(IsLess(scaled(whole(number - 1)), right)) << exponent;
    }
  }
}

TEST(PowersOfTen, LogarithmsAreRoundedDown) {
  // Floating point is sure enough: none of them lies within 10^-5 of a whole number but those of 1.
  for (int q = -1074; q <= 971; ++q) {
    EXPECT_EQ(FloorLog10OfPower(q), std::floor(q * std::log10(2.0))) << q;
    EXPECT_EQ(FloorLog10OfThreeQuarters(q), std::floor(q * std::log10(2.0) + std::log10(0.75)))
        << q;
  }
  for (int k = kLeastPowerOfTen; k <= kGreatestPowerOfTen; ++k) {
    EXPECT_EQ(FloorLog2OfTen(k), std::floor(k * std::log2(10.0))) << k;
  }
}

}  // namespace
}  // namespace fanlight
