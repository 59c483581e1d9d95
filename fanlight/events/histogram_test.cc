#include "fanlight/events/histogram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <bit>
#include <cfloat>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "fanlight/base/file.h"
#include "fanlight/events/event.h"
#include "fanlight/events/record_reader.h"

namespace fanlight {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

HistogramValue HistogramOf(const std::vector<double>& values) {
  HistogramAccumulator histogram;
  EXPECT_TRUE(histogram.Add(values));
  return histogram.Value();
}

TEST(Histogram, HasTensorFlowsLimits) {
  const auto limits = HistogramLimits();
  EXPECT_EQ(limits.size(), 1551u);
  EXPECT_TRUE(std::is_sorted(limits.begin(), limits.end()));
  EXPECT_EQ(limits[0], -DBL_MAX);
  EXPECT_EQ(limits[1], -9.920775621859783e+19);
  EXPECT_EQ(limits[775], 0.0);
  EXPECT_EQ(limits[776], 1e-12);
  EXPECT_EQ(limits[777], 1.1000000000000002e-12);
  EXPECT_EQ(limits[1549], 9.920775621859783e+19);
  EXPECT_EQ(limits[1550], DBL_MAX);
}

// The example in docs/formats/summaries.md, made by TensorFlow.
TEST(Histogram, MergesRunsOfEmptyBuckets) {
  const HistogramValue value = HistogramOf({-1, 0, 0, 1e-13, 1, 1, 2.5, 1e21});
  EXPECT_THAT(value.limits, ElementsAre(-1.0089710279437536, -0.917246389039776, 0, 1e-12,
                                        0.917246389039776, 1.0089710279437536, 2.379100905625872,
                                        2.6170109961884593, 9.920775621859783e+19, DBL_MAX));
  EXPECT_THAT(value.counts, ElementsAre(0, 1, 0, 3, 0, 2, 0, 1, 0, 1));
  EXPECT_EQ(value.num, 8);
  EXPECT_EQ(value.min, -1);
  EXPECT_EQ(value.max, 1e21);
}

TEST(Histogram, EmptyIsOneBucket) {
  const HistogramValue value = HistogramOf({});
  EXPECT_EQ(value.min, DBL_MAX);
  EXPECT_EQ(value.max, -DBL_MAX);
  EXPECT_EQ(value.num, 0);
  EXPECT_THAT(value.limits, ElementsAre(DBL_MAX));
  EXPECT_THAT(value.counts, ElementsAre(0));
}

TEST(Histogram, RefusesWhatIsNotFinite) {
  HistogramAccumulator histogram;
  const auto nan = histogram.Add(std::nan(""));
  ASSERT_FALSE(nan);
  EXPECT_THAT(nan.error().message, HasSubstr("NaN"));
  const auto infinity = histogram.Add(-HUGE_VAL);
  ASSERT_FALSE(infinity);
  EXPECT_THAT(infinity.error().message, HasSubstr("infinity"));
}

// The bucket by definition: the first limit above the value.
size_t BucketByDefinition(double value) {
  const auto limits = HistogramLimits();
  const auto above = std::upper_bound(limits.begin(), limits.end(), value);
  return std::min(static_cast<size_t>(above - limits.begin()), limits.size() - 1);
}

// The limit of the one filled bucket.
double LimitOf(double value) {
  const HistogramValue histogram = HistogramOf({value});
  for (size_t i = 0; i < histogram.counts.size(); ++i) {
    if (histogram.counts[i] > 0) return histogram.limits[i];
  }
  return NAN;
}

TEST(Histogram, FindsTheBucketOfEachLimitAndItsNeighbours) {
  const auto limits = HistogramLimits();
  for (const double limit : limits) {
    for (const double value : {limit, std::nextafter(limit, -DBL_MAX),
                               std::nextafter(limit, DBL_MAX), -limit, limit * 1.05}) {
      if (!std::isfinite(value)) continue;
      ASSERT_EQ(LimitOf(value), limits[BucketByDefinition(value)]) << value;
    }
  }
  for (const double value : {0.0, -0.0, DBL_MIN, -DBL_MIN, 5e-324, 1e300, -1e300}) {
    EXPECT_EQ(LimitOf(value), limits[BucketByDefinition(value)]) << value;
  }
}

RC_GTEST_PROP(HistogramProperty, FindsTheBucketOfAnyNumber, (uint64_t bits)) {
  const auto value = std::bit_cast<double>(bits);
  RC_PRE(std::isfinite(value));
  RC_ASSERT(LimitOf(value) == HistogramLimits()[BucketByDefinition(value)]);
}

TEST(Histogram, FloatsAndDoublesCountAlike) {
  const std::vector<float> floats = {0.1f, 0.2f, -3.5f};
  const std::vector<double> doubles(floats.begin(), floats.end());
  HistogramAccumulator of_floats;
  HistogramAccumulator of_doubles;
  ASSERT_TRUE(of_floats.Add(floats));
  ASSERT_TRUE(of_doubles.Add(doubles));
  EXPECT_EQ(of_floats.Value().limits, of_doubles.Value().limits);
  EXPECT_EQ(of_floats.Value().sum, of_doubles.Value().sum);
  EXPECT_EQ(of_floats.Value().sum_squares, of_doubles.Value().sum_squares);
}

// The histograms that TensorFlow 1 wrote are written again byte for byte from what they decode to.
TEST(Histogram, IsSerializedAsTensorFlowDoes) {
  RecordReader reader(std::make_unique<FileByteSource>(*File::OpenForReading(
                          FANLIGHT_GOLDEN_DIR "/ev_tf1_all/events.out.tfevents.1795406888.vm.sfx")),
                      {});
  size_t histograms = 0;
  for (;;) {
    const auto record = reader.Next();
    ASSERT_TRUE(record);
    if (!*record) break;
    const auto event = DecodeEvent((*record)->payload);
    if (event->kind != EventKind::kSummary) continue;
    SummaryReader values(event->payload);
    for (auto value = values.Next(); value && *value; value = values.Next()) {
      if ((*value)->kind != ValueKind::kHistogram) continue;
      std::string bytes;
      AppendHistogram(bytes, *DecodeHistogram((*value)->payload));
      EXPECT_EQ(bytes, AsText((*value)->payload)) << (*value)->tag;
      ++histograms;
    }
  }
  EXPECT_EQ(histograms, 6u);
}

}  // namespace
}  // namespace fanlight
