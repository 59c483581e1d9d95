// From many points to few: pixel columns, and the rows that an answer shows of them. Internal to the
// store.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "fanlight/board/store/series_queries.h"
#include "fanlight/board/store/window_axis.h"

namespace fanlight::store {

// What a pixel column holds, in whatever order it is added.
struct PixelColumn {
  static constexpr uint64_t kNowhere = UINT64_MAX;
  uint64_t first = kNowhere;
  uint64_t last = 0;
  uint64_t min_at = kNowhere;
  uint64_t max_at = kNowhere;
  uint64_t not_finite_at = kNowhere;
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();

  bool is_empty() const { return first == kNowhere; }
  void AddStretch(uint64_t begin, uint64_t end) {
    first = std::min(first, begin);
    last = std::max(last, end - 1);
  }
  // Of equals the first one counts.
  void AddMin(uint64_t index, double value) {
    if (value < min || (value == min && index < min_at)) {
      min = value;
      min_at = index;
    }
  }
  void AddMax(uint64_t index, double value) {
    if (value > max || (value == max && index < max_at)) {
      max = value;
      max_at = index;
    }
  }
  void AddValue(uint64_t index, double value) {
    if (std::isfinite(value)) {
      AddMin(index, value);
      AddMax(index, value);
    } else {
      AddNotFinite(index);
    }
  }
  void AddNotFinite(uint64_t index) { not_finite_at = std::min(not_finite_at, index); }
};

// Where a window begins; above 0 on a logarithmic scale.
inline double BeginOf(const WindowQuery& query) {
  const double from = query.from.value_or(-std::numeric_limits<double>::infinity());
  return query.scale == Scale::kLog ? std::max(from, std::numeric_limits<double>::denorm_min())
                                    : from;
}

// The least and the greatest x of the points.
struct Extent {
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
};
Extent FindExtent(const ScalarPoints& points, const AxisReader& axis,
                  std::span<const IndexRange> ranges);

// Maps the axis to pixel columns. Rises with x, so that a stretch whose ends share a column lies in
// it.
struct PixelScale {
  double from = 0;  // As OnScale() has it.
  double per_x = 0;
  uint32_t width = 1;
  Scale scale = Scale::kLinear;

  // Over the window asked for, as far as it is bounded, else over what is there.
  static PixelScale Over(const WindowQuery& query, const Extent& extent) {
    const bool has_from = query.from && (query.scale == Scale::kLinear || *query.from > 0);
    const double from = OnScale(has_from ? *query.from : extent.min, query.scale);
    const double span = OnScale(query.to.value_or(extent.max), query.scale) - from;
    return {.from = from,
            .per_x = span > 0 && std::isfinite(span) ? query.width / span : 0,
            .width = query.width,
            .scale = query.scale};
  }
  static double OnScale(double x, Scale scale) { return scale == Scale::kLog ? std::log(x) : x; }

  double PlaceOf(double x) const { return (OnScale(x, scale) - from) * per_x; }
  uint32_t ColumnOf(double x) const {
    const double column = PlaceOf(x);
    // NaN goes to the first column.
    return column >= 1.0 ? static_cast<uint32_t>(std::min(column, static_cast<double>(width - 1)))
                         : 0;
  }
};

std::vector<PixelColumn> FillColumns(const ScalarPoints& points, const AxisReader& axis,
                                     std::span<const IndexRange> ranges, const PixelScale& scale);

// Whether a window of so many points leaves some out, and the shape it is then given in.
bool IsThinned(const WindowQuery& query, uint64_t in_window);

// A point of an answer; in an envelope a column's last point speaks for the column.
struct Row {
  uint64_t index = 0;
  double lo = 0;
  double hi = 0;
  bool is_column = false;  // `lo` and `hi` are the column's; else the point's own value.
};

// Of each column the first, least, greatest, last and first not finite point. Unsorted, some twice.
std::vector<Row> PointRows(std::span<const PixelColumn> columns);
// Of each column the last point for all of it, and the first not finite one; the very first point.
std::vector<Row> EnvelopeRows(std::span<const PixelColumn> columns);

// Sorts the rows by index, leaves each in once, and reads their points. `lo` and `hi` are filled
// for Shape::kEnvelope. `indexes` become those of the rows.
ScalarColumns GatherRows(const SeriesState& series, std::vector<Row> rows, const WindowQuery& query,
                         std::vector<uint64_t>& indexes);

}  // namespace fanlight::store
