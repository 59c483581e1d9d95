#include "fanlight/board/store/smoothing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "fanlight/board/store/random_points.h"
#include "fanlight/board/store/series.h"

namespace fanlight::store {
namespace {

using Point = StoreBuilder::Point;

Smoothing TimeEma(double half_life) {
  return {.kind = Smoothing::Kind::kTimeEma, .half_life = half_life};
}
Smoothing Mean(uint32_t radius) { return {.kind = Smoothing::Kind::kMean, .radius = radius}; }
Smoothing Median(uint32_t radius) { return {.kind = Smoothing::Kind::kMedian, .radius = radius}; }
Smoothing Gaussian(double sigma) { return {.kind = Smoothing::Kind::kGaussian, .sigma = sigma}; }

// What smoothing.h says, told the slow way.
std::vector<double> SlowSmoothing(const std::vector<double>& x, const std::vector<double>& y,
                                  const Smoothing& how) {
  const size_t n = y.size();
  std::vector<double> out(y);
  double last = 0;
  double count = 0;
  double sum = 0;
  double weight = 0;
  for (size_t i = 0; i < n; ++i) {
    const double decay = i == 0 ? 1 : std::pow(0.5, std::max(0.0, x[i] - x[i - 1]) / how.half_life);
    sum *= decay;
    weight *= decay;
    if (!std::isfinite(y[i])) continue;
    const size_t reach = how.Reach();
    const size_t begin = i > reach ? i - reach : 0;
    const size_t end = std::min(n, i + reach + 1);
    std::vector<double> near;
    double near_sum = 0;
    double near_weight = 0;
    for (size_t k = begin; k < end; ++k) {
      if (!std::isfinite(y[k])) continue;
      near.push_back(y[k]);
      const double d = static_cast<double>(k) - static_cast<double>(i);
      const double w = how.kind == Smoothing::Kind::kGaussian
                           ? std::exp(-d * d / (2 * how.sigma * how.sigma))
                           : 1;
      near_sum += w * y[k];
      near_weight += w;
    }
    switch (how.kind) {
      case Smoothing::Kind::kEma:
        last = last * how.weight + (1 - how.weight) * y[i];
        out[i] = last / (1 - std::pow(how.weight, ++count));
        break;
      case Smoothing::Kind::kTimeEma:
        sum += y[i];
        weight += 1;
        out[i] = sum / weight;
        break;
      case Smoothing::Kind::kMean:
      case Smoothing::Kind::kGaussian:
        out[i] = near_sum / near_weight;
        break;
      case Smoothing::Kind::kMedian:
        std::sort(near.begin(), near.end());
        out[i] = near.size() % 2 == 1 ? near[near.size() / 2]
                                      : (near[near.size() / 2 - 1] + near[near.size() / 2]) / 2;
        break;
    }
  }
  return out;
}

void ExpectSame(double got, double want, size_t i) {
  if (std::isnan(want)) {
    ASSERT_TRUE(std::isnan(got)) << i;
  } else if (std::isinf(want)) {
    ASSERT_EQ(got, want) << i;
  } else {
    ASSERT_NEAR(got, want, 1e-9 * (1 + std::abs(want))) << i;
  }
}

const std::vector<Smoothing>& Kinds() {
  static const std::vector<Smoothing> kinds = {
      Smoothing::Ema(0), Smoothing::Ema(0.6), Smoothing::Ema(0.999),
      TimeEma(3),        TimeEma(500),        Mean(0),
      Mean(2),           Mean(255),           Mean(1000),
      Median(0),         Median(1),           Median(40),
      Gaussian(0.3),     Gaussian(2),         Gaussian(70)};
  return kinds;
}

TEST(Smoothing, EqualsThePlainDefinitionAndIsRunBeforeAnyPointIsLeftOut) {
  for (const uint32_t n : {1u, 2u, 700u, 5000u}) {
    const std::vector<Point> points = RandomPoints(n, 4 + n, true);
    std::vector<double> steps;
    std::vector<double> walls;
    std::vector<double> values;
    for (const Point& point : points) {
      steps.push_back(static_cast<double>(point.step));
      walls.push_back(point.wall_time_s);
      values.push_back(point.value);
    }
    StoreBuilder builder;
    const SeriesView series = OnlySeries(builder.Points("run", "loss", points).Build());
    SmoothingCache cache;
    for (const Smoothing& how : Kinds()) {
      for (const Axis axis : {Axis::kStep, Axis::kWall, Axis::kRelative}) {
        SCOPED_TRACE(testing::Message() << n << " kind " << static_cast<int>(how.kind) << " reach "
                                        << how.Reach() << " axis " << static_cast<int>(axis));
        const std::vector<double> want =
            SlowSmoothing(axis == Axis::kStep ? steps : walls, values, how);
        const ScalarColumns all = series.Window({.axis = axis, .smoothing = how});
        ASSERT_EQ(all.smoothed.size(), n);
        for (size_t i = 0; i < n; ++i) ExpectSame(all.smoothed[i], want[i], i);
        // Fewer points, with and without a cache: the same bits.
        for (SmoothingCache* const used : {static_cast<SmoothingCache*>(nullptr), &cache, &cache}) {
          const ScalarColumns few =
              series.Window({.axis = axis, .width = 50, .smoothing = how, .cache = used});
          ASSERT_EQ(few.smoothed.size(), few.steps.size());
          for (size_t i = 0, at = 0; i < few.steps.size(); ++i, ++at) {
            while (walls[at] != few.wall_times_s[i]) ++at;
            if (std::isfinite(all.smoothed[at])) {
              ASSERT_EQ(few.smoothed[i], all.smoothed[at]) << i;
            }
          }
        }
      }
    }
  }
}

TEST(Smoothing, LeavesAConstantSeriesAlone) {
  for (const uint32_t n : {100u, 10'000u}) {
    StoreBuilder builder;
    const SeriesView series =
        OnlySeries(builder.Scalar("run", "loss", std::vector<float>(n, 0.1F)).Build());
    for (const Smoothing& how : Kinds()) {
      const ScalarColumns window = series.Window({.smoothing = how});
      EXPECT_EQ(window.smoothed, window.values);
    }
  }
}

TEST(Smoothing, ACachedAverageFollowsTheSeriesAsItGrowsAndIsSuperseded) {
  StoreBuilder builder;
  SmoothingCache cache;
  const std::vector<Point> points = RandomPoints(30'000, 9, false);
  const auto expect_same = [&](const Smoothing& how) {
    const SeriesView series = OnlySeries(builder.Build());
    const WindowQuery plain{.width = 30, .smoothing = how};
    WindowQuery cached = plain;
    cached.cache = &cache;
    const std::vector<double> want = series.Window(plain).smoothed;
    const std::vector<double> got = series.Window(cached).smoothed;
    ASSERT_EQ(got.size(), want.size());
    for (size_t i = 0; i < got.size(); ++i) {
      if (!std::isnan(want[i])) {
        ASSERT_EQ(got[i], want[i]) << i;
      }
    }
  };
  size_t at = 0;
  for (const size_t count : {5000u, 1u, 31u, 1u, 4000u, 10'000u, 33u}) {
    const auto begin = points.begin() + static_cast<std::ptrdiff_t>(at);
    builder.Points("run", "loss", {begin, begin + static_cast<std::ptrdiff_t>(count)});
    at += count;
    expect_same(Smoothing::Ema(0.97));
    expect_same(TimeEma(100));
  }
  // The job goes back: half of what the cache knows is superseded.
  const int64_t back = points[at / 2].step;
  builder.Restart("run", back);
  expect_same(Smoothing::Ema(0.97));
  builder.Points("run", "loss", {{back, 2e9, 3}, {back + 1, 2e9 + 1, 4}});
  expect_same(Smoothing::Ema(0.97));
  // The files were replaced: another series of the same name.
  builder.writer("run").Reset();
  RunWriter& writer = builder.writer("run");
  SeriesStage& stage =
      writer.series(writer.AddSeries("loss", {.kind = "scalars"}, RunWriter::Form::kScalars));
  for (const Point& point : RandomPoints(9'000, 10, false)) {
    stage.Append(ValueType::kFloat32, point.step, point.wall_time_s,
                 std::bit_cast<uint32_t>(point.value));
  }
  expect_same(Smoothing::Ema(0.97));
  EXPECT_GT(cache.bytes(), 0u);
}

TEST(Smoothing, ACacheIsSharedByThreads) {
  StoreBuilder builder;
  const SeriesView series =
      OnlySeries(builder.Points("run", "loss", RandomPoints(20'000, 5, false)).Build());
  SmoothingCache cache(50'000);  // Room for a few: they push each other out.
  const auto window = [&](int i, SmoothingCache* used) {
    return series.Window({.width = 20, .smoothing = Smoothing::Ema(0.1 * i), .cache = used});
  };
  std::vector<std::thread> threads;
  std::vector<int> same(4);
  for (size_t t = 0; t < same.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 30; ++i) {
        const std::vector<double> want = window(i % 10, nullptr).smoothed;
        const std::vector<double> got = window(i % 10, &cache).smoothed;
        same[t] += std::equal(got.begin(), got.end(), want.begin(), want.end(),
                              [](double a, double b) { return a == b || std::isnan(b); })
                       ? 1
                       : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(same, std::vector<int>(same.size(), 30));
}

TEST(Smoothing, ACacheForgetsTheOldestWhenItIsFull) {
  StoreBuilder builder;
  const SeriesView series =
      OnlySeries(builder.Points("run", "loss", RandomPoints(10'000, 3, false)).Build());
  constexpr size_t kMost = 100'000;
  SmoothingCache cache(kMost);
  for (int i = 0; i < 50; ++i) {
    series.Window({.width = 1, .smoothing = Smoothing::Ema(0.01 * (i + 1)), .cache = &cache});
    ASSERT_LE(cache.bytes(), kMost);
  }
  EXPECT_GT(cache.bytes(), kMost / 2);
}

}  // namespace
}  // namespace fanlight::store
