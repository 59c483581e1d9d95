// Several series as one line in a band: their mean, and how far they stray from it.
//
// Points gather at the places of a common grid. Where all series together have few different x in
// the window, the grid is these; else it is `width` places, evenly spread, and a point belongs to
// the nearest.
//
//   place        0    1    2    3    4
//   series a     3    2    ·    1    1         · none: on the line between 2 and 1, that is 1.5
//   series b     5    4    3                   ended: does not count at 3 and 4
//   mean         4    3    2.25 1    1
//
// A series' value at a place is the mean of its finite points there. Values, smoothed where asked
// for, are those of all points; series are taken in the order given, so that equal questions have
// equal answers to the bit.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fanlight/board/store/series.h"

namespace fanlight::store {

struct GroupQuery {
  enum class Band : uint8_t {
    kDeviation,  // The mean ∓ one standard deviation of the series' values (divided by n).
    kRange,      // The least and the greatest of all points, smoothed where asked for.
    kQuantiles,  // Of the series' values, on straight lines between ranks.
  };
  static constexpr uint32_t kUsualWidth = 400;

  // Its axis is not kMetric; its shape does not matter; width 0: kUsualWidth.
  WindowQuery window{};
  Band band = Band::kDeviation;
  double low = 0;  // kQuantiles: both in [0, 1].
  double high = 1;
};

// Parallel columns; x ascends.
struct GroupColumns {
  std::vector<double> x;
  std::vector<double> mean;
  std::vector<double> lo;
  std::vector<double> hi;
  std::vector<int64_t> counts;  // How many series have a value there; never 0.
  uint64_t total = 0;           // Points of the series, of the generations asked for.
  uint64_t in_window = 0;
  bool left_out = false;  // The grid is coarser than the points.
};

GroupColumns QueryGroup(std::span<const SeriesView> series, const GroupQuery& query);

}  // namespace fanlight::store
