// A window of a series at the width of a screen, from few points.
//
//   1  Which points count: ranges of indexes (SelectPoints).
//   2  Which of them lie in the window. A block or leaf wholly inside or outside is told by its
//      summary; inside a leaf that rises, the border is found by halving.
//   3  Each pixel column gathers its first, least, greatest, last and first not finite point. A
//      block or leaf that falls into one column counts as a whole; leaves that a border runs
//      through come last, when most of them are seen to change no extreme (decimate.cc).
//   4  The points shown are read, in file order.
//
// The work grows with the width and the number of blocks, not with the points.
#include <algorithm>
#include <limits>

#include "fanlight/board/store/decimate.h"
#include "fanlight/board/store/series_queries.h"
#include "fanlight/board/store/window_axis.h"

namespace fanlight::store {
namespace {

constexpr uint64_t kNowhere = UINT64_MAX;

void AppendRange(std::vector<IndexRange>& ranges, uint64_t begin, uint64_t end) {
  if (begin >= end) return;
  if (!ranges.empty() && ranges.back().end == begin) {
    ranges.back().end = end;
  } else {
    ranges.push_back({begin, end});
  }
}

// What lies in the window, and the nearest points outside.
struct InWindow {
  std::vector<IndexRange> ranges;
  uint64_t before = kNowhere;  // The last of the points nearest below `from`.
  uint64_t after = kNowhere;   // The first of those nearest above `to`.
};

InWindow CutWindow(const ScalarPoints& points, const AxisReader& axis,
                   std::span<const IndexRange> ranges, double from, double to) {
  InWindow result;
  double below = -std::numeric_limits<double>::infinity();
  double above = std::numeric_limits<double>::infinity();
  // Whole blocks outside are remembered, and searched for their nearest point only when they stay
  // the nearest.
  struct Whole {
    ScalarPoints::Part part;
    uint32_t first = 0;
    uint32_t end = 0;
  };
  std::optional<Whole> whole_below;
  std::optional<Whole> whole_above;
  const auto add_outside = [&](uint64_t index, double x) {
    if (x < from && x >= below) {
      below = x;
      result.before = index;
      whole_below.reset();
    } else if (x > to && x < above) {
      above = x;
      result.after = index;
      whole_above.reset();
    }
  };
  Descend(
      points, ranges,
      [&](const ScalarPoints::Part& part, const Summary& summary, uint32_t first, uint32_t end) {
        if (!axis.IsCovered(summary)) return false;
        const double min = axis.Min(summary);
        const double max = axis.Max(summary);
        if (min >= from && max <= to) {
          AppendRange(result.ranges, part.first_index + first, part.first_index + end);
          return true;
        }
        if (max < from) {
          if (max >= below) {
            below = max;
            whole_below = Whole{part, first, end};
          }
          return true;
        }
        if (min > to) {
          if (min < above) {
            above = min;
            whole_above = Whole{part, first, end};
          }
          return true;
        }
        return false;
      },
      [&](const ScalarPoints::Part& part, const Summary* leaf, uint32_t first, uint32_t end) {
        if (leaf != nullptr && axis.Rises(*leaf)) {
          const uint32_t begin =
              Halve(first, end, [&](uint32_t i) { return axis.At(part, i) >= from; });
          const uint32_t stop =
              Halve(begin, end, [&](uint32_t i) { return axis.At(part, i) > to; });
          AppendRange(result.ranges, part.first_index + begin, part.first_index + stop);
          if (begin > first) add_outside(part.first_index + begin - 1, axis.At(part, begin - 1));
          if (stop < end) add_outside(part.first_index + stop, axis.At(part, stop));
          return;
        }
        for (uint32_t i = first; i < end; ++i) {
          const double x = axis.At(part, i);
          if (x >= from && x <= to) {
            AppendRange(result.ranges, part.first_index + i, part.first_index + i + 1);
          } else {
            add_outside(part.first_index + i, x);
          }
        }
      });
  if (whole_below) {
    for (uint32_t i = whole_below->end; i-- > whole_below->first;) {
      if (axis.At(whole_below->part, i) != below) continue;
      result.before = whole_below->part.first_index + i;
      break;
    }
  }
  if (whole_above) {
    for (uint32_t i = whole_above->first; i < whole_above->end; ++i) {
      if (axis.At(whole_above->part, i) != above) continue;
      result.after = whole_above->part.first_index + i;
      break;
    }
  }
  return result;
}

std::vector<uint64_t> IndexesOf(std::span<const IndexRange> ranges) {
  std::vector<uint64_t> indexes;
  indexes.reserve(CountPoints(ranges));
  for (const IndexRange& range : ranges) {
    for (uint64_t i = range.begin; i < range.end; ++i) indexes.push_back(i);
  }
  return indexes;
}

}  // namespace

ScalarColumns QueryWindow(const SeriesState& series, const WindowQuery& query) {
  const ScalarPoints points(series);
  const AxisReader axis(points, query.axis, series.run_start_s);
  const std::vector<IndexRange> ranges = SelectPoints(series, query.generations);

  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const double from = BeginOf(query);
  InWindow window;
  if (from > -kInfinity || query.to) {
    window = CutWindow(points, axis, ranges, from, query.to.value_or(kInfinity));
  } else {
    window.ranges = ranges;
  }

  const uint64_t in_window = CountPoints(window.ranges);
  std::vector<uint64_t> outside;
  for (const uint64_t index : {window.before, window.after}) {
    if (index != kNowhere) outside.push_back(index);
  }

  std::vector<uint64_t> indexes;  // Of the rows; kept where something asks for them.
  ScalarColumns columns;
  if (IsThinned(query, in_window)) {
    const PixelScale scale = PixelScale::Over(query, FindExtent(points, axis, window.ranges));
    const std::vector<PixelColumn> filled = FillColumns(points, axis, window.ranges, scale);
    std::vector<Row> rows =
        query.shape == Shape::kEnvelope ? EnvelopeRows(filled) : PointRows(filled);
    if (window.before != kNowhere) rows.insert(rows.begin(), {.index = window.before});
    if (window.after != kNowhere) rows.push_back({.index = window.after});
    columns = GatherRows(series, std::move(rows), query, indexes);
  } else {
    std::vector<IndexRange> shown = std::move(window.ranges);
    for (const uint64_t index : outside) shown.push_back({index, index + 1});
    std::ranges::sort(shown, {}, &IndexRange::begin);
    columns = GatherRanges(series, shown, query.with_wall_times);
    if (query.smoothing) indexes = IndexesOf(shown);
  }
  columns.total = CountPoints(ranges);
  columns.in_window = in_window;
  columns.left_out = columns.steps.size() - outside.size() < in_window;
  if (query.smoothing) columns.smoothed = SmoothPoints(series, ranges, indexes, query);
  return columns;
}

}  // namespace fanlight::store
