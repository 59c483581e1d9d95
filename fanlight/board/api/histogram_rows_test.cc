#include "fanlight/board/api/histogram_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace fanlight::api {
namespace {

using testing::ElementsAre;

std::vector<double> Counting(size_t n) {
  std::vector<double> x(n);
  std::iota(x.begin(), x.end(), 0.0);
  return x;
}

TEST(ChooseRows, KeepsAllThatFit) {
  const ChosenRows chosen = ChooseRows(Counting(50), {}, {}, 50);
  EXPECT_EQ(chosen.rows.size(), 50u);
  EXPECT_FALSE(chosen.left_out);
  EXPECT_EQ(ChooseRows(Counting(2000), {}, {}, 0).rows.size(), 2000u);
}

TEST(ChooseRows, TakesRoundStridesAndTheLast) {
  const ChosenRows chosen = ChooseRows(Counting(2000), {}, {}, 50);
  EXPECT_EQ(chosen.rows.size(), 41u);
  EXPECT_THAT(std::vector(chosen.rows.begin(), chosen.rows.begin() + 3), ElementsAre(0, 50, 100));
  EXPECT_EQ(chosen.rows.back(), 1999u);
  EXPECT_EQ(chosen.in_window, 2000u);
  EXPECT_TRUE(chosen.left_out);
}

TEST(ChooseRows, NeverTakesMoreThanAskedFor) {
  for (size_t n = 1; n < 400; ++n) {
    for (const uint32_t most : {1u, 2u, 3u, 7u, 50u}) {
      const ChosenRows chosen = ChooseRows(Counting(n), {}, {}, most);
      EXPECT_LE(chosen.rows.size(), most) << n;
      EXPECT_EQ(chosen.rows.back(), n - 1);
    }
  }
}

TEST(ChooseRows, SeesTheSameRowsWhileTheSeriesGrows) {
  const std::vector<size_t> before = ChooseRows(Counting(1900), {}, {}, 50).rows;
  const std::vector<size_t> after = ChooseRows(Counting(2000), {}, {}, 50).rows;
  EXPECT_TRUE(std::equal(before.begin(), before.end() - 1, after.begin()));
}

TEST(ChooseRows, AddsTheNearestOutside) {
  EXPECT_THAT(ChooseRows(Counting(10), 3.0, 5.0, 50).rows, ElementsAre(2, 3, 4, 5, 6));
  const ChosenRows none = ChooseRows(Counting(10), 3.2, 3.4, 50);
  EXPECT_THAT(none.rows, ElementsAre(3, 4));
  EXPECT_EQ(none.in_window, 0u);
  EXPECT_THAT(ChooseRows(Counting(10), {}, 2.0, 50).rows, ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(ChooseRows(Counting(10), 20.0, {}, 50).rows, ElementsAre(9));
}

TEST(ChooseRows, FindsThemWhereXFallsBack) {
  const std::vector<double> x = {0, 5, 9, 3, 6};
  EXPECT_THAT(ChooseRows(x, 4.0, 7.0, 50).rows, ElementsAre(1, 2, 3, 4));
  EXPECT_TRUE(ChooseRows({}, {}, {}, 50).rows.empty());
}

}  // namespace
}  // namespace fanlight::api
