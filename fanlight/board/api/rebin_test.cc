#include "fanlight/board/api/rebin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace fanlight::api {
namespace {

using store::Bucket;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::Pointwise;
using Steps = std::vector<std::vector<Bucket>>;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Binned {
  std::optional<ValueRange> range;
  std::vector<std::vector<double>> counts;
  std::vector<double> outside;
};

Binned Rebinned(const Steps& steps, size_t bins) {
  EdgeRange edges;
  for (const auto& buckets : steps) edges.Add(buckets);
  Binned binned{edges.Range(), {}, {}};
  if (!binned.range) return binned;
  for (const auto& buckets : steps) {
    std::vector<double> counts(bins);
    binned.outside.push_back(Rebin(buckets, *binned.range, counts));
    binned.counts.push_back(std::move(counts));
  }
  return binned;
}

testing::Matcher<std::vector<double>> Near(const std::vector<double>& wanted) {
  return Pointwise(testing::DoubleNear(1e-12), wanted);
}

// What TensorBoard 2.21's own function gives for these buckets, in six bins.
TEST(Rebin, GivesEachBinTheOverlappingPart) {
  const Binned binned = Rebinned({{{0, 1, 4}, {1, 4, 12}}}, 6);
  EXPECT_EQ(binned.range->left, 0);
  EXPECT_EQ(binned.range->right, 4);
  EXPECT_THAT(binned.counts[0], Near(std::vector<double>(6, 8.0 / 3)));
}

TEST(Rebin, SharesOneRangeAmongSteps) {
  const Binned binned =
      Rebinned({{{-1.5, -1, 1}, {-1, 0, 0}, {0, 1, 2}, {1, 2.5, 3}}, {{0, 1, 1}}}, 6);
  EXPECT_THAT(binned.counts[0], Near({1, 0, 1, 4.0 / 3, 4.0 / 3, 4.0 / 3}));
  EXPECT_THAT(binned.counts[1], Near({0, 0, 0.5, 0.5, 0, 0}));
}

TEST(Rebin, PutsABucketWithoutWidthIntoOneBin) {
  const Binned binned = Rebinned({{{0, 0, 5}}, {{-3, -1, 2}, {-1, 7, 16}}}, 6);
  EXPECT_THAT(binned.counts[0], ElementsAre(0, 5, 0, 0, 0, 0));
  EXPECT_THAT(binned.counts[1], Near({5.0 / 3, 3, 10.0 / 3, 10.0 / 3, 10.0 / 3, 10.0 / 3}));
}

TEST(Rebin, GivesAirWhenAllValuesAreOne) {
  const Binned three = Rebinned({{{3, 3, 7}}}, 6);
  EXPECT_DOUBLE_EQ(three.range->left, 1.727272727272727);
  EXPECT_DOUBLE_EQ(three.range->right, 4.3);
  EXPECT_THAT(three.counts[0], ElementsAre(0, 0, 7, 0, 0, 0));
  const Binned zero = Rebinned({{{0, 0, 5}}}, 6);
  EXPECT_EQ(zero.range->left, -1);
  EXPECT_EQ(zero.range->right, 1);
  EXPECT_THAT(zero.counts[0], ElementsAre(0, 0, 0, 5, 0, 0));
  // As TensorFlow 2 writes a constant.
  EXPECT_THAT(Rebinned({{{2, 2, 0}, {2, 2, 0}, {2, 2, 9}}}, 6).counts[0],
              ElementsAre(0, 0, 9, 0, 0, 0));
}

TEST(Rebin, GivesANegativeConstantAirOnBothSides) {
  const Binned binned = Rebinned({{{-10, -10, 4}}}, 6);
  EXPECT_DOUBLE_EQ(binned.range->left, -12);
  EXPECT_DOUBLE_EQ(binned.range->right, 1 - 10 / 1.1);
  EXPECT_THAT(binned.counts[0], testing::Contains(4.0));
}

TEST(Rebin, PutsWhatLiesOnABoundaryToTheRight) {
  const Binned binned = Rebinned({{{0, 6, 0}, {2, 2, 3}, {6, 6, 1}}}, 6);
  EXPECT_THAT(binned.counts[0], ElementsAre(0, 0, 3, 0, 0, 1));
}

TEST(Rebin, LeavesOutWhatHasNoPlaceAndTellsIt) {
  const Binned binned =
      Rebinned({{{0, 1, 4}, {1, kInf, 2}}, {{kNan, 1, 3}, {-kInf, kInf, 1}, {1, 2, 8}}}, 2);
  EXPECT_EQ(binned.range->left, 0);
  EXPECT_EQ(binned.range->right, 2);
  EXPECT_THAT(binned.counts[0], ElementsAre(4, 0));
  EXPECT_THAT(binned.counts[1], ElementsAre(0, 8));
  EXPECT_THAT(binned.outside, ElementsAre(2, 4));
}

TEST(Rebin, HasNoRangeWithoutBucketsOrBeyondDoubles) {
  EXPECT_FALSE(Rebinned({{}, {}}, 6).range);
  EXPECT_FALSE(Rebinned({{{kNan, kNan, 1}}}, 6).range);
  EXPECT_FALSE(Rebinned({{{-1.7e308, 1.7e308, 1}}}, 6).range);
  EXPECT_TRUE(Rebinned({{{0, 1.7e308, 1}}}, 6).range);
}

TEST(Rebin, KeepsTheWholeCount) {
  std::vector<Bucket> buckets;
  double left = -7.3;
  double total = 0;
  for (int i = 0; i < 200; ++i) {
    const double right = left + 0.01 * (1 + i % 17);
    buckets.push_back({left, right, static_cast<double>(i % 5)});
    total += i % 5;
    left = right;
  }
  const Binned binned = Rebinned({buckets}, 30);
  double sum = 0;
  for (const double count : binned.counts[0]) sum += count;
  EXPECT_NEAR(sum, total, 1e-9);
}

TEST(Rebin, SeesThePartOfAGivenRange) {
  const Bucket bucket{0, 10, 10};
  std::vector<double> counts(2);
  EXPECT_EQ(Rebin({&bucket, 1}, {2, 4}, counts), 0);
  EXPECT_THAT(counts, ElementsAre(1, 1));
  EXPECT_EQ(Rebin({&bucket, 1}, {11, 12}, counts), 10);
  EXPECT_EQ(Rebin({&bucket, 1}, {10, 12}, counts), 10);
  EXPECT_THAT(counts, ElementsAre(1, 1));
}

}  // namespace
}  // namespace fanlight::api
