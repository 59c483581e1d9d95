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
  if (scan.least < pixel.min) add(scan.least);
  if (scan.greatest > pixel.max) add(scan.greatest);
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
        if (summary.not_finite_at != Summary::kNone &&
            pixel.not_finite_at == PixelColumn::kNowhere) {
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
          AddValues(pixel, part.first_index + i, std::span(value, stop - i));
          value += stop - i;
          i = stop;
        }
      });
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
