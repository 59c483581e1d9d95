#include "fanlight/board/api/distribution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fanlight::api {
namespace {

using store::Bucket;
using testing::ElementsAre;

TEST(ValuesAtBasisPoints, AreZeroWithoutBuckets) {
  EXPECT_THAT(ValuesAtBasisPoints({}), ElementsAre(0, 0, 0, 0, 0, 0, 0, 0, 0));
}

TEST(ValuesAtBasisPoints, RunStraightThroughOneBucket) {
  const Bucket bucket{0, 10000, 7};
  EXPECT_THAT(ValuesAtBasisPoints({&bucket, 1}),
              ElementsAre(0, 668, 1587, 3085, 5000, 6915, 8413, 9332, 10000));
}

TEST(ValuesAtBasisPoints, StepOverEmptyBuckets) {
  const std::vector<Bucket> buckets = {{0, 1, 1}, {1, 5, 0}, {5, 6, 1}};
  const auto values = ValuesAtBasisPoints(buckets);
  EXPECT_EQ(values[0], 0);
  EXPECT_DOUBLE_EQ(values[3], 0.617);
  EXPECT_EQ(values[4], 5);  // Half of the weight lies below the gap.
  EXPECT_DOUBLE_EQ(values[5], 5.383);
  EXPECT_EQ(values[8], 6);
}

TEST(ValuesAtBasisPoints, AreTheRightEdgeWhenNothingHasWeight) {
  const std::vector<Bucket> buckets = {{0, 1, 0}, {1, 2, 0}};
  EXPECT_THAT(ValuesAtBasisPoints(buckets), testing::Each(2.0));
}

}  // namespace
}  // namespace fanlight::api
