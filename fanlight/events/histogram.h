// The histogram of a summary as TensorFlow 1 makes it: fixed buckets that grow by 10% each, so that
// histograms of different steps can be compared.
//
// The limits are 0, ±1e-12, ±1.1e-12, ... up to ±9.92e19 by repeated multiplication with 1.1 (pow()
// would give other last bits), and ±DBL_MAX: 1,551 in ascending order. Bucket b counts the values v
// with limit[b - 1] <= v < limit[b]. In the file each run of empty buckets becomes one, so that a
// typical histogram has some dozens. Details and an example: docs/formats/summaries.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>

#include "fanlight/base/result.h"
#include "fanlight/events/summary.h"

namespace fanlight {

inline constexpr size_t kHistogramLimitCount = 1551;

// The limits, ascending.
std::span<const double, kHistogramLimitCount> HistogramLimits();

// Counts values. Not thread-safe; 12 KiB.
class HistogramAccumulator {
 public:
  // Adds values in order. Errors: kInvalidArgument for a NaN or an infinity, which no bucket can
  // hold; the values before it have been added then.
  Status Add(std::span<const float> values);
  Status Add(std::span<const double> values);
  Status Add(double value) { return Add(std::span(&value, 1)); }

  // The histogram as it stands in a file, runs of empty buckets merged.
  HistogramValue Value() const;

 private:
  template <typename T>
  Status AddAll(std::span<const T> values);

  double min_ = std::numeric_limits<double>::max();
  double max_ = std::numeric_limits<double>::lowest();
  double sum_ = 0;
  double sum_squares_ = 0;
  uint64_t count_ = 0;
  std::array<uint64_t, kHistogramLimitCount> buckets_{};
};

// Adds the serialized HistogramProto of `histogram` to `into`.
void AppendHistogram(std::string& into, const HistogramValue& histogram);

}  // namespace fanlight
