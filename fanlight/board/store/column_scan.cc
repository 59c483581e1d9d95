#include "fanlight/board/store/column_scan.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "fanlight/base/endian.h"
#include "fanlight/base/vector_width.h"

namespace fanlight::store {
namespace {

// Orders floats that are not NaN as their values are ordered, with -0.0 below 0.0.
int32_t OrderedKey(uint64_t bits) {
  const auto key = static_cast<int32_t>(static_cast<uint32_t>(bits));
  return key ^ ((key >> 31) & 0x7fffffff);
}
float FloatOfKey(int32_t key) { return std::bit_cast<float>(key ^ ((key >> 31) & 0x7fffffff)); }

// The first place that is sought, or `n`: whole strides are looked at for whether they have any.
template <typename IsSought>
[[gnu::always_inline]] inline size_t FindFirst(size_t n, IsSought is_sought) {
  constexpr size_t kStride = 32;
  size_t i = 0;
  for (; i + kStride <= n; i += kStride) {
    uint32_t found = 0;
    for (size_t k = 0; k < kStride; ++k) found |= is_sought(i + k) ? 1u : 0u;
    if (found != 0) break;
  }
  while (i < n && !is_sought(i)) ++i;
  return i;
}

}  // namespace

FL_EACH_VECTOR_WIDTH
LineRest ScanLine(const uint64_t* numbers, size_t n, uint64_t slope, uint64_t* rest) {
  LineRest line{.least = std::numeric_limits<int64_t>::max(),
                .greatest = std::numeric_limits<int64_t>::min()};
  uint64_t predicted = numbers[0];
  for (size_t i = 0; i < n; ++i) {
    rest[i] = numbers[i] - predicted;
    predicted += slope;
    line.least = std::min(line.least, static_cast<int64_t>(rest[i]));
    line.greatest = std::max(line.greatest, static_cast<int64_t>(rest[i]));
  }
  return line;
}

FL_EACH_VECTOR_WIDTH
OrderScan ScanOrder(const int64_t* numbers, size_t n) {
  OrderScan scan{.least = numbers[0], .greatest = numbers[0]};
  uint64_t falls = 0;
  uint64_t stays = 0;
  for (size_t i = 1; i < n; ++i) {
    scan.least = std::min(scan.least, numbers[i]);
    scan.greatest = std::max(scan.greatest, numbers[i]);
    falls |= numbers[i] < numbers[i - 1] ? 1u : 0u;
    stays |= numbers[i] == numbers[i - 1] ? 1u : 0u;
  }
  scan.rises = falls == 0;
  scan.rises_strictly = falls == 0 && stays == 0;
  return scan;
}

FL_EACH_VECTOR_WIDTH
uint64_t DifferingBits(const uint64_t* numbers, size_t n) {
  uint64_t differing = 0;
  for (size_t i = 1; i < n; ++i) differing |= numbers[i] ^ numbers[0];
  return differing;
}

FL_EACH_VECTOR_WIDTH
FloatScan ScanFloats(const uint64_t* bits, size_t n) {
  constexpr uint32_t kInfinity = 0x7f800000;
  // As many sums as a wide register holds, so that their order is the same on every machine.
  constexpr size_t kSums = 8;
  double sums[kSums] = {};
  int32_t least = std::numeric_limits<int32_t>::max();
  int32_t greatest = std::numeric_limits<int32_t>::min();
  uint32_t not_finite = 0;
  size_t i = 0;
  for (; i + kSums <= n; i += kSums) {
    for (size_t k = 0; k < kSums; ++k) {
      const auto word = static_cast<uint32_t>(bits[i + k]);
      sums[k] += static_cast<double>(std::bit_cast<float>(word));
    }
  }
  for (size_t k = 0; i + k < n; ++k) {
    sums[k] += static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(bits[i + k])));
  }
  for (i = 0; i < n; ++i) {
    const int32_t key = OrderedKey(bits[i]);
    least = std::min(least, key);
    greatest = std::max(greatest, key);
    not_finite |= (static_cast<uint32_t>(bits[i]) & kInfinity) == kInfinity ? 1u : 0u;
  }
  FloatScan scan{
      .is_finite = not_finite == 0, .least = FloatOfKey(least), .greatest = FloatOfKey(greatest)};
  for (const double sum : sums) scan.sum += sum;
  return scan;
}

FL_EACH_VECTOR_WIDTH
size_t FindFloat(const uint64_t* bits, size_t n, float value) {
  return FindFirst(
      n, [=](size_t i) { return std::bit_cast<float>(static_cast<uint32_t>(bits[i])) == value; });
}

FL_EACH_VECTOR_WIDTH
void NarrowFloats(const uint64_t* bits, size_t n, uint32_t* into) {
  for (size_t i = 0; i < n; ++i) into[i] = static_cast<uint32_t>(bits[i]);
}

FL_EACH_VECTOR_WIDTH
void ReadLine(const PackedLine& line, uint32_t first, size_t n, uint64_t* into) {
  const uint64_t slope = line.slope;
  const uint64_t predicted = line.base + first * slope;
  if (line.width == 0) {
    for (size_t i = 0; i < n; ++i) into[i] = predicted + i * slope;
    return;
  }
  const uint64_t width = line.width;
  const uint64_t mask = width >= 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1;
  const uint64_t first_bit = first * width;
  const std::byte* const bits = line.bits;
  for (size_t i = 0; i < n; ++i) {
    const uint64_t bit = first_bit + i * width;
    const uint64_t rest = LoadLittleEndian<uint64_t>(bits + bit / 8) >> (bit % 8);
    into[i] = predicted + i * slope + (rest & mask);
  }
}

FL_EACH_VECTOR_WIDTH
void ScaleIntegers(const uint64_t* numbers, size_t n, double unit, double* into) {
  for (size_t i = 0; i < n; ++i) {
    into[i] = static_cast<double>(static_cast<int64_t>(numbers[i])) * unit;
  }
}

FL_EACH_VECTOR_WIDTH
void WidenFloats(const std::byte* floats, size_t n, double* into) {
  for (size_t i = 0; i < n; ++i) {
    into[i] = static_cast<double>(LoadLittleEndian<float>(floats + 4 * i));
  }
}

FL_EACH_VECTOR_WIDTH
ValueScan ScanValues(const double* values, size_t n) {
  constexpr size_t kLanes = 8;  // Comparisons that do not wait for one another.
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  double least[kLanes];
  double greatest[kLanes];
  double zero[kLanes] = {};
  std::fill_n(least, kLanes, kInfinity);
  std::fill_n(greatest, kLanes, -kInfinity);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (size_t k = 0; k < kLanes; ++k) {
      const double value = values[i + k];
      least[k] = value < least[k] ? value : least[k];
      greatest[k] = value > greatest[k] ? value : greatest[k];
      zero[k] += value * 0;  // NaN once a value is not finite.
    }
  }
  for (; i < n; ++i) {
    least[0] = values[i] < least[0] ? values[i] : least[0];
    greatest[0] = values[i] > greatest[0] ? values[i] : greatest[0];
    zero[0] += values[i] * 0;
  }
  ValueScan scan{.least = least[0], .greatest = greatest[0]};
  for (size_t k = 0; k < kLanes; ++k) {
    scan.least = std::min(scan.least, least[k]);
    scan.greatest = std::max(scan.greatest, greatest[k]);
    scan.is_finite &= zero[k] == 0;
  }
  return scan;
}

FL_EACH_VECTOR_WIDTH
size_t FindValue(const double* values, size_t n, double value) {
  return FindFirst(n, [=](size_t i) { return values[i] == value; });
}

}  // namespace fanlight::store
