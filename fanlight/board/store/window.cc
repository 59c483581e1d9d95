// A window of a series at the width of a screen, from few points.
//
//   1  Which points count: ranges of indexes (SelectPoints).
//   2  Which of them lie in the window. A block or leaf wholly inside or outside is told by its
//   summary; inside a leaf
//      that rises, the border is found by halving.
//   3  Each pixel column gathers its first, least, greatest, last and first not finite point. A
//   block or leaf that
//      falls into one column counts as a whole.
//   4  The gathered points are read, in file order.
//
// The work grows with the width and the number of blocks, not with the points.
#include <algorithm>
#include <cmath>
#include <limits>

#include "fanlight/board/store/series_queries.h"

namespace fanlight::store {
namespace {

constexpr uint64_t kNowhere = UINT64_MAX;

// The points on the axis asked for.
class AxisReader {
 public:
  AxisReader(const ScalarPoints& points, Axis axis, double start_s)
      : points_(points),
        is_step_(axis == Axis::kStep),
        start_s_(axis == Axis::kRelative ? start_s : 0) {}

  double At(const ScalarPoints::Part& part, uint32_t at) const {
    return is_step_ ? static_cast<double>(points_.StepAt(part, at))
                    : points_.WallTimeAt(part, at) - start_s_;
  }
  double Min(const Summary& summary) const {
    return is_step_ ? static_cast<double>(summary.min_step) : summary.min_wall_s - start_s_;
  }
  double Max(const Summary& summary) const {
    return is_step_ ? static_cast<double>(summary.max_step) : summary.max_wall_s - start_s_;
  }
  bool Rises(const Summary& summary) const {
    return is_step_ ? summary.steps_rise() : summary.walls_rise();
  }
  // Whether Min and Max speak for every point.
  bool IsCovered(const Summary& summary) const { return is_step_ || !summary.has_nan_wall(); }

 private:
  const ScalarPoints& points_;
  const bool is_step_;
  const double start_s_;
};

// Calls visit_whole(part, summary, first, end) for blocks and leaves that it accepts by returning
// true, and visit_points(part, leaf or null, first, end) for the rest: at most a leaf at a time,
// the tail in leaf-sized pieces.
template <typename VisitWhole, typename VisitPoints>
void Descend(const ScalarPoints& points, std::span<const IndexRange> ranges,
             VisitWhole&& visit_whole, VisitPoints&& visit_points) {
  ForEachStretch(points, ranges, [&](const ScalarPoints::Part& part, uint32_t first, uint32_t end) {
    if (part.block != nullptr && first == 0 && end == part.points &&
        visit_whole(part, part.block->summary, first, end)) {
      return;
    }
    while (first < end) {
      const uint32_t leaf = first / kLeafPoints;
      const uint32_t leaf_begin = leaf * kLeafPoints;
      const uint32_t leaf_end = std::min(part.points, leaf_begin + kLeafPoints);
      const uint32_t stop = std::min(end, leaf_end);
      if (part.block == nullptr) {
        visit_points(part, nullptr, first, stop);
      } else {
        const Summary& summary = ScalarBlock(part.block->data).leaf(leaf);
        const bool is_whole = first == leaf_begin && stop == leaf_end;
        if (!is_whole || !visit_whole(part, summary, first, stop)) {
          visit_points(part, &summary, first, stop);
        }
      }
      first = stop;
    }
  });
}

// The first index in [first, end) for which `is_behind` holds; it must hold for all after it.
template <typename IsBehind>
uint32_t Halve(uint32_t first, uint32_t end, IsBehind&& is_behind) {
  while (first < end) {
    const uint32_t middle = first + (end - first) / 2;
    if (is_behind(middle)) {
      end = middle;
    } else {
      first = middle + 1;
    }
  }
  return first;
}

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

// What a pixel column shows.
struct PixelColumn {
  uint64_t first = kNowhere;
  uint64_t last = 0;
  uint64_t min_at = kNowhere;
  uint64_t max_at = kNowhere;
  uint64_t not_finite_at = kNowhere;
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();

  void AddStretch(uint64_t begin, uint64_t end) {
    if (first == kNowhere) first = begin;
    last = end - 1;
  }
  void AddMin(uint64_t index, double value) {
    if (value < min) {
      min = value;
      min_at = index;
    }
  }
  void AddMax(uint64_t index, double value) {
    if (value > max) {
      max = value;
      max_at = index;
    }
  }
  void AddValue(uint64_t index, double value) {
    if (std::isfinite(value)) {
      AddMin(index, value);
      AddMax(index, value);
    } else if (not_finite_at == kNowhere) {
      not_finite_at = index;
    }
  }
};

// Maps the axis to pixel columns. Rises with x, so that a stretch whose ends share a column lies in
// it.
struct PixelScale {
  double from = 0;
  double per_x = 0;
  uint32_t width = 1;
  uint32_t ColumnOf(double x) const {
    const double column = (x - from) * per_x;
    // NaN goes to the first column.
    return column >= 1.0 ? static_cast<uint32_t>(std::min(column, static_cast<double>(width - 1)))
                         : 0;
  }
};

struct Extent {
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
};

Extent FindExtent(const ScalarPoints& points, const AxisReader& axis,
                  std::span<const IndexRange> ranges) {
  Extent extent;
  const auto add = [&](double min, double max) {
    extent.min = min < extent.min ? min : extent.min;
    extent.max = max > extent.max ? max : extent.max;
  };
  Descend(
      points, ranges,
      [&](const ScalarPoints::Part&, const Summary& summary, uint32_t, uint32_t) {
        add(axis.Min(summary), axis.Max(summary));
        return true;
      },
      [&](const ScalarPoints::Part& part, const Summary* leaf, uint32_t first, uint32_t end) {
        if (leaf != nullptr && axis.Rises(*leaf)) {
          add(axis.At(part, first), axis.At(part, end - 1));
          return;
        }
        for (uint32_t i = first; i < end; ++i) add(axis.At(part, i), axis.At(part, i));
      });
  return extent;
}

std::vector<uint64_t> PickByColumn(const ScalarPoints& points, const AxisReader& axis,
                                   std::span<const IndexRange> ranges, const PixelScale& scale) {
  std::vector<PixelColumn> columns(scale.width);
  Descend(
      points, ranges,
      [&](const ScalarPoints::Part& part, const Summary& summary, uint32_t first, uint32_t end) {
        if (!axis.IsCovered(summary)) return false;
        const uint32_t column = scale.ColumnOf(axis.Min(summary));
        if (column != scale.ColumnOf(axis.Max(summary))) return false;
        PixelColumn& pixel = columns[column];
        pixel.AddStretch(part.first_index + first, part.first_index + end);
        if (summary.min_at != Summary::kNone) {
          pixel.AddMin(part.first_index + summary.min_at, points.ValueAt(part, summary.min_at));
          pixel.AddMax(part.first_index + summary.max_at, points.ValueAt(part, summary.max_at));
        }
        if (summary.not_finite_at != Summary::kNone && pixel.not_finite_at == kNowhere) {
          pixel.not_finite_at = part.first_index + summary.not_finite_at;
        }
        return true;
      },
      [&](const ScalarPoints::Part& part, const Summary* leaf, uint32_t first, uint32_t end) {
        double values[kLeafPoints];
        points.Values(part, first, std::span(values, end - first));
        const double* value = values;
        const bool rises = leaf != nullptr && axis.Rises(*leaf);
        for (uint32_t i = first; i < end;) {
          const uint32_t column = scale.ColumnOf(axis.At(part, i));
          const uint32_t stop = !rises ? i + 1
                                : scale.ColumnOf(axis.At(part, end - 1)) == column
                                    ? end
                                    : Halve(i + 1, end, [&](uint32_t k) {
                                        return scale.ColumnOf(axis.At(part, k)) > column;
                                      });
          PixelColumn& pixel = columns[column];
          pixel.AddStretch(part.first_index + i, part.first_index + stop);
          for (; i < stop; ++i) pixel.AddValue(part.first_index + i, *value++);
        }
      });

  std::vector<uint64_t> indexes;
  indexes.reserve(size_t{5} * scale.width);
  for (const PixelColumn& pixel : columns) {
    if (pixel.first == kNowhere) continue;
    for (const uint64_t index :
         {pixel.first, pixel.min_at, pixel.max_at, pixel.not_finite_at, pixel.last}) {
      if (index != kNowhere) indexes.push_back(index);
    }
  }
  return indexes;
}

}  // namespace

ScalarColumns QueryWindow(const SeriesState& series, const WindowQuery& query) {
  const ScalarPoints points(series);
  const AxisReader axis(points, query.axis, series.run_start_s);
  const std::vector<IndexRange> ranges = SelectPoints(series, query.generations);

  InWindow window;
  if (query.from || query.to) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    window = CutWindow(points, axis, ranges, query.from.value_or(-kInfinity),
                       query.to.value_or(kInfinity));
  } else {
    window.ranges = ranges;
  }

  const uint64_t in_window = CountPoints(window.ranges);
  std::vector<uint64_t> indexes;
  if (query.width == 0 || in_window <= uint64_t{4} * query.width) {
    indexes.reserve(in_window + 2);
    for (const IndexRange& range : window.ranges) {
      for (uint64_t i = range.begin; i < range.end; ++i) indexes.push_back(i);
    }
  } else {
    const Extent extent = FindExtent(points, axis, window.ranges);
    PixelScale scale;
    scale.width = query.width;
    scale.from = query.from.value_or(extent.min);
    const double span = query.to.value_or(extent.max) - scale.from;
    scale.per_x = span > 0 && std::isfinite(span) ? query.width / span : 0;
    indexes = PickByColumn(points, axis, window.ranges, scale);
  }
  if (window.before != kNowhere) indexes.push_back(window.before);
  if (window.after != kNowhere) indexes.push_back(window.after);
  std::sort(indexes.begin(), indexes.end());
  indexes.erase(std::unique(indexes.begin(), indexes.end()), indexes.end());

  ScalarColumns columns = GatherPoints(series, indexes);
  const uint64_t outside = (window.before != kNowhere ? 1 : 0) + (window.after != kNowhere ? 1 : 0);
  columns.total = CountPoints(ranges);
  columns.in_window = in_window;
  columns.left_out = indexes.size() - outside < in_window;
  if (query.smoothing) columns.smoothed = SmoothPoints(series, ranges, indexes, *query.smoothing);
  return columns;
}

}  // namespace fanlight::store
