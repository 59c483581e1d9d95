// Windows beyond the plain ones of series_test.cc: envelopes, other metrics as axis, samples.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "fanlight/board/store/random_points.h"
#include "fanlight/board/store/series.h"

namespace fanlight::store {
namespace {

using Point = StoreBuilder::Point;
using ::testing::ElementsAre;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

class ScaledEnvelope : public testing::TestWithParam<Scale> {};

TEST_P(ScaledEnvelope, EqualsThePlainDefinition) {
  const auto on_scale = [](double x) {
    if (GetParam() == Scale::kLinear) return x;
    return x > 0 ? std::log(x) : -kInf;
  };
  for (const uint32_t n : {201u, 5000u, 20'000u}) {
    const std::vector<Point> points = RandomPoints(n, n, false);
    StoreBuilder builder;
    const SeriesView series = OnlySeries(builder.Points("run", "loss", points).Build());
    for (const bool is_cut : {false, true}) {
      WindowQuery query{.width = 100, .scale = GetParam(), .shape = Shape::kEnvelope};
      if (is_cut) query.from = static_cast<double>(points[n / 10].step);
      const ScalarColumns got = series.Window(query);
      std::vector<size_t> inside;
      for (size_t i = 0; i < n; ++i) {
        const auto step = static_cast<double>(points[i].step);
        if (step >= query.from.value_or(-kInf) && on_scale(step) > -kInf) inside.push_back(i);
      }
      ASSERT_EQ(got.in_window, inside.size());
      if (inside.size() <= 200) {
        EXPECT_FALSE(got.is_envelope);
        continue;
      }
      ASSERT_TRUE(got.is_envelope);
      const auto x = [&](size_t i) { return static_cast<double>(points[i].step); };
      const bool has_from = query.from && on_scale(*query.from) > -kInf;
      const double low = on_scale(has_from ? *query.from : x(inside.front()));
      const double per_x = 100 / (on_scale(x(inside.back())) - low);
      struct Wanted {
        double lo;
        double hi;
      };
      const auto own = [&](size_t i) { return Wanted{points[i].value, points[i].value}; };
      std::map<size_t, Wanted> want;
      if (inside.front() > 0) {
        want[inside.front() - 1] = own(inside.front() - 1);
      }
      want[inside.front()] = own(inside.front());
      for (size_t i = 0; i < inside.size();) {
        const auto column = [&](size_t k) {
          return std::clamp(std::floor((on_scale(x(inside[k])) - low) * per_x), 0.0, 99.0);
        };
        size_t end = i;
        Wanted range{kInf, -kInf};
        bool has_bad = false;
        while (end < inside.size() && column(end) == column(i)) {
          const double value = points[inside[end]].value;
          if (std::isfinite(value)) {
            range = {std::min(range.lo, value), std::max(range.hi, value)};
          } else if (!has_bad) {
            has_bad = true;
            want[inside[end]] = own(inside[end]);
          }
          ++end;
        }
        if (range.lo > range.hi) range = {kNan, kNan};
        want[inside[end - 1]] = range;
        i = end;
      }
      ASSERT_EQ(got.steps.size(), want.size());
      size_t row = 0;
      for (const auto& [i, range] : want) {
        ASSERT_EQ(got.wall_times_s[row], points[i].wall_time_s) << i;
        if (std::isnan(range.lo)) {
          ASSERT_TRUE(std::isnan(got.lo[row]) && std::isnan(got.hi[row])) << i;
        } else {
          ASSERT_EQ(got.lo[row], range.lo) << i;
          ASSERT_EQ(got.hi[row], range.hi) << i;
        }
        ++row;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Scales, ScaledEnvelope, testing::Values(Scale::kLinear, Scale::kLog),
                         [](const auto& test) {
                           return std::string(test.param == Scale::kLog ? "Log" : "Linear");
                         });

TEST(Envelope, ALogarithmicScaleShowsTheFirstStepsOfALongSeries) {
  std::vector<Point> points;
  for (int64_t step = 0; step < 100'000; ++step) {
    points.push_back({step, 1e9 + static_cast<double>(step), static_cast<float>(step % 7)});
  }
  StoreBuilder builder;
  const SeriesView series = OnlySeries(builder.Points("run", "loss", points).Build());
  const auto below_100 = [&](Scale scale) {
    const ScalarColumns got =
        series.Window({.width = 100, .scale = scale, .shape = Shape::kEnvelope});
    return std::ranges::count_if(got.steps, [](int64_t step) { return step < 100; });
  };
  EXPECT_LE(below_100(Scale::kLinear), 1);
  EXPECT_GE(below_100(Scale::kLog), 25);  // Two of five decades, but there are few whole numbers.
}

TEST(Envelope, FewPointsAreGivenAsTheyAre) {
  StoreBuilder builder;
  const SeriesView series = OnlySeries(builder.Scalar("run", "loss", {3, 1, 2}).Build());
  const ScalarColumns got = series.Window({.width = 2, .shape = Shape::kEnvelope});
  EXPECT_FALSE(got.is_envelope);
  EXPECT_THAT(got.values, ElementsAre(3, 1, 2));
  EXPECT_TRUE(got.lo.empty());
}

class MetricAxis : public testing::Test {
 protected:
  SeriesView Series(const std::string& tag) {
    const Snapshot now = builder_.Build().TakeSnapshot();
    return *now.FindSeries(now.Runs()[0]->id, "scalars", tag);
  }
  StoreBuilder builder_;
};

TEST_F(MetricAxis, JoinsOnTheStepAndLeavesOutWhatHasNoPartner) {
  builder_.Points("run", "y", {{0, 1, 10}, {10, 2, 11}, {20, 3, 12}, {30, 4, 13}, {40, 5, 14}})
      .Points("run", "x", {{0, 1, 0.5F}, {10, 1, 9}, {10, 2, 1}, {30, 4, kNan}, {40, 5, 2}});
  const SeriesView x = Series("x");
  const ScalarColumns got = Series("y").Window({.axis = Axis::kMetric, .x = &x});
  EXPECT_THAT(got.steps, ElementsAre(0, 10, 40));
  EXPECT_THAT(got.x, ElementsAre(0.5, 1, 2));
  EXPECT_THAT(got.values, ElementsAre(10, 11, 14));
  EXPECT_EQ(got.total, 5u);
  EXPECT_EQ(got.in_window, 3u);
  const ScalarColumns cut =
      Series("y").Window({.axis = Axis::kMetric, .from = 0.9, .to = 1.1, .x = &x});
  EXPECT_THAT(cut.x, ElementsAre(0.5, 1, 2));  // With the nearest outside.
  EXPECT_EQ(cut.in_window, 1u);
}

TEST_F(MetricAxis, StepsThatFallFindTheirPartnersToo) {
  builder_.Points("run", "y", {{5, 1, 1}, {3, 2, 2}, {9, 3, 3}, {4, 4, 4}, {5, 5, 5}})
      .Points("run", "x", {{9, 1, 90}, {3, 2, 30}, {5, 3, 50}, {4, 4, 40}});
  const SeriesView x = Series("x");
  const ScalarColumns got = Series("y").Window({.axis = Axis::kMetric, .x = &x});
  EXPECT_THAT(got.x, ElementsAre(50, 30, 90, 40, 50));
}

TEST_F(MetricAxis, ALongCurveKeepsItsExtremesAndItsTurns) {
  std::vector<Point> y;
  std::vector<Point> back_and_forth;
  std::vector<Point> rising;
  for (int64_t i = 0; i < 20'000; ++i) {
    const double wall = 1e9 + static_cast<double>(i);
    y.push_back({i, wall, i == 7777 ? 99.0F : static_cast<float>(i % 13)});
    back_and_forth.push_back({i, wall, static_cast<float>(std::abs((i + 1000) % 2000 - 1000))});
    rising.push_back({i, wall, static_cast<float>(i / 2)});
  }
  builder_.Points("run", "y", y).Points("run", "x", back_and_forth).Points("run", "z", rising);
  for (const std::string tag : {"x", "z"}) {
    const SeriesView x = Series(tag);
    for (const Shape shape : {Shape::kPoints, Shape::kEnvelope}) {
      const ScalarColumns got = Series("y").Window({.axis = Axis::kMetric,
                                                    .width = 100,
                                                    .shape = shape,
                                                    .smoothing = Smoothing::Ema(0.5),
                                                    .x = &x});
      EXPECT_LE(got.x.size(), 500u);
      EXPECT_EQ(got.x.size(), got.values.size());
      EXPECT_EQ(got.x.size(), got.smoothed.size());
      EXPECT_TRUE(std::is_sorted(got.steps.begin(), got.steps.end()));
      EXPECT_TRUE(got.left_out);
      // An envelope is made where x rises.
      EXPECT_EQ(got.is_envelope, shape == Shape::kEnvelope && tag == "z");
      const std::vector<double>& highest = got.is_envelope ? got.hi : got.values;
      EXPECT_EQ(*std::max_element(highest.begin(), highest.end()), 99);
      for (size_t i = 0; i < got.x.size(); ++i) {
        const auto step = static_cast<size_t>(got.steps[i]);
        EXPECT_EQ(got.x[i], tag == "x" ? back_and_forth[step].value : rising[step].value);
      }
      if (tag == "x") {
        EXPECT_GT(std::count_if(got.x.begin(), got.x.end(), [](double v) { return v > 900; }), 10);
      }
    }
  }
}

TEST_F(MetricAxis, NoSuchMetricGivesNothing) {
  builder_.Scalar("run", "y", {1, 2, 3});
  EXPECT_TRUE(Series("y").Window({.axis = Axis::kMetric}).values.empty());
}

TEST(SampledWindow, SmoothsWhatTheCompatibleRoutesServe) {
  StoreBuilder builder;
  const SeriesView series =
      OnlySeries(builder.Points("run", "loss", RandomPoints(30'000, 6, false)).Build());
  const ScalarColumns sample = series.Sample(1000, Generations::kCurrent);
  const ScalarColumns got = series.Window({.smoothing = Smoothing::Ema(0.6), .sample = 1000});
  EXPECT_EQ(got.total, 1000u);
  EXPECT_EQ(got.steps, sample.steps);
  EXPECT_EQ(got.wall_times_s, sample.wall_times_s);
  double last = 0;
  double n = 0;
  for (size_t i = 0; i < got.values.size(); ++i) {
    if (!std::isfinite(sample.values[i])) continue;
    EXPECT_EQ(got.values[i], sample.values[i]);
    last = last * 0.6 + (1 - 0.6) * sample.values[i];
    EXPECT_EQ(got.smoothed[i], last / (1 - std::pow(0.6, ++n)));
  }
}

}  // namespace
}  // namespace fanlight::store
