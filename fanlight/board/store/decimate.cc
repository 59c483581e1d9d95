#include "fanlight/board/store/decimate.h"

#include <array>

#include "fanlight/board/store/column_scan.h"

namespace fanlight::store {
namespace {

// Adds neighbours, most of which change nothing: where they are is asked only for a new extreme.
void AddValues(PixelColumn& pixel, uint64_t first, std::span<const double> values) {
  const ValueScan scan = ScanValues(values.data(), values.size());
  if (!scan.is_finite) {
    for (size_t k = 0; k < values.size(); ++k) pixel.AddValue(first + k, values[k]);
    return;
  }
  const auto add = [&](double value) {
    pixel.AddValue(first + FindValue(values.data(), values.size(), value), value);
  };
  if (scan.least <= pixel.min) add(scan.least);
  if (scan.greatest >= pixel.max) add(scan.greatest);
}

// Points [first, end) of a leaf along which the axis rises, in more than one pixel column.
struct BorderLeaf {
  ScalarPoints::Part part;
  const Summary* summary = nullptr;
  uint32_t first = 0;
  uint32_t end = 0;
};

// The first point of [first, end) beyond `column`, in which the first of them lies; `end` if there
// is none. Most axes are nearly straight within a leaf, so it is first sought where a line has it.
uint32_t EndOfColumn(const BorderLeaf& leaf, const AxisReader& axis, const PixelScale& scale,
                     uint32_t first, uint32_t column) {
  const auto is_behind = [&](uint32_t i) { return scale.ColumnOf(axis.At(leaf.part, i)) > column; };
  const uint32_t last = leaf.end - 1;
  if (!is_behind(last)) return leaf.end;
  const double begin = scale.PlaceOf(axis.At(leaf.part, first));
  const double span = scale.PlaceOf(axis.At(leaf.part, last)) - begin;
  const double guess = (column + 1.0 - begin) / span * (last - first);
  const uint32_t at =
      first + (guess >= 1 && guess < last - first ? static_cast<uint32_t>(guess) : 1);
  if (!is_behind(at)) {
    return is_behind(at + 1) ? at + 1 : Halve(at + 2, last, is_behind);
  }
  return at == first + 1 || !is_behind(at - 1) ? at : Halve(first + 1, at - 1, is_behind);
}

// The leaf's summary tells of most leaves that they change no extreme but at most one, and where.
void AddBorderLeaf(const ScalarPoints& points, const AxisReader& axis, const PixelScale& scale,
                   const BorderLeaf& leaf, std::vector<PixelColumn>& columns) {
  const Summary& summary = *leaf.summary;
  const uint64_t origin = leaf.part.first_index;
  const bool is_finite =
      summary.not_finite_at == Summary::kNone && summary.min_at != Summary::kNone;
  const double least = is_finite ? points.ValueAt(leaf.part, summary.min_at) : 0;
  const double greatest = is_finite ? points.ValueAt(leaf.part, summary.max_at) : 0;
  for (uint32_t i = leaf.first; i < leaf.end;) {
    const uint32_t column = scale.ColumnOf(axis.At(leaf.part, i));
    const uint32_t stop = EndOfColumn(leaf, axis, scale, i, column);
    PixelColumn& pixel = columns[column];
    pixel.AddStretch(origin + i, origin + stop);
    const auto is_here = [&](uint16_t at) { return is_finite && at >= i && at < stop; };
    if (is_here(summary.min_at)) pixel.AddMin(origin + summary.min_at, least);
    if (is_here(summary.max_at)) pixel.AddMax(origin + summary.max_at, greatest);
    const bool may_be_least = !is_here(summary.min_at) && least <= pixel.min;
    const bool may_be_greatest = !is_here(summary.max_at) && greatest >= pixel.max;
    if (!is_finite || may_be_least || may_be_greatest) {
      double values[kLeafPoints];
      const std::span<double> read(values, stop - i);
      points.Values(leaf.part, i, read);
      AddValues(pixel, origin + i, read);
    }
    i = stop;
  }
}

}  // namespace

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

std::vector<PixelColumn> FillColumns(const ScalarPoints& points, const AxisReader& axis,
                                     std::span<const IndexRange> ranges, const PixelScale& scale) {
  std::vector<PixelColumn> columns(scale.width);
  std::vector<BorderLeaf> border;  // After the others, when a column's extremes are mostly known.
  Descend(
      points, ranges,
      [&](const ScalarPoints::Part& part, const Summary& summary, uint32_t first, uint32_t end) {
        if (!axis.IsCovered(summary)) return false;
        const uint32_t column = scale.ColumnOf(axis.Min(summary));
        if (column != scale.ColumnOf(axis.Max(summary))) {
          // Of a block its leaves come next.
          if (first == 0 && end == part.points) ScalarBlock(part.block->data).PrefetchExtremes();
          return false;
        }
        PixelColumn& pixel = columns[column];
        pixel.AddStretch(part.first_index + first, part.first_index + end);
        if (summary.min_at != Summary::kNone) {
          pixel.AddMin(part.first_index + summary.min_at, points.ValueAt(part, summary.min_at));
          pixel.AddMax(part.first_index + summary.max_at, points.ValueAt(part, summary.max_at));
        }
        if (summary.not_finite_at != Summary::kNone) {
          pixel.AddNotFinite(part.first_index + summary.not_finite_at);
        }
        return true;
      },
      [&](const ScalarPoints::Part& part, const Summary* leaf, uint32_t first, uint32_t end) {
        if (leaf != nullptr && axis.Rises(*leaf)) {
          border.push_back({part, leaf, first, end});
          return;
        }
        double values[kLeafPoints];
        points.Values(part, first, std::span(values, end - first));
        for (uint32_t i = first; i < end; ++i) {
          PixelColumn& pixel = columns[scale.ColumnOf(axis.At(part, i))];
          pixel.AddStretch(part.first_index + i, part.first_index + i + 1);
          pixel.AddValue(part.first_index + i, values[i - first]);
        }
      });
  for (const BorderLeaf& leaf : border) AddBorderLeaf(points, axis, scale, leaf, columns);
  return columns;
}

bool IsThinned(const WindowQuery& query, uint64_t in_window) {
  const uint64_t most_per_column = query.shape == Shape::kEnvelope ? 2 : 4;
  return query.width > 0 && in_window > most_per_column * query.width;
}

std::vector<Row> PointRows(std::span<const PixelColumn> columns) {
  std::vector<Row> rows;
  rows.reserve(5 * columns.size());
  for (const PixelColumn& column : columns) {
    if (column.is_empty()) continue;
    std::array<uint64_t, 5> indexes = {column.first, column.min_at, column.max_at,
                                       column.not_finite_at, column.last};
    std::ranges::sort(indexes);
    for (const uint64_t index : indexes) {
      if (index != PixelColumn::kNowhere) rows.push_back({.index = index});
    }
  }
  return rows;
}

std::vector<Row> EnvelopeRows(std::span<const PixelColumn> columns) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  std::vector<Row> rows;
  rows.reserve(columns.size() + 1);
  uint64_t first = PixelColumn::kNowhere;
  for (const PixelColumn& column : columns) {
    if (column.is_empty()) continue;
    first = std::min(first, column.first);
    const bool has_finite = column.min_at != PixelColumn::kNowhere;
    rows.push_back({.index = column.last,
                    .lo = has_finite ? column.min : kNan,
                    .hi = has_finite ? column.max : kNan,
                    .is_column = true});
    if (column.not_finite_at != PixelColumn::kNowhere) {
      rows.push_back({.index = column.not_finite_at});
    }
  }
  if (first != PixelColumn::kNowhere) rows.push_back({.index = first});
  return rows;
}

ScalarColumns GatherRows(const SeriesState& series, std::vector<Row> rows, const WindowQuery& query,
                         std::vector<uint64_t>& indexes) {
  // Of two rows of a point the column's stays.
  const auto is_before = [](const Row& a, const Row& b) {
    return a.index != b.index ? a.index < b.index : a.is_column && !b.is_column;
  };
  // Columns in file order, which is the rule, give sorted rows.
  if (!std::ranges::is_sorted(rows, is_before)) std::ranges::sort(rows, is_before);
  rows.erase(std::unique(rows.begin(), rows.end(),
                         [](const Row& a, const Row& b) { return a.index == b.index; }),
             rows.end());
  indexes.clear();
  indexes.reserve(rows.size());
  for (const Row& row : rows) indexes.push_back(row.index);
  ScalarColumns columns = GatherPoints(series, indexes, query.with_wall_times);
  if (query.shape == Shape::kEnvelope) {
    columns.is_envelope = true;
    columns.lo.reserve(rows.size());
    columns.hi.reserve(rows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      columns.lo.push_back(rows[i].is_column ? rows[i].lo : columns.values[i]);
      columns.hi.push_back(rows[i].is_column ? rows[i].hi : columns.values[i]);
    }
  }
  return columns;
}

}  // namespace fanlight::store
