// The shortest decimal of a binary number.
//
// A number c · 2^q is read from every decimal in the interval from (c - 1/2) · 2^q to (c + 1/2) ·
// 2^q; the ends belong to it when c is even, and where c is a power of two the next smaller number
// is half as far away. With 10^k the greatest power of ten that is no wider than the interval, some
// multiples of 10^k lie in it, and one multiple of 10^(k+1) at most. If there is that one, it is
// the shortest decimal, zeros at its end aside; else it is the multiple of 10^k nearest to the
// number.
//
// So x = c · 2^q / 10^k and the two ends are needed, as whole parts and whether something remains.
// They are products with a power of ten of 127 bits that errs by less than one in its last place,
// hence too great by less than 2^-69. Over all numbers, no x, end or double of an x lies nearer than
// 2^-63.6 above a whole number or 2^-61.6 below one without being one: 64 bits of what remains tell.
#include "fanlight/base/decimal.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>

#include "fanlight/base/check.h"
#include "fanlight/base/endian.h"
#include "fanlight/base/powers_of_ten.h"

namespace fanlight {
namespace {

constexpr PowersOfTen kPowersOfTen = MakePowersOfTen();
constexpr uint64_t kTenTo8 = 100'000'000;
constexpr uint64_t kTenTo16 = kTenTo8 * kTenTo8;

// factor · power / 2^128, for a factor below 2^59: 64 bits before the point and 64 behind.
Uint128 Scaled(uint64_t factor, const PowerOfTen& power) {
  const Uint128 low = Uint128{factor} * power.low;
  return Uint128{factor} * power.high + static_cast<uint64_t>(low >> 64);
}
uint64_t WholeOf(Uint128 scaled) { return static_cast<uint64_t>(scaled >> 64); }
uint64_t PartOf(Uint128 scaled) { return static_cast<uint64_t>(scaled); }

// number · 10^(exponent - 16), with 17 digits, so that the first one counts 10^exponent; or zero.
struct Decimal {
  static constexpr int kNotFinite = 1000;  // As exponent: NaN, or infinity where the number is 0.

  uint64_t number = 0;
  int exponent = 0;
  bool is_negative = false;
};

// Of c · 2^q. `is_edge`: the next smaller number is half as far away as the next greater one.
struct Binary {
  uint64_t c = 0;
  int q = 0;
  bool is_edge = false;
};

// x to the multiple of 10^k or 10^(k+1) that is told, by the rules above.
[[gnu::noinline]] uint64_t ExactNumber(const Binary& value, const PowerOfTen& power, int shift) {
  const Uint128 low = Scaled((4 * value.c - (value.is_edge ? 1 : 2)) << shift, power);
  const Uint128 high = Scaled((4 * value.c + 2) << shift, power);
  const Uint128 twice = Scaled(8 * value.c << shift, power);
  // The least and the greatest whole number that are read as this one.
  const bool is_even = (value.c & 1) == 0;
  const uint64_t least = WholeOf(low) + (is_even && PartOf(low) == 0 ? 0 : 1);
  const uint64_t greatest = WholeOf(high) - (!is_even && PartOf(high) == 0 ? 1 : 0);
  const uint64_t tens = greatest / 10 * 10;
  if (tens >= least) return tens;
  // Of two as near, the even one.
  const uint64_t below = WholeOf(twice) / 2;
  const bool is_above = WholeOf(twice) % 2 == 1 && (PartOf(twice) != 0 || below % 2 == 1);
  return std::max(below + (is_above ? 1 : 0), least);
}

Decimal ShortestOf(const Binary& value) {
  const int k = value.is_edge ? FloorLog10OfThreeQuarters(value.q) : FloorLog10OfPower(value.q);
  const PowerOfTen& power = kPowersOfTen[static_cast<size_t>(-k - kLeastPowerOfTen)];
  const int shift = value.q + FloorLog2OfTen(-k);  // 0 to 3.
  const Uint128 x = Scaled(4 * value.c << shift, power);
  const uint64_t whole = WholeOf(x);

  // In units of 2^-60: how far x is above the multiple of ten below it, and half the interval, each
  // less than one too small. Nearly always that is enough to choose.
  constexpr uint64_t kTen = uint64_t{10} << 60;
  const uint64_t tens = whole / 10 * 10;
  const uint64_t above = (whole - tens) << 60 | PartOf(x) >> 4;
  const uint64_t half = power.high >> (3 - shift);
  constexpr uint64_t kHalf = uint64_t{1} << 63;
  const auto are_near = [](uint64_t a, uint64_t b) { return a - b + 2 <= 4; };
  uint64_t number = whole + (PartOf(x) >> 63);
  number = above < half ? tens : number;
  number = kTen - above < half ? tens + 10 : number;
  if (are_near(above, half) || are_near(kTen - above, half) || are_near(PartOf(x), kHalf) ||
      value.is_edge) [[unlikely]] {
    number = ExactNumber(value, power, shift);
  }

  // Doubles have 16 or 17 digits by now, unless they are subnormal.
  Decimal decimal{.number = number, .exponent = k + 16};
  const uint64_t short_mask = -uint64_t{decimal.number < kTenTo16};
  decimal.number += decimal.number * 9 & short_mask;
  decimal.exponent += static_cast<int>(short_mask);
  while (decimal.number < kTenTo16) [[unlikely]] {
    decimal.number *= 10;
    --decimal.exponent;
  }
  return decimal;
}

// The eight digits of a number below 10^8, one a byte, the first in the lowest. It is cut in halves,
// these in halves, and these again, the parts of each step side by side: from n = a · p + b, with b
// to stand `s` bits above a, comes a + (b << s) = (n << s) - a · ((p << s) - 1).
uint64_t DigitsOf(uint64_t number) {
  const uint64_t high = number / 10'000;
  const uint64_t halves = (number << 32) - high * ((uint64_t{10'000} << 32) - 1);
  const uint64_t hundreds = (halves * 10'486 >> 20) & 0x0000'007f'0000'007f;
  const uint64_t pairs = (halves << 16) - hundreds * ((100 << 16) - 1);
  const uint64_t tens = (pairs * 103 >> 10) & 0x000f'000f'000f'000f;
  return (pairs << 8) - tens * ((10 << 8) - 1);
}
constexpr uint64_t kZeros = 0x3030'3030'3030'3030;

// 17 digits as text, in registers.
struct Digits {
  explicit Digits(uint64_t number) {
    const uint64_t nine = number / kTenTo8;
    middle = DigitsOf(nine % kTenTo8);
    last = DigitsOf(number % kTenTo8);
    const int zeros = last != 0     ? std::countl_zero(last) / 8
                      : middle != 0 ? 8 + std::countl_zero(middle) / 8
                                    : 16;
    count = 17 - zeros;
    first = static_cast<char>('0' + nine / kTenTo8);
    middle |= kZeros;
    last |= kZeros;
  }

  char first = '0';
  uint64_t middle = 0;
  uint64_t last = 0;
  int count = 0;  // Without zeros at the end.
};

char* WriteScientific(char* out, const Digits& digits, int exponent) {
  out[0] = digits.first;
  out[1] = '.';
  StoreLittleEndian(out + 2, digits.middle);
  StoreLittleEndian(out + 10, digits.last);
  out += digits.count == 1 ? 1 : digits.count + 1;
  *out++ = 'e';
  *out++ = exponent < 0 ? '-' : '+';
  const int magnitude = exponent < 0 ? -exponent : exponent;
  if (magnitude >= 100) *out++ = static_cast<char>('0' + magnitude / 100);
  *out++ = static_cast<char>('0' + magnitude / 10 % 10);
  *out++ = static_cast<char>('0' + magnitude % 10);
  return out;
}

// Eight digits with a point before digit `at`, which is below 8: nine characters.
void WriteWithPoint(char* out, uint64_t digits, int at) {
  const uint64_t before = digits & ((uint64_t{1} << 8 * at) - 1);
  StoreLittleEndian(out, before | uint64_t{'.'} << 8 * at | (digits ^ before) << 8);
  out[8] = static_cast<char>(digits >> 56);
}

char* WriteFixed(char* out, const Digits& digits, int exponent) {
  if (exponent < 0) {
    std::memcpy(out, "0.000", 5);
    out += 1 - exponent;
    out[0] = digits.first;
    StoreLittleEndian(out + 1, digits.middle);
    StoreLittleEndian(out + 9, digits.last);
    return out + digits.count;
  }
  out[0] = digits.first;
  if (exponent < 8) {
    WriteWithPoint(out + 1, digits.middle, exponent);
    StoreLittleEndian(out + 10, digits.last);
  } else {
    StoreLittleEndian(out + 1, digits.middle);
    WriteWithPoint(out + 9, digits.last, exponent - 8);
  }
  return out + std::max(digits.count, exponent + 2) + 1;
}

template <typename T>
Decimal DecimalOf(T value) {
  using Bits = std::conditional_t<sizeof(T) == sizeof(uint64_t), uint64_t, uint32_t>;
  constexpr int kMantissaBits = std::numeric_limits<T>::digits - 1;
  constexpr int kExponents =
      2 * std::numeric_limits<T>::max_exponent - 1;  // Of infinities and NaN.
  constexpr int kLeastQ = std::numeric_limits<T>::min_exponent - std::numeric_limits<T>::digits;
  const auto bits = std::bit_cast<Bits>(value);
  const Bits mantissa = bits & ((Bits{1} << kMantissaBits) - 1);
  const auto biased = static_cast<int>(bits >> kMantissaBits) & kExponents;
  Decimal decimal;
  if (biased == kExponents) [[unlikely]] {
    decimal = {.number = mantissa, .exponent = Decimal::kNotFinite};
  } else if (biased != 0) [[likely]] {
    decimal = ShortestOf({.c = mantissa | Bits{1} << kMantissaBits,
                          .q = kLeastQ + biased - 1,
                          .is_edge = mantissa == 0 && biased > 1});
  } else if (mantissa != 0) {
    decimal = ShortestOf({.c = mantissa, .q = kLeastQ});
  }
  decimal.is_negative = bits >> (8 * sizeof(T) - 1) != 0;
  return decimal;
}

char* WriteDecimal(char* out, const Decimal& decimal) {
  constexpr int kLeastFixed = -4;
  constexpr int kGreatestFixed = 15;
  *out = '-';
  char* const begin = out + (decimal.is_negative ? 1 : 0);
  const Digits digits(decimal.number);
  if (decimal.exponent >= kLeastFixed && decimal.exponent <= kGreatestFixed) {
    return WriteFixed(begin, digits, decimal.exponent);
  }
  if (decimal.exponent != Decimal::kNotFinite) {
    return WriteScientific(begin, digits, decimal.exponent);
  }
  return decimal.number == 0 ? std::copy_n("inf", 3, begin) : std::copy_n("nan", 3, out);
}

template <typename T>
[[gnu::flatten]] char* Write(char* into, T value) {
  return WriteDecimal(into, DecimalOf(value));
}

template <typename T>
std::string TextOf(T value) {
  std::array<char, kMaxDecimalBytes> buffer;
  return std::string(buffer.data(), Write(buffer.data(), value));
}

}  // namespace

char* WriteShortestDecimal(char* into, double value) { return Write(into, value); }
char* WriteShortestDecimal(char* into, float value) { return Write(into, value); }

std::string ShortestDecimal(double value) { return TextOf(value); }
std::string ShortestDecimal(float value) { return TextOf(value); }

// In two steps for many at once: in one, the processor would wait for each number's long chain of
// multiplications.
[[gnu::flatten]] char* WriteShortestDecimals(char* into, std::span<const double> values,
                                             std::string_view separator) {
  FL_DCHECK(separator.size() <= kMaxSeparatorBytes, "a separator has at most two bytes");
  std::array<char, kMaxSeparatorBytes> between{};
  std::copy(separator.begin(), separator.end(), between.begin());
  std::array<Decimal, 32> decimals;
  for (size_t i = 0; i < values.size();) {
    const size_t count = std::min(values.size() - i, decimals.size());
    for (size_t k = 0; k < count; ++k) decimals[k] = DecimalOf(values[i + k]);
    for (size_t k = 0; k < count; ++k) {
      into = WriteDecimal(into, decimals[k]);
      std::memcpy(into, between.data(), between.size());
      into += separator.size();
    }
    i += count;
  }
  return values.empty() ? into : into - separator.size();
}

}  // namespace fanlight
