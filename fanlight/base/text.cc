#include "fanlight/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <optional>

namespace fanlight {
namespace {

constexpr size_t kMaxQuotedBytes = 200;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Length in bytes of the well-formed UTF-8 character at the start of `text`, or 0.
size_t Utf8CharacterLength(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](size_t i) { return i < text.size() && (byte(i) & 0xc0) == 0x80; };
  if (text.empty()) return 0;
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    if (!continues(1) || !continues(2)) return 0;
    if (first == 0xe0 && byte(1) < 0xa0) return 0;  // Overlong.
    if (first == 0xed && byte(1) > 0x9f) return 0;  // A surrogate.
    return 3;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (first == 0xf0 && byte(1) < 0x90) return 0;  // Overlong.
    if (first == 0xf4 && byte(1) > 0x8f) return 0;  // Above U+10FFFF.
    return 4;
  }
  return 0;
}

// Above this, fixed notation would print digits beyond the shortest ones.
constexpr double kMaxFixed = 9007199254740992;  // 2^53

char* Copy(char* into, std::string_view text) { return std::copy(text.begin(), text.end(), into); }

// Wall times of our days, in [2^30, 2^31) seconds since 1970 (2004 to 2038), are whole numbers of
// 2^-22, and a decimal that is off by less than half of that is read back as the same double. So
// seven digits behind the point always do, and whether fewer do is told in whole numbers. Half the
// time of std::to_chars, where answers hold one a point.
constexpr double kClockLeast = 1073741824;
constexpr int kClockBits = 22;
constexpr int kClockDigits = 7;

// The decimal of `digits` digits nearest to part / 2^22, without its point; nothing when it is too
// far off.
std::optional<uint64_t> ClockDigits(uint64_t part, uint64_t power) {
  const uint64_t scaled = part * power;
  const uint64_t is_odd = (scaled >> kClockBits) & 1;
  const uint64_t nearest = (scaled + (uint64_t{1} << (kClockBits - 1)) - 1 + is_odd) >> kClockBits;
  const auto off = static_cast<uint64_t>(
      std::abs(static_cast<int64_t>(nearest << kClockBits) - static_cast<int64_t>(scaled)));
  // Exactly between two doubles, a decimal is read as the even one.
  if (2 * off + (part & 1) > power) return std::nullopt;
  return nearest;
}

char* WriteClockDecimal(char* out, double value) {
  static constexpr std::array<char, 200> kPairs = [] {
    std::array<char, 200> pairs{};
    for (size_t i = 0; i < 100; ++i) {
      pairs[2 * i] = static_cast<char>('0' + i / 10);
      pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return pairs;
  }();
  // `number` in `digits` digits before `end`.
  const auto write = [](char* end, uint64_t number, int digits) {
    for (; digits >= 2; digits -= 2, number /= 100) {
      end -= 2;
      std::memcpy(end, kPairs.data() + 2 * (number % 100), 2);
    }
    if (digits == 1) *--end = static_cast<char>('0' + number % 10);
  };
  const auto ticks = static_cast<uint64_t>(value * static_cast<double>(1 << kClockBits));
  const uint64_t part = ticks & ((1 << kClockBits) - 1);
  write(out + 10, ticks >> kClockBits, 10);
  out[10] = '.';
  int digits = kClockDigits;
  uint64_t power = 10'000'000;
  uint64_t decimal = *ClockDigits(part, power);
  while (digits > 1) {
    const auto shorter = ClockDigits(part, power / 10);
    if (!shorter) break;
    decimal = *shorter;
    power /= 10;
    --digits;
  }
  write(out + 11 + digits, decimal, digits);
  return out + 11 + digits;
}

// Python's repr: fixed notation for exponents in [-4, 16), else scientific with at least two
// exponent digits. Returns the end of what was written, at most kMaxDecimalBytes.
template <typename T>
char* WritePythonRepr(char* out, T value) {
  if (std::isnan(value)) return Copy(out, "nan");
  if (std::isinf(value)) return Copy(out, value > 0 ? "inf" : "-inf");
  if constexpr (sizeof(T) == sizeof(double)) {
    if (value >= kClockLeast && value < 2 * kClockLeast) return WriteClockDecimal(out, value);
  }
  char* const limit = out + kMaxDecimalBytes;
  const T magnitude = std::abs(value);
  // A float32's fixed form is exact beyond 2^24 and could be longer than its shortest one; likewise a double's.
  const T largest_fixed = static_cast<T>(sizeof(T) == sizeof(double) ? kMaxFixed : 16777216.0);
  if (magnitude == 0 || (magnitude >= static_cast<T>(1e-4) && magnitude < largest_fixed)) {
    char* const end = std::to_chars(out, limit, value, std::chars_format::fixed).ptr;
    const bool is_whole = static_cast<T>(static_cast<int64_t>(value)) == value;
    return is_whole ? Copy(end, ".0") : end;
  }
  std::array<char, kMaxDecimalBytes> buffer{};
  const char* const end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                        std::chars_format::scientific)
                              .ptr;
  const std::string_view scientific(buffer.data(), static_cast<size_t>(end - buffer.data()));
  const size_t e = scientific.find('e');
  int exponent = 0;
  std::from_chars(scientific.data() + e + (scientific[e + 1] == '+' ? 2 : 1), end, exponent);
  std::string_view mantissa = scientific.substr(0, e);
  if (exponent < -4 || exponent >= 16) {
    out = Copy(out, mantissa);
    out = Copy(out, exponent < 0 ? "e-" : "e+");
    if (std::abs(exponent) < 10) *out++ = '0';
    return std::to_chars(out, limit, std::abs(exponent)).ptr;
  }
  if (mantissa.front() == '-') {
    *out++ = '-';
    mantissa.remove_prefix(1);
  }
  // A float32 just below 1e-4 that rounds up to it, or a whole number.
  std::string digits;
  for (const char c : mantissa) {
    if (c != '.') digits += c;
  }
  if (exponent < 0) {
    out = Copy(out, "0.");
    out = std::fill_n(out, -exponent - 1, '0');
    return Copy(out, digits);
  }
  const size_t point = static_cast<size_t>(exponent) + 1;
  if (digits.size() > point) {
    out = Copy(out, std::string_view(digits).substr(0, point));
    *out++ = '.';
    return Copy(out, std::string_view(digits).substr(point));
  }
  out = Copy(out, digits);
  out = std::fill_n(out, point - digits.size(), '0');
  return Copy(out, ".0");
}

template <typename T>
std::string PythonRepr(T value) {
  std::array<char, kMaxDecimalBytes> buffer{};
  return std::string(buffer.data(), WritePythonRepr(buffer.data(), value));
}

}  // namespace

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  size_t i = 0;
  while (i < text.size()) {
    if (i >= kMaxQuotedBytes) {
      out += "…";
      break;
    }
    const size_t length = Utf8CharacterLength(text.substr(i));
    const char c = text[i];
    if (length == 0 || static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
      ++i;
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += text.substr(i, length);
    i += length;
  }
  return out + "\"";
}

char* WriteShortestDecimal(char* into, double value) { return WritePythonRepr(into, value); }
char* WriteShortestDecimal(char* into, float value) { return WritePythonRepr(into, value); }

std::string ShortestDecimal(double value) { return PythonRepr(value); }
std::string ShortestDecimal(float value) { return PythonRepr(value); }

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = Utf8CharacterLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string ToUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t length = Utf8CharacterLength(text);
    if (length == 0) {
      out += "\xef\xbf\xbd";
      text.remove_prefix(1);
      continue;
    }
    out += text.substr(0, length);
    text.remove_prefix(length);
  }
  return out;
}

bool NaturalLess(std::string_view a, std::string_view b) {
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (IsDigit(a[i]) && IsDigit(b[j])) {
      const auto number = [](std::string_view text, size_t& at) {
        while (at < text.size() && text[at] == '0') ++at;
        const size_t begin = at;
        while (at < text.size() && IsDigit(text[at])) ++at;
        return text.substr(begin, at - begin);
      };
      const std::string_view x = number(a, i);
      const std::string_view y = number(b, j);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
      continue;
    }
    if (a[i] != b[j]) return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]);
    ++i;
    ++j;
  }
  const size_t rest_a = a.size() - i;
  const size_t rest_b = b.size() - j;
  if (rest_a != rest_b) return rest_a < rest_b;
  return a < b;  // Equal but for leading zeros.
}

std::string HumanBytes(uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  constexpr std::array<const char*, 5> kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB"};
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

}  // namespace fanlight
