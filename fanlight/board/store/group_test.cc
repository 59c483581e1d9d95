#include "fanlight/board/store/group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "fanlight/board/store/random_points.h"

namespace fanlight::store {
namespace {

using Band = GroupQuery::Band;
using Point = StoreBuilder::Point;
using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::Pointwise;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

class Group : public testing::Test {
 protected:
  std::vector<SeriesView> All() {
    const Snapshot now = builder_.Build().TakeSnapshot();
    std::vector<SeriesView> all;
    for (const RunFacts* run : now.Runs()) all.push_back(*now.FindSeries(run->id, "scalars", "t"));
    return all;
  }
  StoreBuilder builder_;
};

TEST_F(Group, TellsMeanAndDeviationAtEachStepOfAFewPoints) {
  builder_.Points("a", "t", {{0, 1, 3}, {1, 2, 2}, {3, 4, 1}, {4, 5, 1}})
      .Points("b", "t", {{0, 1, 5}, {1, 2, 4}, {2, 3, 3}});
  const GroupColumns got = QueryGroup(All(), {});
  EXPECT_THAT(got.x, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(got.mean, ElementsAre(4, 3, 2.25, 1, 1));
  EXPECT_THAT(got.lo, ElementsAre(3, 2, 1.5, 1, 1));
  EXPECT_THAT(got.hi, ElementsAre(5, 4, 3, 1, 1));
  EXPECT_THAT(got.counts, ElementsAre(2, 2, 2, 1, 1));
  EXPECT_EQ(got.total, 7u);
  EXPECT_EQ(got.in_window, 7u);
  EXPECT_FALSE(got.left_out);
}

TEST_F(Group, TellsRangeAndQuantiles) {
  for (int run = 0; run < 5; ++run)
    builder_.Scalar("r" + std::to_string(run), "t", {static_cast<float>(run * run)});
  const GroupColumns range = QueryGroup(All(), {.band = Band::kRange});
  EXPECT_THAT(range.lo, ElementsAre(0));
  EXPECT_THAT(range.hi, ElementsAre(16));
  // Of 0, 1, 4, 9, 16.
  const GroupColumns quantiles =
      QueryGroup(All(), {.band = Band::kQuantiles, .low = 0.25, .high = 0.9});
  EXPECT_THAT(quantiles.lo, ElementsAre(DoubleEq(1)));
  EXPECT_THAT(quantiles.hi, ElementsAre(DoubleEq(9 + 7 * 0.6)));
}

TEST_F(Group, WhatIsNotFiniteDoesNotCount) {
  builder_.Scalar("a", "t", {1, kNan, 3}).Scalar("b", "t", {kNan, kNan, 5});
  const GroupColumns got = QueryGroup(All(), {});
  EXPECT_THAT(got.x, ElementsAre(0, 1, 2));
  EXPECT_THAT(got.mean, ElementsAre(1, 2, 4));  // At 1 the first is on the line from 1 to 3.
  EXPECT_THAT(got.counts, ElementsAre(1, 1, 2));
}

TEST_F(Group, AZoomedWindowStillSeesTheLinesThatCrossIt) {
  builder_.Points("a", "t", {{0, 1, 0}, {100, 2, 100}}).Points("b", "t", {{50, 1, 7}});
  const GroupColumns got = QueryGroup(All(), {.window = {.from = 40, .to = 60}});
  EXPECT_THAT(got.x, ElementsAre(50));
  EXPECT_THAT(got.mean, ElementsAre(28.5));
  EXPECT_THAT(got.counts, ElementsAre(2));
}

TEST_F(Group, ALongGroupKeepsItsSpikesInTheRangeAndItsMeanTrue) {
  std::vector<Point> points;
  for (int64_t i = 0; i < 50'000; ++i)
    points.push_back({i, 1e9 + static_cast<double>(i), i == 12'345 ? 1000.0F : 1.0F});
  builder_.Points("a", "t", points);
  for (Point& point : points) point.value = 3;
  builder_.Points("b", "t", points);
  const GroupColumns got = QueryGroup(All(), {.window = {.width = 100}, .band = Band::kRange});
  ASSERT_EQ(got.x.size(), 100u);
  EXPECT_TRUE(got.left_out);
  EXPECT_EQ(got.x.front(), 0);
  EXPECT_EQ(got.x.back(), 49'999);
  EXPECT_EQ(*std::max_element(got.hi.begin(), got.hi.end()), 1000);
  EXPECT_EQ(*std::min_element(got.lo.begin(), got.lo.end()), 1);
  EXPECT_EQ(got.mean[50], 2);
  // The points nearest to 12,345 are 506 or 505, of which one is the spike.
  const auto spike = static_cast<size_t>(std::lround(12'345 * 99.0 / 49'999));
  EXPECT_NEAR(got.mean[spike], 2 + 999.0 / 505 / 2, 0.01);
}

TEST_F(Group, StandsOnAnAxisOfTimeThoughNobodyAsksForWallTimes) {
  builder_.Points("a", "t", {{0, 100, 1}, {1, 102, 2}})
      .Points("b", "t", {{0, 100, 3}, {1, 102, 4}});
  const GroupColumns got =
      QueryGroup(All(), {.window = {.axis = Axis::kWall, .with_wall_times = false}});
  EXPECT_THAT(got.x, ElementsAre(100, 102));
  EXPECT_THAT(got.mean, ElementsAre(2, 3));
}

TEST_F(Group, OnALogarithmicScalePlacesAreEvenlySpreadInTheLogarithm) {
  std::vector<Point> points;
  for (int64_t i = 0; i <= 10'000; ++i)
    points.push_back({i, 1e9 + static_cast<double>(i), static_cast<float>(i)});
  builder_.Points("a", "t", points);
  const GroupColumns got =
      QueryGroup(All(), {.window = {.width = 5, .scale = Scale::kLog}, .band = Band::kRange});
  ASSERT_EQ(got.x.size(), 5u);
  for (size_t k = 0; k < 5; ++k) EXPECT_NEAR(got.x[k], std::pow(10.0, k), 1e-9 * got.x[k]);
  EXPECT_THAT(got.lo, ElementsAre(1, 4, 32, 317, 3163));  // Nearest in the logarithm.
  EXPECT_THAT(got.hi, ElementsAre(3, 31, 316, 3162, 10'000));
}

TEST_F(Group, SmoothsAllPointsFirst) {
  for (const char* run : {"a", "b"})
    builder_.Points(run, "t", RandomPoints(3000, static_cast<uint32_t>(run[0]), false));
  const std::vector<SeriesView> all = All();
  GroupQuery query{.window = {.axis = Axis::kRelative, .smoothing = Smoothing::Ema(0.9)}};
  query.window.width = 10'000;  // Every x is a place.
  const GroupColumns got = QueryGroup(std::span(all).first(1), query);
  const ScalarColumns alone = all[0].Window({.smoothing = Smoothing::Ema(0.9)});
  std::vector<double> finite;
  for (const double value : alone.smoothed) {
    if (std::isfinite(value)) finite.push_back(value);
  }
  size_t same = 0;
  for (size_t i = 0, k = 0; i < got.mean.size() && k < finite.size(); ++i) {
    if (got.mean[i] == finite[k]) ++k, ++same;
  }
  EXPECT_EQ(same, finite.size());
  // The same request gives the same bits.
  EXPECT_EQ(QueryGroup(all, query).mean, QueryGroup(all, query).mean);
}

TEST_F(Group, OfNothingIsNothing) {
  EXPECT_TRUE(QueryGroup({}, {}).x.empty());
  builder_.Scalar("a", "t", {kNan});
  EXPECT_TRUE(QueryGroup(All(), {}).x.empty());
}

}  // namespace
}  // namespace fanlight::store
