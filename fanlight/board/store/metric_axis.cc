// A series over another metric of its run, such as the accuracy over the number of examples seen.
//
//   step   0    10   20   30   40         y at steps 0, 10, 30, 40
//   x      0.0       1.0  1.5             joined: (0.0, y[0]), (1.5, y[30])
//
// Every point is looked at: x may rise, fall or stand still. Where it falls somewhere, a pixel
// column would throw far stretches of the curve together, so columns are then stretches of equally
// many points.
#include <algorithm>
#include <cmath>

#include "fanlight/board/store/decimate.h"
#include "fanlight/board/store/selected_points.h"
#include "fanlight/board/store/series_queries.h"

namespace fanlight::store {
namespace {

constexpr uint64_t kNowhere = UINT64_MAX;

struct StepValue {
  int64_t step = 0;
  double value = 0;
};

// Sorted by step; of several points at a step the last.
std::vector<StepValue> ValuesByStep(const SeriesState& series, Generations generations) {
  const std::vector<IndexRange> ranges = SelectPoints(series, generations);
  const SelectedPoints points(series, ranges);
  std::vector<StepValue> found(points.size());
  int64_t steps[kLeafPoints];
  double values[kLeafPoints];
  for (uint64_t rank = 0; rank < points.size();) {
    const auto count = static_cast<size_t>(std::min<uint64_t>(points.size() - rank, kLeafPoints));
    points.Steps(rank, std::span(steps, count));
    points.Values(rank, std::span(values, count));
    for (size_t i = 0; i < count; ++i) found[rank + i] = {steps[i], values[i]};
    rank += count;
  }
  const auto is_before = [](const StepValue& a, const StepValue& b) { return a.step < b.step; };
  if (!std::is_sorted(found.begin(), found.end(), is_before)) {
    std::stable_sort(found.begin(), found.end(), is_before);
  }
  size_t kept = 0;
  for (const StepValue& one : found) {
    if (kept > 0 && found[kept - 1].step == one.step) --kept;
    found[kept++] = one;
  }
  found.resize(kept);
  return found;
}

struct Joined {
  uint64_t index = 0;
  double x = 0;
};

std::vector<Joined> JoinOnStep(const SeriesState& series, std::span<const IndexRange> ranges,
                               std::span<const StepValue> xs) {
  const SelectedPoints points(series, ranges);
  std::vector<Joined> joined;
  int64_t steps[kLeafPoints];
  auto at = xs.begin();  // The first with the step of the last point, or above.
  for (uint64_t rank = 0; rank < points.size();) {
    const auto count = static_cast<size_t>(std::min<uint64_t>(points.size() - rank, kLeafPoints));
    points.Steps(rank, std::span(steps, count));
    for (size_t i = 0; i < count; ++i) {
      const auto is_below = [](const StepValue& one, int64_t step) { return one.step < step; };
      if (at != xs.begin() && std::prev(at)->step >= steps[i]) {
        at = std::lower_bound(xs.begin(), at, steps[i], is_below);
      } else if (at != xs.end() && at->step < steps[i]) {
        // Mostly the next one.
        ++at;
        if (at != xs.end() && at->step < steps[i]) {
          at = std::lower_bound(at, xs.end(), steps[i], is_below);
        }
      }
      if (at == xs.end() || at->step != steps[i] || std::isnan(at->value)) continue;
      joined.push_back({points.IndexOf(rank + i), at->value});
    }
    rank += count;
  }
  return joined;
}

std::vector<PixelColumn> FillColumns(const SeriesState& series, std::span<const Joined> inside,
                                     const WindowQuery& query, bool ascends) {
  std::vector<uint64_t> indexes;
  indexes.reserve(inside.size());
  for (const Joined& one : inside) indexes.push_back(one.index);
  const std::vector<double> values = GatherPoints(series, indexes).values;
  const double n = static_cast<double>(inside.size());
  const Extent extent{.min = inside.front().x, .max = inside.back().x};
  const PixelScale scale =
      ascends ? PixelScale::Over(query, extent)
              : PixelScale{.from = 0, .per_x = query.width / n, .width = query.width};
  std::vector<PixelColumn> columns(query.width);
  for (size_t i = 0; i < inside.size(); ++i) {
    PixelColumn& column = columns[scale.ColumnOf(ascends ? inside[i].x : static_cast<double>(i))];
    column.AddStretch(indexes[i], indexes[i] + 1);
    column.AddValue(indexes[i], values[i]);
  }
  return columns;
}

}  // namespace

ScalarColumns QueryMetricWindow(const SeriesState& series, const SeriesState& x,
                                Generations x_generations, const WindowQuery& query) {
  const std::vector<IndexRange> ranges = SelectPoints(series, query.generations);
  const std::vector<Joined> joined = JoinOnStep(series, ranges, ValuesByStep(x, x_generations));
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const double from = BeginOf(query);
  const double to = query.to.value_or(kInfinity);

  std::vector<Joined> inside;
  Joined before{.index = kNowhere, .x = -kInfinity};
  Joined after{.index = kNowhere, .x = kInfinity};
  for (const Joined& one : joined) {
    if (one.x >= from && one.x <= to) {
      inside.push_back(one);
    } else if (one.x < from && one.x >= before.x) {
      before = one;
    } else if (one.x > to && (one.x < after.x || after.index == kNowhere)) {
      after = one;
    }
  }
  const bool ascends = std::is_sorted(inside.begin(), inside.end(),
                                      [](const Joined& a, const Joined& b) { return a.x < b.x; });
  WindowQuery as = query;
  if (!ascends) as.shape = Shape::kPoints;

  std::vector<Row> rows;
  if (IsThinned(as, inside.size())) {
    const std::vector<PixelColumn> filled = FillColumns(series, inside, query, ascends);
    rows = as.shape == Shape::kEnvelope ? EnvelopeRows(filled) : PointRows(filled);
  } else {
    as.shape = Shape::kPoints;
    rows.reserve(inside.size() + 2);
    for (const Joined& one : inside) rows.push_back({.index = one.index});
  }
  uint64_t outside = 0;
  for (const Joined& one : {before, after}) {
    if (one.index == kNowhere) continue;
    rows.push_back({.index = one.index});
    ++outside;
  }

  std::vector<uint64_t> indexes;
  ScalarColumns columns = GatherRows(series, std::move(rows), as, indexes);
  columns.x.reserve(indexes.size());
  auto at = joined.begin();
  for (const uint64_t index : indexes) {
    at = std::lower_bound(at, joined.end(), index,
                          [](const Joined& one, uint64_t i) { return one.index < i; });
    columns.x.push_back(at->x);
  }
  columns.total = CountPoints(ranges);
  columns.in_window = inside.size();
  columns.left_out = indexes.size() - outside < inside.size();
  if (query.smoothing) columns.smoothed = SmoothPoints(series, ranges, indexes, query);
  return columns;
}

}  // namespace fanlight::store
