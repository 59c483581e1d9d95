#include "fanlight/events/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <protozero/pbf_writer.hpp>

namespace fanlight {
namespace {

constexpr size_t kPositiveLimits = (kHistogramLimitCount - 1) / 2;
constexpr double kLargest = std::numeric_limits<double>::max();

// Where to begin to look for the limit of a magnitude. A cell is a sixteenth of an octave, at most
// 6.25% wide, so at most one limit falls in it: one look at the table and one comparison or two
// take the place of a search in ten steps.
constexpr int kCellShift = 48;  // Leaves the exponent and four bits of the mantissa.
constexpr uint64_t kFirstCell = std::bit_cast<uint64_t>(0x1p-40) >> kCellShift;
constexpr uint64_t kEndCell = std::bit_cast<uint64_t>(0x1p67) >> kCellShift;

struct Tables {
  std::array<double, kHistogramLimitCount> limits{};
  // The upper half of the limits: 1e-12 to DBL_MAX.
  std::array<double, kPositiveLimits> positive{};
  // For each cell how many positive limits are at or below its lower edge.
  std::array<uint16_t, kEndCell - kFirstCell> first{};

  Tables() {
    size_t count = 0;
    for (double limit = 1e-12; limit < 1e20; limit *= 1.1) positive[count++] = limit;
    positive[count++] = kLargest;
    for (size_t i = 0; i < kPositiveLimits; ++i) {
      limits[kPositiveLimits - 1 - i] = -positive[i];
      limits[kPositiveLimits + 1 + i] = positive[i];
    }
    size_t below = 0;
    for (uint64_t cell = kFirstCell; cell < kEndCell; ++cell) {
      const auto edge = std::bit_cast<double>(cell << kCellShift);
      while (below < kPositiveLimits && positive[below] <= edge) ++below;
      first[cell - kFirstCell] = static_cast<uint16_t>(below);
    }
  }

  // How many positive limits are at or below `magnitude`.
  size_t CountUpTo(double magnitude) const {
    const uint64_t cell = std::bit_cast<uint64_t>(magnitude) >> kCellShift;
    if (cell < kFirstCell) return 0;
    if (cell >= kEndCell) return kPositiveLimits - (magnitude < kLargest ? 1 : 0);
    size_t count = first[cell - kFirstCell];
    while (positive[count] <= magnitude) ++count;
    return count;
  }

  // The index of the first limit above `value`, which is finite.
  size_t BucketOf(double value) const {
    const size_t count = CountUpTo(std::fabs(value));
    if (value >= 0) {
      // DBL_MAX has no limit above it and joins the last bucket.
      return std::min(kPositiveLimits + 1 + count, kHistogramLimitCount - 1);
    }
    // A negative value equal to a limit lies above it, in the bucket towards zero.
    const bool is_limit = count > 0 && positive[count - 1] == -value;
    return kPositiveLimits - count + (is_limit ? 1 : 0);
  }
};

const Tables& GetTables() {
  static const Tables tables;
  return tables;
}

}  // namespace

std::span<const double, kHistogramLimitCount> HistogramLimits() { return GetTables().limits; }

template <typename T>
Status HistogramAccumulator::AddAll(std::span<const T> values) {
  const Tables& tables = GetTables();
  for (const T element : values) {
    const auto value = static_cast<double>(element);
    if (!std::isfinite(value)) {
      return Fail(ErrorCode::kInvalidArgument, "{} in a histogram: want finite values",
                  std::isnan(value) ? "NaN" : "infinity");
    }
    ++buckets_[tables.BucketOf(value)];
    ++count_;
    min_ = std::min(min_, value);
    max_ = std::max(max_, value);
    sum_ += value;
    sum_squares_ += value * value;
  }
  return {};
}

Status HistogramAccumulator::Add(std::span<const float> values) { return AddAll(values); }
Status HistogramAccumulator::Add(std::span<const double> values) { return AddAll(values); }

HistogramValue HistogramAccumulator::Value() const {
  HistogramValue value;
  value.min = min_;
  value.max = max_;
  value.num = static_cast<double>(count_);
  value.sum = sum_;
  value.sum_squares = sum_squares_;
  const auto limits = HistogramLimits();
  for (size_t i = 0; i < kHistogramLimitCount; ++i) {
    const bool ends_a_run = i + 1 == kHistogramLimitCount || buckets_[i + 1] != 0;
    if (buckets_[i] == 0 && !ends_a_run) continue;
    value.limits.push_back(limits[i]);
    value.counts.push_back(static_cast<double>(buckets_[i]));
  }
  return value;
}

void AppendHistogram(std::string& into, const HistogramValue& histogram) {
  protozero::pbf_writer writer(into);
  const auto add = [&writer](protozero::pbf_tag_type field, double value) {
    // Protobuf leaves out what equals the default; -0.0 does not.
    if (std::bit_cast<uint64_t>(value) != 0) writer.add_double(field, value);
  };
  add(1, histogram.min);
  add(2, histogram.max);
  add(3, histogram.num);
  add(4, histogram.sum);
  add(5, histogram.sum_squares);
  writer.add_packed_double(6, histogram.limits.begin(), histogram.limits.end());
  writer.add_packed_double(7, histogram.counts.begin(), histogram.counts.end());
}

}  // namespace fanlight
