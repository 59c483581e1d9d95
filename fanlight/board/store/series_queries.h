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

// SeriesView::Sample. In sample.cc.
ScalarColumns SampleScalars(const SeriesState& series, uint32_t max, Generations generations);

// SeriesView::Summarize. In summarize.cc.
std::optional<ScalarSummary> SummarizePoints(const SeriesState& series, Generations generations);

uint64_t CountPoints(std::span<const IndexRange> ranges);

// The points at these ascending indexes, without `smoothed`.
ScalarColumns GatherPoints(const SeriesState& series, std::span<const uint64_t> indexes);

// TensorBoard's debiased exponential moving average over the points of `ranges`, told for
// `indexes`, which are ascending and among them:
//   last ← last · w + (1 − w) · value;   smoothed = last / (1 − w^n)     n: finite values so far
// A value that is not finite stays as it is and does not count; a series of one same value stays as
// it is.
std::vector<double> SmoothPoints(const SeriesState& series, std::span<const IndexRange> ranges,
                                 std::span<const uint64_t> indexes, double weight);

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
