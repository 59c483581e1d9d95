#include "fanlight/board/store/series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <set>

#include "fanlight/board/store/random_points.h"
#include "fanlight/board/store/store_builder.h"

namespace fanlight::store {
namespace {

using Point = StoreBuilder::Point;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::vector<Point> AllPoints(const SeriesView& series, Generations generations) {
  std::vector<Point> points;
  series.ForEachRun(generations, [&](const ScalarRun& run) {
    for (size_t i = 0; i < run.steps.size(); ++i) {
      points.push_back({run.steps[i], run.wall_times_s[i], static_cast<float>(run.values[i])});
    }
  });
  return points;
}

std::vector<int64_t> StepsOf(const SeriesView& series, Generations generations) {
  std::vector<int64_t> steps;
  for (const Point& point : AllPoints(series, generations)) steps.push_back(point.step);
  return steps;
}

double XOf(const Point& point, Axis axis) {
  switch (axis) {
    case Axis::kStep:
      return static_cast<double>(point.step);
    case Axis::kWall:
      return point.wall_time_s;
    case Axis::kRelative:
      return point.wall_time_s - StoreBuilder::kStartS;
    case Axis::kMetric:
      break;
  }
  return 0;
}

// What Window() promises, told the slow way.
std::vector<size_t> SlowWindow(const std::vector<Point>& points, const WindowQuery& query) {
  const double from = query.from.value_or(-kInf);
  const double to = query.to.value_or(kInf);
  std::vector<size_t> inside;
  std::optional<size_t> before;
  std::optional<size_t> after;
  for (size_t i = 0; i < points.size(); ++i) {
    const double x = XOf(points[i], query.axis);
    if (x >= from && x <= to) inside.push_back(i);
    if (x < from && (!before || x >= XOf(points[*before], query.axis))) before = i;
    if (x > to && (!after || x < XOf(points[*after], query.axis))) after = i;
  }
  std::set<size_t> chosen(inside.begin(), inside.end());
  if (query.width > 0 && inside.size() > 4 * query.width) {
    chosen.clear();
    double low = kInf;
    double high = -kInf;
    for (const size_t i : inside) {
      low = std::min(low, XOf(points[i], query.axis));
      high = std::max(high, XOf(points[i], query.axis));
    }
    low = query.from.value_or(low);
    high = query.to.value_or(high);
    const double scale = high > low ? query.width / (high - low) : 0;
    std::map<uint32_t, std::vector<size_t>> columns;
    for (const size_t i : inside) {
      const double column = (XOf(points[i], query.axis) - low) * scale;
      columns[static_cast<uint32_t>(std::min(column, query.width - 1.0))].push_back(i);
    }
    for (const auto& [column, members] : columns) {
      chosen.insert(members.front());
      chosen.insert(members.back());
      std::optional<size_t> min;
      std::optional<size_t> max;
      std::optional<size_t> bad;
      for (const size_t i : members) {
        if (!std::isfinite(points[i].value)) {
          if (!bad) bad = i;
          continue;
        }
        if (!min || points[i].value < points[*min].value) min = i;
        if (!max || points[i].value > points[*max].value) max = i;
      }
      for (const auto& one : {min, max, bad}) {
        if (one) chosen.insert(*one);
      }
    }
  }
  if (before) chosen.insert(*before);
  if (after) chosen.insert(*after);
  return {chosen.begin(), chosen.end()};
}

void ExpectWindow(const SeriesView& series, const std::vector<Point>& points,
                  const WindowQuery& query) {
  const ScalarColumns got = series.Window(query);
  const std::vector<size_t> want = SlowWindow(points, query);
  ASSERT_EQ(got.steps.size(), want.size());
  EXPECT_EQ(got.total, points.size());
  for (size_t i = 0; i < want.size(); ++i) {
    const Point& point = points[want[i]];
    ASSERT_EQ(got.steps[i], point.step) << i;
    ASSERT_EQ(got.wall_times_s[i], point.wall_time_s) << i;
    if (std::isnan(point.value)) {
      ASSERT_TRUE(std::isnan(got.values[i])) << i;
    } else {
      ASSERT_EQ(got.values[i], point.value) << i;
    }
  }
}

TEST(SeriesView, WindowsEqualThePlainDefinition) {
  for (const bool falls : {false, true}) {
    for (const uint32_t n : {1u, 10u, 300u, 5000u, 20000u}) {
      SCOPED_TRACE(testing::Message() << n << (falls ? " falling" : ""));
      const std::vector<Point> points = RandomPoints(n, n, falls);
      StoreBuilder builder;
      const SeriesView series = OnlySeries(builder.Points("run", "loss", points).Build());
      ASSERT_EQ(series.points(), n);
      const double last = static_cast<double>(points.back().step);
      for (const Axis axis : {Axis::kStep, Axis::kWall, Axis::kRelative}) {
        const double shift = axis == Axis::kStep ? 0 : XOf(points[0], axis);
        const double span = XOf(points.back(), axis) - shift;
        for (const uint32_t width : {0u, 1u, 7u, 400u}) {
          ExpectWindow(series, points, {.axis = axis, .width = width});
          for (const auto& [from, to] : {std::pair{0.25, 0.75},
                                         {0.5, 0.5},
                                         {0.9, 2.0},
                                         {-1.0, 0.1},
                                         {0.3333, 0.3334},
                                         {2.0, 3.0},
                                         {-2.0, -1.0}}) {
            ExpectWindow(series, points,
                         {.axis = axis,
                          .from = shift + from * span,
                          .to = shift + to * span,
                          .width = width});
          }
          ExpectWindow(series, points, {.axis = axis, .from = shift + 0.4 * span, .width = width});
          ExpectWindow(series, points, {.axis = axis, .to = shift + 0.4 * span, .width = width});
        }
      }
      EXPECT_EQ(series.Last(Generations::kAll)->steps[0], last);
    }
  }
}

TEST(SeriesView, WindowsOfFewDifferentValuesShowTheFirstOfEquals) {
  for (const uint32_t distinct : {1u, 3u, 200u, 100'000u}) {
    SCOPED_TRACE(distinct);
    std::vector<Point> points = RandomPoints(20000, distinct, false);
    std::mt19937 random(distinct);
    for (Point& point : points) point.value = static_cast<float>(random() % distinct);
    StoreBuilder builder;
    const SeriesView series = OnlySeries(builder.Points("run", "loss", points).Build());
    for (const Axis axis : {Axis::kStep, Axis::kWall}) {
      for (const uint32_t width : {3u, 17u, 78u, 79u, 300u, 1500u}) {
        ExpectWindow(series, points, {.axis = axis, .width = width});
        ExpectWindow(series, points,
                     {.axis = axis, .from = XOf(points[777], axis), .width = width});
      }
    }
  }
}

TEST(SeriesView, WindowKeepsEverySpikeOfALongSeries) {
  std::vector<Point> points = RandomPoints(50000, 3, false);
  points[12345].value = 1e6F;
  points[31000].value = -1e6F;
  StoreBuilder builder;
  const ScalarColumns window =
      OnlySeries(builder.Points("run", "loss", points).Build()).Window({.width = 100});
  EXPECT_TRUE(window.left_out);
  EXPECT_EQ(window.in_window, 50000u);
  EXPECT_LE(window.steps.size(), 500u);
  EXPECT_THAT(window.values, testing::Contains(1e6));
  EXPECT_THAT(window.values, testing::Contains(-1e6));
  EXPECT_EQ(window.steps.front(), points.front().step);
  EXPECT_EQ(window.steps.back(), points.back().step);
}

TEST(SeriesView, SamplesKeepFirstLastAndExtremes) {
  for (const uint32_t n : {1u, 5u, 1000u, 1001u, 30000u}) {
    std::vector<Point> points = RandomPoints(n, 7 + n, false);
    points[n / 3].value = 5000;
    points[n / 2].value = -5000;
    StoreBuilder builder;
    const SeriesView series = OnlySeries(builder.Points("run", "loss", points).Build());
    for (const uint32_t max : {0u, 1u, 2u, 4u, 10u, 1000u}) {
      SCOPED_TRACE(testing::Message() << max << " of " << n);
      const ScalarColumns sample = series.Sample(max, Generations::kCurrent);
      EXPECT_EQ(sample.steps.size(), std::min(n, max));
      EXPECT_EQ(sample.total, n);
      EXPECT_TRUE(std::is_sorted(sample.wall_times_s.begin(), sample.wall_times_s.end()));
      if (max >= 1) {
        EXPECT_EQ(sample.wall_times_s.back(), points.back().wall_time_s);
      }
      if (max >= 2) {
        EXPECT_EQ(sample.wall_times_s.front(), points.front().wall_time_s);
      }
      if (max >= 4 && n >= 5) {
        EXPECT_THAT(sample.values, testing::Contains(5000.0));
        EXPECT_THAT(sample.values, testing::Contains(-5000.0));
      }
      const ScalarColumns again = series.Sample(max, Generations::kCurrent);
      EXPECT_EQ(again.steps, sample.steps);
    }
  }
}

TEST(SeriesView, SummariesEqualThePlainDefinition) {
  std::mt19937 random(11);
  for (const size_t n : {1, 5, 4096, 4097, 20'000}) {
    StoreBuilder builder;
    std::vector<Point> points;
    for (size_t i = 0; i < n; ++i) {
      const auto value = static_cast<float>(random() % 1000) - 300;
      points.push_back({static_cast<int64_t>(i), StoreBuilder::kStartS + static_cast<double>(i),
                        i % 97 == 3    ? kNan
                        : i % 101 == 4 ? static_cast<float>(kInf)
                                       : value});
    }
    builder.Points("r", "t", points);
    // Some points are superseded, so that blocks are taken in part.
    const auto restart = static_cast<int64_t>(n * 2 / 3);
    if (n > 10) builder.Restart("r", restart).Points("r", "t", {{restart, 2e9, 5000}});
    const SeriesView series = OnlySeries(builder.Build());
    for (const Generations generations : {Generations::kCurrent, Generations::kAll}) {
      ScalarSummary expected;
      double sum = 0;
      expected.least = kInf;
      expected.greatest = -kInf;
      for (const Point& point : AllPoints(series, generations)) {
        ++expected.points;
        expected.last_step = point.step;
        expected.last = point.value;
        const double value = point.value;
        if (!std::isfinite(value)) continue;
        ++expected.finite;
        sum += value;
        expected.least = std::min(expected.least, value);
        expected.greatest = std::max(expected.greatest, value);
      }
      const auto summary = series.Summarize(generations);
      ASSERT_TRUE(summary);
      EXPECT_EQ(summary->points, expected.points);
      EXPECT_EQ(summary->finite, expected.finite);
      EXPECT_EQ(summary->last, expected.last);
      EXPECT_EQ(summary->last_step, expected.last_step);
      EXPECT_EQ(summary->least, expected.least);
      EXPECT_EQ(summary->greatest, expected.greatest);
      EXPECT_NEAR(summary->mean, sum / static_cast<double>(expected.finite), 1e-9);
    }
  }
}

TEST(SeriesView, SummaryOfNoNumbersHasNone) {
  StoreBuilder builder;
  builder.Points("r", "t", {{7, StoreBuilder::kStartS, kNan}});
  const auto summary = OnlySeries(builder.Build()).Summarize(Generations::kCurrent);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->points, 1u);
  EXPECT_EQ(summary->finite, 0u);
  EXPECT_TRUE(std::isnan(summary->last));
  EXPECT_EQ(summary->last_step, 7);
  StoreBuilder blobs;
  blobs.Blobs("r", "h", "histograms", 3);
  EXPECT_FALSE(OnlySeries(blobs.Build()).Summarize(Generations::kCurrent));
}

TEST(SeriesView, ARestartHidesWhatItRepeats) {
  StoreBuilder builder;
  builder
      .Points("run", "loss",
              {{0, 1, 10}, {1, 2, 11}, {2, 3, 12}, {3, 4, 13}, {4, 5, 14}, {5, 6, 15}})
      .Restart("run", 3)
      .Points("run", "loss", {{3, 7, 23}, {4, 8, 24}, {5, 9, 25}, {6, 10, 26}, {7, 11, 27}})
      .Restart("run", 5)
      .Points("run", "loss", {{5, 12, 35}, {6, 13, 36}});
  const SeriesView series = OnlySeries(builder.Build());
  EXPECT_THAT(StepsOf(series, Generations::kCurrent), ElementsAre(0, 1, 2, 3, 4, 5, 6));
  EXPECT_THAT(series.Window({}).values, ElementsAre(10, 11, 12, 23, 24, 35, 36));
  EXPECT_THAT(StepsOf(series, Generations::kAll),
              ElementsAre(0, 1, 2, 3, 4, 5, 3, 4, 5, 6, 7, 5, 6));
  EXPECT_THAT(StepsOf(series, Generations::kTensorBoardFast), ElementsAre(0, 1, 2, 3, 4, 5, 6));
  EXPECT_THAT(StepsOf(series, Generations::kTensorBoardSlow), ElementsAre(0, 1, 2, 3, 4, 5, 6));
  EXPECT_EQ(series.Window({}).total, 7u);
}

TEST(SeriesView, ALaterFileThatGoesBackBeginsAGeneration) {
  StoreBuilder builder;
  builder.writer("run").BeginFile(0, FileId{0});
  builder.Points("run", "loss", {{0, 1, 0}, {1, 2, 1}, {2, 3, 2}, {3, 4, 3}});
  builder.writer("run").BeginFile(1, FileId{1});
  builder.Points("run", "loss", {{2, 5, 22}, {3, 6, 23}});
  builder.writer("run").BeginFile(0, FileId{0});  // The first file grew once more.
  builder.Points("run", "loss", {{1, 7, 99}});
  builder.writer("run").BeginFile(1, FileId{1});
  builder.Points("run", "loss", {{4, 8, 24}});
  const SeriesView series = OnlySeries(builder.Build());
  EXPECT_THAT(series.Window({}).values, ElementsAre(0, 1, 22, 23, 99, 24));
  // TensorBoard's slow loader wants a SessionLog START for that.
  EXPECT_EQ(StepsOf(series, Generations::kTensorBoardSlow).size(), 8u);
}

TEST(SeriesView, EqualAndFallingStepsOfOneFileStay) {
  StoreBuilder builder;
  builder.Points("run", "loss", {{1, 1, 1}, {1, 2, 2}, {1, 3, 3}, {0, 4, 4}, {2, 5, 5}});
  const SeriesView series = OnlySeries(builder.Build());
  EXPECT_THAT(StepsOf(series, Generations::kCurrent), ElementsAre(1, 1, 1, 0, 2));
  EXPECT_THAT(StepsOf(series, Generations::kTensorBoardFast), ElementsAre(0, 2));
}

// Each rule against its plain definition, over blocks and tail.
TEST(SeriesView, GenerationsEqualThePlainDefinition) {
  std::mt19937 random(11);
  StoreBuilder builder;
  struct Logged {
    int64_t step;
    bool is_current = true;
  };
  std::vector<Logged> logged;
  int64_t step = 0;
  for (int restart = 0; restart < 12; ++restart) {
    std::vector<Point> points;
    const auto n = static_cast<uint32_t>(1 + random() % 3000);
    for (uint32_t i = 0; i < n; ++i) {
      points.push_back(
          {step, StoreBuilder::kStartS + static_cast<double>(step), static_cast<float>(step)});
      logged.push_back({step});
      step += 1 + random() % 2;
      if (random() % 1000 == 0) step -= 3;
    }
    builder.Points("run", "loss", points);
    step -= random() % 2000;
    builder.Restart("run", step);
    for (Logged& point : logged) point.is_current = point.is_current && point.step < step;
  }
  const SeriesView series = OnlySeries(builder.Build());
  std::vector<int64_t> current;
  std::vector<int64_t> rising;
  for (const Logged& point : logged) {
    if (point.is_current) current.push_back(point.step);
    while (!rising.empty() && rising.back() >= point.step) rising.pop_back();
    rising.push_back(point.step);
  }
  EXPECT_EQ(StepsOf(series, Generations::kCurrent), current);
  EXPECT_EQ(StepsOf(series, Generations::kTensorBoardSlow), current);
  EXPECT_EQ(StepsOf(series, Generations::kTensorBoardFast), rising);
  EXPECT_EQ(StepsOf(series, Generations::kAll).size(), logged.size());
}

TEST(SeriesView, AViewStaysWhatItWasWhileTheSeriesGrows) {
  StoreBuilder builder;
  std::vector<Point> points = RandomPoints(20000, 5, false);
  std::vector<std::pair<size_t, SeriesView>> views;
  for (size_t at = 0; at < points.size();) {
    const size_t count = std::min<size_t>(1 + at / 3, points.size() - at);
    builder.Points("run", "loss",
                   {points.begin() + static_cast<std::ptrdiff_t>(at),
                    points.begin() + static_cast<std::ptrdiff_t>(at + count)});
    at += count;
    views.emplace_back(at, OnlySeries(builder.Build()));
  }
  for (const auto& [size, view] : views) {
    const std::vector<Point> seen = AllPoints(view, Generations::kCurrent);
    ASSERT_EQ(seen.size(), size);
    for (size_t i = 0; i < size; ++i) {
      ASSERT_EQ(seen[i].step, points[i].step);
      ASSERT_EQ(seen[i].wall_time_s, points[i].wall_time_s);
    }
  }
}

TEST(SeriesView, KeepsTheTypeOfItsValues) {
  StoreBuilder builder;
  RunWriter& writer = builder.writer("run");
  SeriesStage& series =
      writer.series(writer.AddSeries("n", {.kind = "scalars"}, RunWriter::Form::kScalars));
  series.Append(ValueType::kInt64, 0, 1.0, static_cast<uint64_t>(INT64_MIN + 1));
  series.Append(ValueType::kInt64, 1, 2.0, 9007199254740993);
  writer.Commit();
  const Snapshot now = builder.Build().TakeSnapshot();
  const auto view = now.FindSeries(writer.id(), "scalars", "n");
  ASSERT_TRUE(view);
  EXPECT_EQ(view->value_type(), ValueType::kInt64);
  EXPECT_EQ(view->IntegerAt(0), INT64_MIN + 1);
  EXPECT_EQ(view->IntegerAt(1), 9007199254740993);
  // A tag that changes its type keeps every value.
  series.Append(ValueType::kFloat64, 2, 3.0, std::bit_cast<uint64_t>(0.1));
  writer.Commit();
  const auto mixed = builder.Build().TakeSnapshot().FindSeries(writer.id(), "scalars", "n");
  EXPECT_EQ(mixed->value_type(), ValueType::kFloat64);
  EXPECT_THAT(mixed->Window({}).values,
              ElementsAre(-9.2233720368547758e18, 9007199254740992.0, 0.1));
}

TEST(SeriesView, ListsBlobsEvenly) {
  StoreBuilder builder;
  const SeriesView series = OnlySeries(builder.Blobs("run", "h", "histograms", 1000).Build());
  EXPECT_FALSE(series.is_scalars());
  EXPECT_EQ(series.Blobs(Generations::kCurrent).size(), 1000u);
  const auto few = series.Blobs(Generations::kCurrent, 51);
  ASSERT_EQ(few.size(), 51u);
  EXPECT_EQ(few.front().step, 0);
  EXPECT_EQ(few.back().step, 999);
  EXPECT_EQ(series.Blobs(Generations::kCurrent, 0, 10, 19).size(), 10u);
  EXPECT_THAT(series.Window({}).steps, IsEmpty());
}

}  // namespace
}  // namespace fanlight::store
