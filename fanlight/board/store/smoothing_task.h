// What is smoothed where. Internal to the store.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fanlight/board/store/series_state.h"

namespace fanlight::store {

struct SmoothingTask {
  const SeriesState& series;
  std::span<const IndexRange> ranges;  // Of these points,
  std::span<const uint64_t> indexes;   // for these, which are ascending and among them.
  const Smoothing& smoothing;
  const WindowQuery& query;
  bool is_over_steps() const { return query.axis == Axis::kStep || query.axis == Axis::kMetric; }
};

// For the kinds that look at neighbours only. In neighbourhoods.cc.
std::vector<double> SmoothByNeighbours(const SmoothingTask& task);

}  // namespace fanlight::store
