// The questions a SeriesView answers about scalar points. Internal to the store.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "fanlight/board/store/series_state.h"

namespace fanlight::store {

// SeriesView::Window. In window.cc.
ScalarColumns QueryWindow(const SeriesState& series, const WindowQuery& query);

// The same with the values of `x`, of its own generations, at the same steps as axis. In
// metric_axis.cc.
ScalarColumns QueryMetricWindow(const SeriesState& series, const SeriesState& x,
                                Generations x_generations, const WindowQuery& query);

// SeriesView::Sample. In sample.cc.
ScalarColumns SampleScalars(const SeriesState& series, uint32_t max, Generations generations);

// SeriesView::Summarize. In summarize.cc.
std::optional<ScalarSummary> SummarizePoints(const SeriesState& series, Generations generations);

uint64_t CountPoints(std::span<const IndexRange> ranges);

// The points at these ascending indexes, or of these ranges, without `smoothed`.
ScalarColumns GatherPoints(const SeriesState& series, std::span<const uint64_t> indexes,
                           bool with_wall_times = true);
ScalarColumns GatherRanges(const SeriesState& series, std::span<const IndexRange> ranges,
                           bool with_wall_times);

// Some points of `origin` as a series of their own.
std::unique_ptr<const SeriesState> SeriesOfColumns(const SeriesState& origin,
                                                   const ScalarColumns& columns);

// `query.smoothing` run over the points of `ranges` and told for `indexes`, which are ascending and
// among them. In smoothing.cc.
std::vector<double> SmoothPoints(const SeriesState& series, std::span<const IndexRange> ranges,
                                 std::span<const uint64_t> indexes, const WindowQuery& query);

// `max` of n things spread evenly, ascending, always with the first and the last (the last alone
// where max is 1); all when n ≤ max.
std::vector<uint64_t> SpreadEvenly(uint64_t n, uint64_t max);

// Calls visit(part, first, end) for the points of `ranges`: points [first, end) of the part.
template <typename Visit>
void ForEachStretch(const ScalarPoints& points, std::span<const IndexRange> ranges, Visit&& visit) {
  for (const IndexRange& range : ranges) {
    for (size_t p = points.PartOf(range.begin); p < points.parts(); ++p) {
      const ScalarPoints::Part part = points.part(p);
      if (part.first_index >= range.end) break;
      const uint64_t begin = std::max(range.begin, part.first_index);
      const uint64_t end = std::min<uint64_t>(range.end, part.first_index + part.points);
      if (begin < end) {
        visit(part, static_cast<uint32_t>(begin - part.first_index),
              static_cast<uint32_t>(end - part.first_index));
      }
    }
  }
}

}  // namespace fanlight::store
