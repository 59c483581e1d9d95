// Walking scalar points by an axis: what windows and pixel columns are cut with. Internal to the
// store.
#pragma once

#include <algorithm>
#include <span>

#include "fanlight/board/store/series_queries.h"

namespace fanlight::store {

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

}  // namespace fanlight::store
