#include "fanlight/board/api/packed_loops.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "fanlight/base/endian.h"
#include "fanlight/base/vector_width.h"

namespace fanlight::api {

FL_EACH_VECTOR_WIDTH
IntegerScan ScanIntegers(const int64_t* values, size_t n) {
  IntegerScan scan{.least = values[0], .greatest = values[0]};
  // Modulo 2^64, so that nothing overflows.
  const auto at = [&](size_t i) { return static_cast<uint64_t>(values[i]); };
  const uint64_t slope = n > 1 ? at(1) - at(0) : 0;
  uint64_t off = 0;
  for (size_t i = 1; i < n; ++i) {
    scan.least = std::min(scan.least, values[i]);
    scan.greatest = std::max(scan.greatest, values[i]);
    off |= at(i) - at(i - 1) - slope;
  }
  scan.is_regular = off == 0;
  return scan;
}

FL_EACH_VECTOR_WIDTH
TimeScan ScanTimes(const double* times, size_t n) {
  constexpr size_t kLanes = 8;  // Comparisons that do not wait for one another.
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  double least[kLanes];
  double greatest[kLanes];
  std::fill_n(least, kLanes, kInfinity);
  std::fill_n(greatest, kLanes, -kInfinity);
  double zero[kLanes] = {};
  const auto add = [&](size_t k, double time) {
    least[k] = time < least[k] ? time : least[k];
    greatest[k] = time > greatest[k] ? time : greatest[k];
    zero[k] += time * 0;  // NaN once a time is not finite.
  };
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (size_t k = 0; k < kLanes; ++k) add(k, times[i + k]);
  }
  for (; i < n; ++i) add(0, times[i]);
  return {.least = *std::min_element(least, least + kLanes),
          .greatest = *std::max_element(greatest, greatest + kLanes),
          .are_finite = std::all_of(zero, zero + kLanes, [](double value) { return value == 0; })};
}

FL_EACH_VECTOR_WIDTH
bool AreWhole(const double* values, size_t n, double factor, double largest) {
  uint64_t other = 0;
  for (size_t i = 0; i < n; ++i) {
    const double product = values[i] * factor;
    // Rounded to the nearest, which the compiler makes vector code of; of floor() it makes none.
    other |= std::nearbyint(product) == product ? 0u : 1u;
    other |= std::abs(product) <= largest ? 0u : 1u;
  }
  return other == 0;
}

FL_EACH_VECTOR_WIDTH
void ToIntegers(const double* values, size_t n, double factor, int64_t* into) {
  for (size_t i = 0; i < n; ++i) into[i] = static_cast<int64_t>(values[i] * factor);
}

FL_EACH_VECTOR_WIDTH
void RoundToIntegers(const double* values, size_t n, double factor, int64_t* into) {
  for (size_t i = 0; i < n; ++i) {
    const double product = values[i] * factor;
    into[i] = static_cast<int64_t>(product + (product < 0 ? -0.5 : 0.5));
  }
}

FL_EACH_VECTOR_WIDTH
bool WriteDifferences(const int64_t* values, size_t n, char* into) {
  int64_t off = 0;
  for (size_t i = 1; i < n; ++i) {
    const int64_t change = values[i] - values[i - 1];
    const auto narrow = static_cast<int32_t>(change);
    off |= change ^ narrow;
    StoreLittleEndian(into + (i - 1) * sizeof(narrow), narrow);
  }
  return off == 0;
}

FL_EACH_VECTOR_WIDTH
bool AreFloats(const double* values, size_t n) {
  uint64_t other = 0;
  for (size_t i = 0; i < n; ++i) {
    const auto back = static_cast<double>(static_cast<float>(values[i]));
    // A NaN differs from itself.
    other |= back != values[i] && values[i] == values[i] ? 1u : 0u;
  }
  return other == 0;
}

FL_EACH_VECTOR_WIDTH
void WriteFloats(const double* values, size_t n, char* into) {
  for (size_t i = 0; i < n; ++i) {
    StoreLittleEndian(into + i * sizeof(float), static_cast<float>(values[i]));
  }
}

}  // namespace fanlight::api
