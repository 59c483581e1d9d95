#include "fanlight/board/store/column_scan.h"

#include <algorithm>
#include <bit>
#include <limits>

// Sanitizers instrument what chooses among the forms before they are ready themselves.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define FL_EACH_VECTOR_WIDTH __attribute__((target_clones("default", "avx2", "arch=x86-64-v4")))
#else
#define FL_EACH_VECTOR_WIDTH
#endif

namespace fanlight::store {
namespace {

// Orders floats that are not NaN as their values are ordered, with -0.0 below 0.0.
int32_t OrderedKey(uint64_t bits) {
  const auto key = static_cast<int32_t>(static_cast<uint32_t>(bits));
  return key ^ ((key >> 31) & 0x7fffffff);
}
float FloatOfKey(int32_t key) { return std::bit_cast<float>(key ^ ((key >> 31) & 0x7fffffff)); }

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
  constexpr size_t kStride = 32;
  size_t i = 0;
  for (; i + kStride <= n; i += kStride) {
    uint32_t found = 0;
    for (size_t k = 0; k < kStride; ++k) {
      found |= std::bit_cast<float>(static_cast<uint32_t>(bits[i + k])) == value ? 1u : 0u;
    }
    if (found != 0) break;
  }
  while (i < n && !(std::bit_cast<float>(static_cast<uint32_t>(bits[i])) == value)) ++i;
  return i;
}

FL_EACH_VECTOR_WIDTH
void NarrowFloats(const uint64_t* bits, size_t n, uint32_t* into) {
  for (size_t i = 0; i < n; ++i) into[i] = static_cast<uint32_t>(bits[i]);
}

}  // namespace fanlight::store
